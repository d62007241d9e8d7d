"""What objectives return, averaged; and the validation scores."""

from typing import Protocol, runtime_checkable

import torch
from torch import Generator, Tensor, nn

from unrender.data.batches import stack
from unrender.models.nn.precision import bfloat16_pays
from unrender.training.feed import Batch, Examples, moved
from unrender.training.optim import Optim
from unrender.training.order import generator

Scalars = dict[str, float]


@runtime_checkable
class Objective(Protocol):
    """A loss and its terms, all scalars, one of them named "loss"."""

    def __call__(self, model: nn.Module, batch: Batch, generator: Generator) -> dict[str, Tensor]: ...


@torch.no_grad()
def validate(
    model: nn.Module, objective: Objective, val: Examples, cfg: Optim, seed: int, device: torch.device
) -> Scalars:
    """Mean scores over a fixed, evenly spread part of `val`, with the same noise every time. Leaves eval mode on."""
    model.eval()
    noise = generator(seed, "validation", device=device)
    count = min(len(val), cfg.val_examples)
    chosen = [i * len(val) // count for i in range(count)]
    parts, weights = [], []
    for start in range(0, count, cfg.batch_size):
        some = chosen[start : start + cfg.batch_size]
        batch = moved(stack([val[i] for i in some]), device)
        with autocast(cfg.precision, device):
            parts.append({name: float(value) for name, value in objective(model, batch, noise).items()})
        weights.append(len(some))
    return mean(parts, weights)


def autocast(precision: str, device: torch.device) -> torch.autocast:
    """The context of a forward pass: bf16 where it is safe, or float32 throughout."""
    rough = precision == "bf16" or (precision == "auto" and bfloat16_pays(device.type))
    return torch.autocast(device.type, torch.bfloat16, enabled=rough)


def mean(parts: list[Scalars], weights: list[int] | None = None) -> Scalars:
    """Name by name, the weighted mean."""
    weights = weights or [1] * len(parts)
    total = sum(weights)
    return {name: sum(w * part[name] for w, part in zip(weights, parts, strict=True)) / total for name in parts[0]}
