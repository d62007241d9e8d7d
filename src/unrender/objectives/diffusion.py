"""What a decoder of latents or pixels is trained on: the squared error of its denoising (Ho et al. 2020)."""

from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Generator, Tensor, nn

from unrender.diffusion.samplers import noise_like
from unrender.diffusion.schedule import Schedule
from unrender.models.decoder import UNKNOWN

Batch = dict[str, Tensor]


@dataclass(frozen=True)
class DecoderObjective:
    """objective(model, batch, generator) -> {"loss"}. `batch`: x0 (b, c, h, w), goal, format, tone, frame."""

    schedule: Schedule
    mean: Float[Tensor, "c 1 1"]
    std: Float[Tensor, "c 1 1"]
    drop: float
    min_snr_gamma: float | None = None

    def __call__(self, model: nn.Module, batch: Batch, generator: Generator) -> dict[str, Tensor]:
        x0 = batch["x0"].float()
        x0 = (x0 - self.mean.to(x0.device)) / self.std.to(x0.device)
        brief = hidden_in_part(batch, self.drop, generator)
        loss = denoising_loss(
            self.schedule, x0, generator, lambda x, t: model(x, t, *brief, batch["frame"]), self.min_snr_gamma
        )
        return {"loss": loss}


BRIEF = ("goal", "format", "tone")


def hidden_in_part(batch: Batch, drop: float, generator: Generator) -> list[Tensor]:
    """Goal, format and tone, for classifier-free guidance (Ho and Salimans 2022): the whole brief is UNKNOWN with
    probability `drop`, and each of its parts with the same probability, so that a brief may be left open in part."""
    count, device = len(batch["goal"]), batch["goal"].device
    chance = torch.rand(4, count, generator=generator, device=device)
    hidden = (chance[:3] < drop) | (chance[3] < drop)  # (3, b)
    return [batch[name].masked_fill(hide, UNKNOWN) for name, hide in zip(BRIEF, hidden, strict=True)]


def spread_times(count: int, steps: int, generator: Generator, device: torch.device) -> Int[Tensor, " b"]:
    """Times drawn evenly, one stratum per example so that no batch lacks a region."""
    place = (torch.arange(count, device=device) + torch.rand(count, generator=generator, device=device)) / count
    return (place * steps).long().clamp_max(steps - 1)


def denoising_loss(
    schedule: Schedule, x0: Float[Tensor, "b c h w"], generator: Generator, say, gamma: float | None = None
) -> Float[Tensor, ""]:
    """Weighted mean squared error at `spread_times`."""
    schedule = schedule.to(x0.device)
    t = spread_times(len(x0), len(schedule), generator, x0.device)
    noise = noise_like(x0, generator)
    error = (say(schedule.noised(x0, noise, t), t).float() - schedule.target(x0, noise, t)).square()
    return (error.mean((1, 2, 3)) * schedule.weight(t, gamma)).mean()
