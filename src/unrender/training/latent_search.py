"""Latent search: every network frozen, the noise that a page is drawn from is what learns.

Gradient ascent on the sampler's initial noise, as in DOODL (Wallace et al. 2023) and ReNO (Eyring et al. 2024), which
stays on the shell where Gaussian noise lies.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float
from pydantic import Field
from torch import Generator, Tensor

from unrender.config import Section, UserError
from unrender.design.grammar import NAMES
from unrender.diffusion.samplers import ddim, noise_like
from unrender.diffusion.schedule import T
from unrender.models.box_decoder import BoxDecoder
from unrender.models.decoder import Decoder
from unrender.models.drawing import Brief, Guided
from unrender.models.recomputed import Recomputed
from unrender.objectives.reward import Read

Scored = Callable[[Decoder, Tensor, Tensor, list[Generator]], Read]
"""objectives.reward.Reward, or what is called as it is."""
BARE = 0.01  # of the page: less text, or less picture, is none
FULL = 0.7  # of what was shown: a page with less is pulled back to it
DEAR = 0.14  # the mean score that a page would give for all its text, or all its pictures, where these pull


class Config(Section):
    """How far is gone, and in what steps."""

    steps: int = Field(default=24, ge=1, description="Steps along the gradient.")
    lr: float = Field(default=0.03, gt=0, lt=1, description="Length of a step, as a share of that of the noise.")
    keep: float = Field(default=0.5, ge=0, le=1, description="Least share of its text and of its pictures that stays.")
    through_page: float = Field(default=0.0, ge=0, le=1, description="Share of the slope that the pixels have.")
    looks: int = Field(default=1, ge=1, le=4, description="Times that a page is read to score it.")
    sampler_steps: int = Field(default=12, ge=1, le=T, description="From noise to page, by DDIM: each is gone back.")


class Place(NamedTuple):
    """Where n searches are."""

    noise: Float[Tensor, "n c h w"]
    page: Float[Tensor, "n 3 y x"]  # what is drawn from there; RGB, 0..1
    scores: Float[Tensor, "n 4"]  # predicted grammar, in the order of grammar.NAMES
    shown: Float[Tensor, "n 2"]  # the share of the page that is text, and that is picture
    pull: Float[Tensor, "n c h w"]  # which way is up

    def part(self, share: float) -> Float[Tensor, "n 2"]:
        """A share of the text and of the pictures that it shows; 0 of what is next to none."""
        return share * self.shown * (self.shown >= BARE)

    def holds(self, least: Float[Tensor, "n 2"]) -> Bool[Tensor, " n"]:
        """Whether it shows at least so much text and so much picture: an empty page is aligned, contrasted and ranked
        perfectly."""
        return (self.shown >= least).all(1)

    def where(self, kept: Bool[Tensor, " n"], other: "Place") -> "Place":
        """This one for the pages that are kept, the other for the rest."""
        return Place(*(torch.where(_beside(kept, one), one, two) for one, two in zip(self, other, strict=True)))


@dataclass(frozen=True)
class Search:
    """What n pages are to be, what scores them, and how far is gone. The refiner's choices of page i follow from
    seeds[i] each time, and no page hangs on another."""

    decoder: Decoder
    reward: Scored
    brief: Brief
    sheet: Float[Tensor, "n 5"]
    seeds: list[int]
    cfg: Config
    blind: bool = False  # steps in any direction: what the gradient is worth shows beside it

    def climb(self, noise: Float[Tensor, "n c h w"]) -> Iterator[Place]:
        """The best place of each page at the start and after every step: a step may lead down, and the way goes on
        from there, but what is kept has the greatest predicted mean so far of those that hold what was there.

        Raises UserError when a score or its gradient is not finite, naming the step.
        """
        start = best = here = self.visited(noise, torch.zeros(len(noise), 2), step=0)
        least, full = start.part(self.cfg.keep), start.part(FULL)
        yield best
        for step in range(1, self.cfg.steps + 1):
            here = self.visited(uphill(here.noise, here.pull, self.cfg.lr), full, step)
            better = here.scores.mean(1) > best.scores.mean(1)
            best = here.where(better & here.holds(least), best)
            yield best

    def visited(self, noise: Float[Tensor, "n c h w"], full: Float[Tensor, "n 2"], step: int) -> Place:
        """What is drawn from this noise, how it is scored, and which way is up, for pages that are to show no less than
        `full`; `step` is for the message."""
        x = noise.detach().requires_grad_(not self.blind)
        kept = Guided if isinstance(self.decoder, BoxDecoder) else Recomputed  # boxes are few: all steps fit in memory
        drawn = ddim(kept(self.decoder, self.brief, self.sheet), x, self.decoder.schedule, self.cfg.sampler_steps, [])
        luck = [Generator().manual_seed(seed) for seed in self.seeds]
        read = self.reward(self.decoder, drawn, self.sheet, luck)
        if self.blind:
            chance = [Generator().manual_seed(seed + step + 1) for seed in self.seeds]
            pull = noise_like(noise, chance)
        else:
            worth = read.grammar.mean(1) - DEAR * missing(read.shown, full)
            (pull,) = torch.autograd.grad(worth.sum(), x)
        _require_finite(read.grammar, pull, step)
        return Place(noise, read.page, read.grammar.detach(), read.shown.detach(), pull)


def missing(shown: Float[Tensor, "n 2"], full: Float[Tensor, "n 2"]) -> Float[Tensor, " n"]:
    """The share of the text and of the pictures there should be that is not shown, added up; 0 where there should be
    none."""
    return torch.where(full > 0, 1 - shown / full.clamp_min(BARE * FULL), 0).clamp_min(0).sum(1)


def uphill(noise: Float[Tensor, "n c h w"], pull: Float[Tensor, "n c h w"], lr: float) -> Float[Tensor, "n c h w"]:
    """One step of each page by `lr` of its noise's length, then back onto the sphere that it came from."""
    radius, strength = (_norm(each) for each in (noise, pull))
    moved = noise + lr * radius * pull / strength.clamp_min(1e-12)
    return moved * radius / _norm(moved)


def _beside(values: Tensor, others: Tensor) -> Tensor:
    """One value a page, in the shape of what has more."""
    return values.view(-1, *[1] * (others.dim() - 1))


def _norm(values: Float[Tensor, "n c h w"]) -> Float[Tensor, "n 1 1 1"]:
    return values.flatten(1).norm(dim=1)[:, None, None, None]


def _require_finite(score: Float[Tensor, "n 4"], pull: Float[Tensor, "n c h w"], step: int) -> None:
    for what, values in (("score", score), ("gradient", pull)):
        for row in (~values.flatten(1).isfinite().all(1)).nonzero()[:, 0].tolist():
            raise UserError(
                f"The search stopped at step {step}: the {what} of page {row} ({', '.join(NAMES)}) is not a finite "
                "number. Lower innovate.lr."
            )
