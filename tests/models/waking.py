"""Networks as after some training: layers that start as nothing say something."""

from typing import TypeVar

import torch
from torch import nn

Model = TypeVar("Model", bound=nn.Module)


def awake(model: Model) -> Model:
    """The model, every parameter moved a little, always in the same way."""
    g = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter += 0.05 * torch.randn(parameter.shape, generator=g)
    return model


def without_gradient(model: nn.Module) -> list[str]:
    """Names of the parameters that a backward pass did not reach, of those that are trained."""
    trained = ((name, p) for name, p in model.named_parameters() if p.requires_grad)
    return [name for name, p in trained if p.grad is None or not p.grad.abs().sum()]
