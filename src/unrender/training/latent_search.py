"""Latent search: every network frozen, the noise that a page is drawn from is what learns.

Gradient ascent on the sampler's initial noise, as in DOODL (Wallace et al. 2023) and ReNO (Eyring et al. 2024), which
stays on the shell where Gaussian noise lies.
"""

from collections.abc import Callable
from typing import NamedTuple

import torch
from jaxtyping import Float
from pydantic import Field
from torch import Generator, Tensor

from unrender.config import Section, UserError
from unrender.design.grammar import NAMES
from unrender.diffusion.samplers import ddim
from unrender.diffusion.schedule import T
from unrender.models.decoder import Decoder
from unrender.models.drawing import Brief
from unrender.models.recomputed import Recomputed

Scored = Callable[[Decoder, Tensor, Tensor, list[Generator]], Tensor]
"""objectives.reward.Reward, or what is called as it is."""


class Config(Section):
    """How far is gone, and in what steps."""

    steps: int = Field(default=10, ge=1, description="Steps uphill.")
    lr: float = Field(default=0.1, gt=0, lt=1, description="Length of a step, as a share of that of the noise.")
    sampler_steps: int = Field(default=12, ge=1, le=T, description="From noise to page, by DDIM: each is gone back.")


class Searched(NamedTuple):
    """What came of the noise at the start and after each step."""

    drawn: Float[Tensor, "s n c h w"]  # x_0
    scores: Float[Tensor, "s n 4"]  # predicted grammar, in the order of grammar.NAMES
    noise: Float[Tensor, "s n c h w"]

    @property
    def best(self) -> list[int]:
        """Of each page the step whose predicted mean is greatest: what was climbed, and no judge of it."""
        return self.scores.mean(2).argmax(0).tolist()


def search(
    decoder: Decoder,
    reward: Scored,
    brief: Brief,
    sheet: Float[Tensor, "n 5"],
    noise: Float[Tensor, "n c h w"],
    seeds: list[int],
    cfg: Config,
) -> Searched:
    """Climb. The refiner's choices of page i follow from seeds[i] in every step, and no page hangs on another.

    Raises UserError when a score or its gradient is not finite, naming the step.
    """
    drawn, scores, passed = [], [], []
    for step in range(cfg.steps + 1):
        x = noise.detach().requires_grad_()
        x0 = ddim(Recomputed(decoder, brief, sheet), x, decoder.schedule, cfg.sampler_steps, [])
        score = reward(decoder, x0, sheet, [Generator().manual_seed(seed) for seed in seeds])
        (pull,) = torch.autograd.grad(score.mean(1).sum(), x)
        _require_finite(score, pull, step)
        for kept, value in ((drawn, x0), (scores, score), (passed, noise)):
            kept.append(value.detach())
        noise = uphill(noise, pull, cfg.lr)
    return Searched(torch.stack(drawn), torch.stack(scores), torch.stack(passed))


def uphill(noise: Float[Tensor, "n c h w"], pull: Float[Tensor, "n c h w"], lr: float) -> Float[Tensor, "n c h w"]:
    """One step of each page by `lr` of its noise's length, back on the sphere that it came from."""
    length, strength = (_norm(each) for each in (noise, pull))
    moved = noise + lr * length * pull / strength.clamp_min(1e-12)
    return moved * length / _norm(moved)


def _norm(values: Float[Tensor, "n c h w"]) -> Float[Tensor, "n 1 1 1"]:
    return values.flatten(1).norm(dim=1)[:, None, None, None]


def _require_finite(score: Float[Tensor, "n 4"], pull: Float[Tensor, "n c h w"], step: int) -> None:
    for what, values in (("score", score), ("gradient", pull)):
        for row in (~values.flatten(1).isfinite().all(1)).nonzero()[:, 0].tolist():
            raise UserError(
                f"The search stopped at step {step}: the {what} of page {row} ({', '.join(NAMES)}) is not a finite "
                "number. Lower innovate.lr."
            )
