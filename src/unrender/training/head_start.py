"""A part of a network that reads a few numbers, fitted by itself before the rest is trained.

Trained along with a trunk that reads pictures it would have no more steps than that one can be given.
"""

from collections.abc import Callable

import torch
from jaxtyping import Float, Shaped
from pydantic import Field
from torch import Tensor, nn

from unrender.config import Section
from unrender.progress import counted
from unrender.training.order import generator


class HeadStart(Section):
    """How long, and how fast."""

    steps: int = Field(default=1000, ge=1)
    batch_size: int = Field(default=128, ge=2)
    lr: float = Field(default=6e-3, gt=0, description="The highest: it rises for a third of the steps, then falls.")


def head_start(
    part: nn.Module,
    inputs: Float[Tensor, "n k"],
    targets: Shaped[Tensor, "n m"],
    loss: Callable[[Tensor, Tensor], Tensor],
    cfg: HeadStart,
    seed: int,
) -> None:
    """Minimise loss(part(inputs), targets) over examples drawn at random; under one cycle of the rate (Smith 2018)."""
    part.train()
    optimizer = torch.optim.AdamW(part.parameters(), cfg.lr)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, cfg.lr, cfg.steps)
    draw = generator(seed, "head start", 0)
    torch.manual_seed(seed)  # dropout
    for _ in counted(range(cfg.steps), cfg.steps, "head start"):
        rows = torch.randint(len(inputs), (cfg.batch_size,), generator=draw)
        optimizer.zero_grad(set_to_none=True)
        loss(part(inputs[rows]), targets[rows]).backward()
        optimizer.step()
        schedule.step()
