"""A shipped network, ready to use."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import torch
from pydantic import ValidationError
from torch import nn

from unrender.artifacts import ModelFile, load_model
from unrender.config import Section, UserError

Network = TypeVar("Network", bound=nn.Module)


def load_network(path: Path, kind: str, network: Callable[[Any], Network], settings: type[Section]) -> Network:
    """The network of a model file, in eval mode. UserError on a missing, damaged, foreign or outdated file."""
    return built(load_model(path, kind=kind), path, network, settings)


def built(file: ModelFile, path: Path, network: Callable[[Any], Network], settings: type[Section]) -> Network:
    """The same from a file that was read from `path` before."""
    try:
        model = network(settings.model_validate_json(json.dumps(file.config)))  # as JSON, a list stands for a tuple
        model.load_state_dict(file.tensors)
    except (ValidationError, RuntimeError) as error:  # unknown fields; missing, surplus or misshapen tensors
        reason = str(error).splitlines()[0].rstrip(":")
        raise UserError(
            f"{path} was made by another version of the {file.kind} ({reason}); run `dvc repro train_{file.kind}`"
        ) from None
    return model.eval().to(memory_format=torch.channels_last)
