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
from unrender.models.nn.moments import Standardised
from unrender.models.nn.unet import UNet, UNetConfig, embedding_size, zeroed
from unrender.render.frame import ARTBOARD, SIZE, place

LABELS = {"goals": list(GOALS), "formats": list(FORMATS)}
"""What goal and format numbers stand for, in order."""
UNKNOWN = -1  # a goal, format or tone that the brief leaves open
WAVES = 8  # frequencies of the tone's embedding
RIPPLES = 4  # frequencies of the places in a frame, each way
QUANTILES = 64  # of the proportions of each format


class Config(Section):
    """The network and the noise that it takes away."""

    space: Space = Field(
        default="structure", description="What is denoised: the 32 x 32 latent, or the page itself (for GPUs)."
    )
    unet: UNetConfig = UNetConfig(base=48, factors=(1, 2, 2), attention=(1, 2))
    betas: Betas = "cosine"
    prediction: Prediction = Field(default="x0", description="What the network says: x0, v or epsilon.")
    brief_dim: int = Field(default=64, ge=8, description="Size of the vector that stands for each part of the brief.")
    sampler: Literal["ddpm", "ddim", "dpm_solver"] = Field(
        default="ddpm", description="How it is drawn with. The noise that ddpm adds corrects its own errors."
    )
    steps: int = Field(default=40, ge=1, le=T, description="Steps of the sampler.")
    guidance: float = Field(default=2.0, ge=0, description="How far beyond what the brief asks for; 1 is not at all.")

    @pydantic.model_validator(mode="after")
    def _consistent(self) -> "Config":
        if self.space == "structure" and self.unet.patch != 1:
            raise ValueError(f"unet.patch is {self.unet.patch}; a latent is read cell by cell, with patch 1")
        return self


class Decoder(Standardised):
    """The U-Net and the embedding of the brief. `mean` and `std` (c, 1, 1) standardise what is denoised.

    A designer picks the sheet first: where the page lies in its frame is given. `proportions` (formats, quantiles) is
    height / width of the pages of train.
    """

    proportions: Tensor

    def __init__(self, config: Config):
        super().__init__(channels_of(config))
        self.config = config
        self.schedule = Schedule.of(config.betas, config.prediction)
        self.brief = BriefEmbedding(config.brief_dim, embedding_size(config.unet))
        channels = channels_of(config)
        self.unet = UNet(config.unet, channels, context=config.brief_dim, beside=4 * RIPPLES + 1)
        structured = config.space == "structure" and config.prediction == "x0"
        self.head = StructureHead(config.unet.base) if structured else PlainHead(config.unet, channels)
        self.register_buffer("proportions", torch.ones(len(FORMATS), QUANTILES))

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
        frame: Float[Tensor, "b 4"],
    ) -> Float[Tensor, "b c h w"]:
        """x_t, the time, the brief, UNKNOWN where it is left open, and where the page lies, as left, top, right and
        bottom in 0..1 of the frame -> what `prediction` says."""
        tokens, told = self.brief(goal, format, tone)
        size = x.shape[2] // self.config.unet.patch, x.shape[3] // self.config.unet.patch
        inside = coverage(frame, *size)
        beside = torch.cat([places(*size, x.device).expand(len(x), -1, -1, -1), inside], 1)
        said = self.head(self.unet(x, t, context=tokens, told=told, beside=beside)).float()
        if isinstance(self.head, PlainHead):
            return said
        return (self.head.on_artboard(said, inside) - self.mean) / self.std

    def learn_proportions(self, format: Int[Tensor, " n"], ratio: Float[Tensor, " n"]) -> None:
        """Take the quantiles of height / width of each format; those of all pages for a format that is not there."""
        at = torch.linspace(0, 1, QUANTILES)
        for number in range(len(FORMATS)):
            own = ratio[format == number]
            self.proportions[number] = torch.quantile(own if len(own) else ratio, at)

    def frames(self, format: Int[Tensor, " b"], luck: Float[Tensor, " b"]) -> Float[Tensor, "b 4"]:
        """Where pages of these formats lie, UNKNOWN ones anywhere; `luck` in 0..1 says how tall they are."""
        every = self.proportions.flatten().sort().values
        boxes = []
        for number, place_of in zip(format.tolist(), luck.tolist(), strict=True):
            ratios = every if number == UNKNOWN else self.proportions[number]
            ratio = float(ratios[min(int(place_of * len(ratios)), len(ratios) - 1)])
            boxes.append(place(1000, round(1000 * ratio)).box)
        return torch.tensor(boxes) / SIZE


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

    def on_artboard(
        self, latent: Float[Tensor, "b 8 h w"], inside: Float[Tensor, "b 1 h w"]
    ) -> Float[Tensor, "b 8 h w"]:
        """The page on its artboard, which is the first of the swatches and holds neither picture nor text."""
        colour = torch.lerp(self.swatches[0, :, None, None], latent[:, :3], inside)
        return torch.cat([colour, latent[:, 3:] * (inside > 0)], 1)


def coverage(frame: Float[Tensor, "b 4"], height: int, width: int) -> Float[Tensor, "b 1 h w"]:
    """How much of each cell lies on the page."""
    spans = []
    for (low, high), count in zip(((0, 2), (1, 3)), (width, height), strict=True):
        start = torch.arange(count, device=frame.device)
        covered = (frame[:, high, None] * count).clamp_max(start + 1) - (frame[:, low, None] * count).clamp_min(start)
        spans.append(covered.clamp(0, 1))  # (b, count)
    return spans[1][:, None, :, None] * spans[0][:, None, None, :]


def places(height: int, width: int, device: torch.device) -> Float[Tensor, "p h w"]:
    """Sines and cosines of where a cell lies in the frame: convolutions do not know."""
    grid = torch.meshgrid(*(torch.linspace(-1, 1, n, device=device) for n in (height, width)), indexing="ij")
    angle = torch.cat([torch.stack(grid) * torch.pi * 2.0 ** (k - 1) for k in range(RIPPLES)])  # (2 RIPPLES, h, w)
    return torch.cat([angle.sin(), angle.cos()])


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
