"""Latent -> page image: a small denoising U-Net that sees the latent beside the picture (Saharia et al. 2021, SR3).

A network that answers at once can only average what the latent leaves open, and an average of letters is a blur.
"""

import pydantic
import torch
from jaxtyping import Float, Int
from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional as F

from unrender.config import Section
from unrender.data.latents import CELL, CHANNELS
from unrender.diffusion.schedule import Betas, Schedule
from unrender.models.nn.unet import UNet, UNetConfig

COLOURS = 3  # of a cell


class Config(Section):
    """The network and the noise that it takes away."""

    unet: UNetConfig = UNetConfig(base=32, factors=(1, 2, 2), attention=(), patch=4)
    betas: Betas = "cosine"
    steps: int = Field(default=8, ge=1, description="Steps of DPM-Solver++ from noise to a page.")

    @pydantic.model_validator(mode="after")
    def _consistent(self) -> "Config":
        if CELL % self.unet.patch:
            raise ValueError(f"unet.patch {self.unet.patch} must divide the {CELL} px of a cell")
        return self


class Refiner(nn.Module):
    """The U-Net. `mean` and `std` (8, 1, 1) bring a latent to zero mean and unit variance."""

    mean: Tensor
    std: Tensor

    def __init__(self, config: Config):
        super().__init__()
        self.config = config
        self.schedule = Schedule.of(config.betas, "x0")
        self.unet = UNet(config.unet, channels=3, beside=CHANNELS)
        self.head = PaletteHead(config.unet.base, config.unet.patch)
        self.register_buffer("mean", torch.zeros(CHANNELS, 1, 1))
        self.register_buffer("std", torch.ones(CHANNELS, 1, 1))

    def standardise(self, mean: Float[Tensor, "8 1 1"], std: Float[Tensor, "8 1 1"]) -> None:
        """Take the moments of the latents of train."""
        self.mean.copy_(mean)
        self.std.copy_(std)

    def forward(
        self, x: Float[Tensor, "b 3 h w"], t: Int[Tensor, " b"], latent: Float[Tensor, "b 8 h8 w8"]
    ) -> Float[Tensor, "b 3 h w"]:
        """A noisy page in -1..1, the time and the standardised latent -> the page without noise."""
        patch = self.config.unet.patch
        beside = F.interpolate(latent, scale_factor=CELL // patch, mode="bilinear")
        means = (latent[:, :3] * self.std[:3] + self.mean[:3]) * 2 - 1  # (b, 3, h/8, w/8), in -1..1
        return self.head(self.unet(x, t, beside=beside), means)


class PaletteHead(nn.Module):
    """A few colours for each cell, as differences from its mean, and for each pixel how much of which.

    Pages are flat: so a cell that lies in one surface stays one colour, and an edge is a choice between two.
    """

    def __init__(self, width: int, patch: int):
        super().__init__()
        self.patch = patch
        self.colours = nn.Conv2d(width * (CELL // patch) ** 2, 3 * COLOURS, 1)
        self.choice = nn.Conv2d(width, COLOURS * patch**2, 3, padding=1)
        nn.init.zeros_(self.colours.weight)

    def forward(
        self, features: Float[Tensor, "b c h2 w2"], means: Float[Tensor, "b 3 h8 w8"]
    ) -> Float[Tensor, "b 3 h w"]:
        palette = self.colours(F.pixel_unshuffle(features, CELL // self.patch)).unflatten(1, (COLOURS, 3))
        share = F.pixel_shuffle(self.choice(features), self.patch).float().softmax(1)  # (b, k, h, w)
        share = F.pixel_unshuffle(share, CELL).unflatten(1, (COLOURS, CELL**2))  # (b, k, 64, h/8, w/8)
        share = share - share.mean(2, keepdim=True)  # the mean of a cell is known
        picture = torch.einsum("bkchw,bkphw->bcphw", palette.float(), share) + means[:, :, None]
        return F.pixel_shuffle(picture.flatten(1, 2), CELL)
