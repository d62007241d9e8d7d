from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from unrender.artifacts import save_model
from unrender.inference.reader import Reader
from unrender.models.encoder import Config, Encoder


@pytest.fixture(scope="session")
def model_file(tmp_path_factory) -> Path:
    """An encoder with random weights: enough to test everything but its judgement."""
    torch.manual_seed(0)
    path = tmp_path_factory.mktemp("model") / "encoder.safetensors"
    config = Config(base=4)
    save_model(path, Encoder(config).state_dict(), "encoder", config.model_dump(), {})
    return path


@pytest.fixture(scope="session")
def reader(model_file) -> Reader:
    return Reader.load(model_file)


@pytest.fixture
def folder(tmp_path):
    """Three screenshots, a broken one and a file that is none."""
    source = tmp_path / "pages"
    (source / "sub").mkdir(parents=True)
    for i, name in enumerate(("a.png", "b.jpg", "sub/a.png")):
        pixels = np.random.default_rng(i).integers(0, 256, (40, 60 + i, 3), np.uint8)
        Image.fromarray(pixels).save(source / name)
    (source / "broken.png").write_bytes(b"no image")
    (source / "notes.txt").write_text("ignored")
    return source
