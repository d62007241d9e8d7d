"""Discrete diffusion with an absorbing state: names are hidden, one after another, until none is left (D3PM, Austin et
al. 2021, section 3.1; the schedule of MaskGIT and MDLM: linear in time)."""

from math import cos, pi

import torch
from jaxtyping import Bool, Float, Int
from torch import Generator, Tensor


def hidden(t: Float[Tensor, " b"], count: int, generator: Generator) -> Bool[Tensor, "b n"]:
    """Which of `count` names are hidden at time t in 0..1: each by itself with the chance t."""
    return torch.rand(len(t), count, generator=generator, device=t.device) < t[:, None]


def revealed(unknown: Bool[Tensor, "b n"], sure: Float[Tensor, "b n"], share: float) -> Bool[Tensor, "b n"]:
    """Which names stay unknown when of each row's unknown ones but `share` may be left: the least sure ones.

    Counts are rounded down, so a share of 0 leaves none.
    """
    left = (unknown.sum(1) * share).floor().long()  # (b,)
    ranked = sure.masked_fill(~unknown, torch.inf).argsort(1).argsort(1)  # 0: the least sure
    return unknown & (ranked < left[:, None])


def cosine_shares(steps: int) -> list[float]:
    """The share of the names still hidden after each of `steps` steps (MaskGIT, Chang et al. 2022, equation of the
    cosine schedule): few are told at first, the last step tells all."""
    return [cos(step / steps * pi / 2) for step in range(1, steps)] + [0.0]


def chosen(logits: Float[Tensor, "b n k"], generator: Generator | None) -> Int[Tensor, "b n"]:
    """The likeliest name, or with a generator one drawn by its probability (Gumbel maximum)."""
    if generator is None:
        return logits.argmax(-1)
    noise = torch.rand(logits.shape, generator=generator, device=logits.device).clamp_min(1e-9)
    return (logits - (-noise.log()).log()).argmax(-1)
