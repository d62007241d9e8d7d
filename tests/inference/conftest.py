from pathlib import Path

import pytest
import torch

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
