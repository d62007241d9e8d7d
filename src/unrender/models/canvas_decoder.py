"""Brief -> latent, or page: a denoising U-Net with cross-attention on the brief."""

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from unrender.data.latents import CELL, CHANNELS
from unrender.design.swatches import RGB, SWATCHES
from unrender.models.decoder import Config, Decoder, Sketch
from unrender.models.nn.unet import UNet, UNetConfig, embedding_size, zeroed
from unrender.render.frame import ARTBOARD, SIZE

RIPPLES = 4  # frequencies of the places in a frame, each way


class CanvasDecoder(Decoder):
    """What is denoised is a picture: the 32 x 32 structure-first latent, or the page, in -1..1."""

    def __init__(self, config: Config):
        structure = config.space == "structure"
        channels, side = (CHANNELS, SIZE // CELL) if structure else (3, SIZE)
        super().__init__(config, channels, embedding_size(config.unet))
        self.shape = channels, side, side
        self.unet = UNet(config.unet, channels, context=config.brief_dim, beside=4 * RIPPLES + 1)
        structured = structure and config.prediction == "x0"
        self.head = StructureHead(config.unet.base) if structured else PlainHead(config.unet, channels)

    def forward(
        self,
        x: Float[Tensor, "b c h w"],
        t: Int[Tensor, " b"],
        goal: Int[Tensor, " b"],
        format: Int[Tensor, " b"],
        tone: Float[Tensor, " b"],
        sheet: Float[Tensor, "b _"],
        before: Float[Tensor, "b c h w"] | None = None,
    ) -> Float[Tensor, "b c h w"]:
        """What `prediction` says; `before` changed nothing here that could be measured, and is not looked at."""
        tokens, told = self.brief(goal, format, tone)
        size = x.shape[2] // self.config.unet.patch, x.shape[3] // self.config.unet.patch
        inside = coverage(sheet, *size)
        beside = torch.cat([places(*size, x.device).expand(len(x), -1, -1, -1), inside], 1)
        said = self.head(self.unet(x, t, context=tokens, told=told, beside=beside)).float()
        if isinstance(self.head, PlainHead):
            return said
        return (self.head.on_artboard(said, inside) - self.mean) / self.std

    def expected(
        self, said: Float[Tensor, "b c h w"], x: Float[Tensor, "b c h w"], t: Int[Tensor, " b"]
    ) -> Float[Tensor, "b c h w"]:
        """Within 0..1 of a latent and -1..1 of a page."""
        x0 = self.schedule.denoised(said, x, t)
        low = 0.0 if self.config.space == "structure" else -1.0
        return torch.minimum(torch.maximum(x0, (low - self.mean) / self.std), (1 - self.mean) / self.std)

    def sketched(self, drawn: Float[Tensor, "b c h w"], sheet: Float[Tensor, "b _"]) -> Sketch:
        return Sketch(drawn * self.std + self.mean)


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


def coverage(frame: Float[Tensor, "b _"], height: int, width: int) -> Float[Tensor, "b 1 h w"]:
    """How much of each cell lies on the page, whose left, top, right and bottom come first in `frame`."""
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
