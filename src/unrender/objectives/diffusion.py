"""What decoder and refiner are trained on: the squared error of what they say of a noisy page (Ho et al. 2020)."""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Generator, Tensor, nn

from unrender.data.latents import latent
from unrender.diffusion.samplers import noise_like
from unrender.diffusion.schedule import Schedule
from unrender.models.decoder import UNKNOWN

Batch = dict[str, Tensor]


@dataclass(frozen=True)
class RefinerObjective:
    """objective(model, batch, generator) -> {"loss"}. `batch` is what StructureDataset gives, stacked.

    The latent is spoilt with noise of up to `jitter` standard deviations, for a drawn one is never quite right
    (conditioning augmentation: Ho et al. 2022, Cascaded diffusion models, section 4).
    """

    schedule: Schedule
    mean: Float[Tensor, "c 1 1"]
    std: Float[Tensor, "c 1 1"]
    jitter: float

    def __call__(self, model: nn.Module, batch: Batch, generator: Generator) -> dict[str, Tensor]:
        image = batch["image"].float() / 255
        z = (latent(image, batch["masks"].float()) - self.mean.to(image.device)) / self.std.to(image.device)
        amount = self.jitter * torch.rand(len(z), 1, 1, 1, generator=generator, device=z.device)
        z = z + amount * noise_like(z, generator)
        return {"loss": denoising_loss(self.schedule, image * 2 - 1, generator, lambda x, t: model(x, t, z))}


@dataclass(frozen=True)
class DecoderObjective:
    """objective(model, batch, generator) -> {"loss"}. `batch`: x0 (b, c, h, w), goal, format, tone.

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
        loss = denoising_loss(self.schedule, x0, generator, lambda x, t: model(x, t, *brief), self.min_snr_gamma)
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
