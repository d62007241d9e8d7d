"""A running average of a model's weights."""

import copy

import torch
from torch import nn


def average_of(model: nn.Module) -> nn.Module:
    """A copy to hold the average: in eval mode and without gradients."""
    return copy.deepcopy(model).eval().requires_grad_(False)


@torch.no_grad()
def follow(average: nn.Module, model: nn.Module, decay: float, step: int) -> None:
    """average <- d average + (1 - d) model, with d rising from 0 to `decay` (as 1 + step over 10 + step).

    Buffers are copied: batch-norm statistics are averages already, and counts must not be averaged.
    """
    kept = min(decay, (1 + step) / (10 + step))
    torch._foreach_lerp_(list(average.parameters()), list(model.parameters()), 1 - kept)
    for mine, theirs in zip(average.buffers(), model.buffers(), strict=True):
        mine.copy_(theirs)
