"""Start from the weights of an earlier model file."""

from pathlib import Path

from torch import nn

from unrender.artifacts import load_model
from unrender.config import UserError


def warm(model: nn.Module, weights: str | None, kind: str) -> dict[str, Path]:
    """Start from a model file if one is named; what a training that did so depends on besides its data."""
    if weights is None:
        return {}
    start_from(model, Path(weights), kind)
    return {"weights": Path(weights)}


def start_from(model: nn.Module, path: Path, kind: str) -> None:
    """Copy the weights of `path` into `model`. UserError if the file is of another kind or its shapes differ."""
    found = load_model(path, kind).tensors
    wanted = model.state_dict()
    for name in sorted(wanted.keys() | found.keys()):
        here = tuple(wanted[name].shape) if name in wanted else "nothing"
        there = tuple(found[name].shape) if name in found else "nothing"
        if here != there:
            raise UserError(
                f"{path}: {name} is {there}, but the model of these params has {here}. "
                "Set the width and resolution that the file was trained with, or weights: null."
            )
    model.load_state_dict(found)
