"""What the decoder is trained on: the squared error of what they say of a noisy page (Ho et al. 2020)."""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Generator, Tensor, nn

from unrender.diffusion.samplers import noise_like
from unrender.diffusion.schedule import Schedule
from unrender.models.decoder import UNKNOWN

Batch = dict[str, Tensor]


@dataclass(frozen=True)
class DecoderObjective:
    """objective(model, batch, generator) -> {"loss"}. `batch`: x0 (b, c, h, w), goal, format, tone, frame.

    For classifier-free guidance (Ho and Salimans 2022) the whole brief is hidden with probability `drop`, and each of
    its parts with the same probability, so that a brief may be left open in part.
    """

    schedule: Schedule
    mean: Float[Tensor, "c 1 1"]
    std: Float[Tensor, "c 1 1"]
    drop: float
    min_snr_gamma: float | None = None

    def __call__(self, model: nn.Module, batch: Batch, generator: Generator) -> dict[str, Tensor]:
        x0 = batch["x0"].float()
        x0 = (x0 - self.mean.to(x0.device)) / self.std.to(x0.device)
        chance = torch.rand(4, len(x0), generator=generator, device=x0.device)
        hidden = (chance[:3] < self.drop) | (chance[3] < self.drop)  # (3, b)
        brief = [batch[name].masked_fill(hide, UNKNOWN) for name, hide in zip(BRIEF, hidden, strict=True)]
        loss = denoising_loss(
            self.schedule, x0, generator, lambda x, t: model(x, t, *brief, batch["frame"]), self.min_snr_gamma
        )
        return {"loss": loss}


BRIEF = ("goal", "format", "tone")


def denoising_loss(
    schedule: Schedule, x0: Float[Tensor, "b c h w"], generator: Generator, say, gamma: float | None = None
) -> Float[Tensor, ""]:
    """Weighted mean squared error at times drawn evenly, one stratum per example so that no batch lacks a region."""
    schedule = schedule.to(x0.device)
    strata = torch.arange(len(x0), device=x0.device)
    place = (strata + torch.rand(len(x0), generator=generator, device=x0.device)) / len(x0)
    t = (place * len(schedule)).long().clamp_max(len(schedule) - 1)
    noise = noise_like(x0, generator)
    error = (say(schedule.noised(x0, noise, t), t).float() - schedule.target(x0, noise, t)).square()
    return (error.mean((1, 2, 3)) * schedule.weight(t, gamma)).mean()
