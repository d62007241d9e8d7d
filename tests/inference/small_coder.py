"""A coder with random weights: enough to test everything but its judgement."""

from pathlib import Path

import torch

from unrender.artifacts import save_model
from unrender.design.languages import named
from unrender.models.coder import Coder, Config

CONFIG = Config(width=8, channels=16, hidden=16, embedding=4, attention=4)


def save_coder(path: Path, language: str = "pix2code", seed: int = 0, **changes) -> Path:
    """A model file; `changes` are of its kind, config, labels or tensors."""
    words = named(language).automaton.words
    torch.manual_seed(seed)
    model = Coder(CONFIG, len(words))
    with torch.no_grad():
        model.out.bias[words.index("}")] += 2  # codes of usual length: by chance alone containers are seldom closed
    file = {
        "tensors": model.state_dict(),
        "kind": "coder",
        "config": CONFIG.model_dump(),
        "labels": {"language": language, "words": words},
    }
    save_model(path, **(file | changes))
    return path
