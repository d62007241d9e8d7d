"""A shipped network, ready to use."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import torch
from pydantic import ValidationError
from torch import nn

from unrender.artifacts import load_model
from unrender.config import Section, UserError

Network = TypeVar("Network", bound=nn.Module)


def load_network(path: Path, kind: str, network: Callable[[Any], Network], settings: type[Section]) -> Network:
    """The network of a model file, in eval mode. UserError on a missing, damaged, foreign or outdated file."""
    file = load_model(path, kind=kind)
    try:
        model = network(settings.model_validate_json(json.dumps(file.config)))  # as JSON, a list stands for a tuple
        model.load_state_dict(file.tensors)
    except (ValidationError, RuntimeError) as error:  # unknown fields; missing, surplus or misshapen tensors
        reason = str(error).splitlines()[0].rstrip(":")
        raise UserError(
            f"{path} was made by another version of the {kind} ({reason}); run `dvc repro train_{kind}`"
        ) from None
    return model.eval().to(memory_format=torch.channels_last)
