"""Brief -> page: a denoising U-Net with cross-attention on the brief, in the structure-first latent or in pixels."""

from typing import Literal

import pydantic
import torch
from jaxtyping import Float, Int
from pydantic import Field
from torch import Tensor, nn

from unrender.config import Section
from unrender.data.latents import CELL, CHANNELS, Space
from unrender.design.brief import FORMATS, GOALS
from unrender.design.swatches import RGB, SWATCHES
from unrender.diffusion.schedule import Betas, Prediction, Schedule, T
from unrender.models.nn.unet import UNet, UNetConfig, embedding_size, zeroed
from unrender.render.frame import ARTBOARD, SIZE

LABELS = {"goals": list(GOALS), "formats": list(FORMATS)}
"""What goal and format numbers stand for, in order."""
UNKNOWN = -1  # a goal, format or tone that the brief leaves open
WAVES = 8  # frequencies of the tone's embedding


class Config(Section):
    """The network and the noise that it takes away."""

    space: Space = Field(
        default="structure", description="What is denoised: the 32 x 32 latent, or the page itself (for GPUs)."
    )
    unet: UNetConfig = UNetConfig(base=48, factors=(1, 2, 2), attention=(1, 2))
    betas: Betas = "cosine"
    prediction: Prediction = Field(default="x0", description="What the network says: x0, v or epsilon.")
    brief_dim: int = Field(default=64, ge=8, description="Size of the vector that stands for each part of the brief.")
    sampler: Literal["ddpm", "ddim", "dpm_solver"] = Field(default="dpm_solver", description="How it is drawn with.")
    steps: int = Field(default=16, ge=1, le=T, description="Steps of the sampler.")
    guidance: float = Field(default=2.0, ge=0, description="How far beyond what the brief asks for; 1 is not at all.")

    @pydantic.model_validator(mode="after")
    def _consistent(self) -> "Config":
        if self.space == "structure" and self.unet.patch != 1:
            raise ValueError(f"unet.patch is {self.unet.patch}; a latent is read cell by cell, with patch 1")
        return self


class Decoder(nn.Module):
    """The U-Net and the embedding of the brief. `mean` and `std` (c, 1, 1) standardise what is denoised."""

    mean: Tensor
    std: Tensor

    def __init__(self, config: Config):
        super().__init__()
        self.config = config
        self.schedule = Schedule.of(config.betas, config.prediction)
        self.brief = BriefEmbedding(config.brief_dim, embedding_size(config.unet))
        channels = channels_of(config)
        self.unet = UNet(config.unet, channels, context=config.brief_dim)
        structured = config.space == "structure" and config.prediction == "x0"
        self.head = StructureHead(config.unet.base) if structured else PlainHead(config.unet, channels)
        self.register_buffer("mean", torch.zeros(channels, 1, 1))
        self.register_buffer("std", torch.ones(channels, 1, 1))

    def standardise(self, mean: Float[Tensor, "c 1 1"], std: Float[Tensor, "c 1 1"]) -> None:
        """Take the moments of what train shows."""
        self.mean.copy_(mean)
        self.std.copy_(std)

    @property
    def shape(self) -> tuple[int, int, int]:
        """(c, h, w) of what is denoised."""
        side = SIZE // CELL if self.config.space == "structure" else SIZE
        return len(self.mean), side, side

    def bounded(self, x0: Float[Tensor, "b c h w"]) -> Float[Tensor, "b c h w"]:
        """x_0 within what a latent, 0..1, or a page, -1..1, can be: guidance overshoots."""
        low = 0.0 if self.config.space == "structure" else -1.0
        return torch.minimum(torch.maximum(x0, (low - self.mean) / self.std), (1 - self.mean) / self.std)

    def forward(
        self,
        x: Float[Tensor, "b c h w"],
        t: Int[Tensor, " b"],
        goal: Int[Tensor, " b"],
        format: Int[Tensor, " b"],
        tone: Float[Tensor, " b"],
    ) -> Float[Tensor, "b c h w"]:
        """x_t, the time and the brief, UNKNOWN where it is left open -> what `prediction` says."""
        tokens, told = self.brief(goal, format, tone)
        said = self.head(self.unet(x, t, context=tokens, told=told)).float()
        return (said - self.mean) / self.std if isinstance(self.head, StructureHead) else said


class PlainHead(nn.Sequential):
    """Any value for every pixel."""

    def __init__(self, config: UNetConfig, channels: int):
        super().__init__(
            zeroed(nn.Conv2d(config.base, channels * config.patch**2, 3, padding=1)), nn.PixelShuffle(config.patch)
        )


class StructureHead(nn.Module):
    """A latent as structure allows it: each cell's colour is a mixture of swatches, all else is a share in 0..1.

    A cell inside one surface is then one swatch, exactly, and what a few minutes of training leave uncertain does not
    show as tints that no palette has.
    """

    swatches: Tensor

    def __init__(self, width: int):
        super().__init__()
        colours = [ARTBOARD, *(RGB[name] for name in SWATCHES[1:])]
        self.register_buffer("swatches", torch.tensor(colours) / 255)  # (k, 3)
        self.answer = nn.Conv2d(width, len(colours) + CHANNELS - 3, 3, padding=1)

    def forward(self, features: Float[Tensor, "b c h w"]) -> Float[Tensor, "b 8 h w"]:
        """The latent, in 0..1."""
        said = self.answer(features).float()
        mixture = said[:, : len(self.swatches)].softmax(1)
        colour = torch.einsum("bkhw,kc->bchw", mixture, self.swatches)
        return torch.cat([colour, said[:, len(self.swatches) :].sigmoid()], 1)


class BriefEmbedding(nn.Module):
    """A token each for goal, format and tone, for cross-attention; and their sum, told to every block."""

    def __init__(self, dim: int, told: int):
        super().__init__()
        self.goal, self.format = nn.Embedding(len(GOALS) + 1, dim), nn.Embedding(len(FORMATS) + 1, dim)
        self.tone, self.open = nn.Linear(2 * WAVES, dim), nn.Parameter(torch.zeros(dim))
        self.tell = nn.Linear(3 * dim, told)

    def forward(
        self, goal: Int[Tensor, " b"], format: Int[Tensor, " b"], tone: Float[Tensor, " b"]
    ) -> tuple[Float[Tensor, "b 3 d"], Float[Tensor, "b e"]]:
        """Tokens and their summary."""
        angle = tone[:, None] * torch.pi * torch.arange(WAVES, device=tone.device)  # (b, waves)
        known = self.tone(torch.cat([angle.sin(), angle.cos()], 1))
        tone_token = torch.where((tone == UNKNOWN)[:, None], self.open.to(known.dtype), known)
        tokens = torch.stack([self.goal(goal + 1), self.format(format + 1), tone_token], 1)
        return tokens, self.tell(tokens.flatten(1))


def channels_of(config: Config) -> int:
    """Channels of what is denoised."""
    return CHANNELS if config.space == "structure" else 3
