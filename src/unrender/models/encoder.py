"""Page image -> structure maps: a U-Net (Ronneberger et al. 2015) that works at half resolution.

Pages are sharp and mostly flat, so a fixed space-to-depth stem loses nothing and saves most of the work. The masks,
which need exact edges, are told for each pixel of a block; colours are upsampled, on top of a nearest-swatch guess.
"""

import numpy as np
import torch
from jaxtyping import Float, UInt8
from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional as F

from unrender.config import Section
from unrender.design.swatches import RGB, SWATCHES
from unrender.models.nn.conv import ConvBlock, recomputed
from unrender.render.frame import ARTBOARD

LEVELS = 4  # times the U-Net halves the picture
FINE = 24  # channels from which a block's pixels are told apart
SURROUNDINGS = 10  # px: side of the square whose mean and spread a pixel is measured by
EVEN = 0.02  # spread, of 1, below which an area counts as flat
BEYOND = (0.0, 0.4, 1.2)  # shares of the way from the ground to a stroke that are added: thin strokes show half
REACH = 3  # px around a block in which the colour of its text is looked for
SHARPNESS = 500.0  # of the guessed colour: at 1 / sqrt(500) of the range, 11 steps of 255, odds have fallen to 1/e
FARTHEST = 7.0  # log-odds against a colour that is nothing like the pixel


class Config(Section):
    """Width and resolution of the U-Net."""

    base: int = Field(default=16, ge=4, description="Channels of the first level; each level doubles them.")
    stem: int = Field(default=2, ge=1, le=2, description="Space-to-depth factor of the stem: 1 or 2.")
    num_colours: int = Field(
        default=len(SWATCHES), ge=2, le=len(SWATCHES), description="Colour classes, with the outside of the page."
    )
    checkpointing: bool = Field(default=False, description="Recompute activations to save memory.")


class Encoder(nn.Module):
    """The U-Net and its three heads. Sides of the image must be multiples of `stride` (32 with the usual stem)."""

    def __init__(self, config: Config):
        super().__init__()
        self.config = config
        self.stride = config.stem * 2**LEVELS
        widths = [config.base * 2**level for level in range(LEVELS + 1)]
        self.down = nn.ModuleList(
            ConvBlock(inputs, outputs) for inputs, outputs in zip([6 * config.stem**2, *widths], widths, strict=False)
        )
        self.project = nn.ModuleList(
            nn.Conv2d(deep, shallow, 1) for shallow, deep in zip(widths[-2::-1], widths[:0:-1], strict=True)
        )
        self.up = nn.ModuleList(ConvBlock(width, width) for width in widths[-2::-1])
        self.fine = FineHead(config.base, outputs=3, factor=config.stem)
        self.colour = ColourHead(config.base, config.num_colours, factor=config.stem)

    def forward(self, image: Float[Tensor, "b 3 h w"]) -> dict[str, Float[Tensor, "b _ h w"]]:
        """RGB in 0..1 -> logits: masks (b, 2, h, w) text and image, colour (b, k, h, w), hierarchy (b, 1, h, w).

        While training, colour stays at the resolution of the U-Net, (b, k, h/stem, w/stem): a quarter of the work.
        """
        if image.shape[-2] % self.stride or image.shape[-1] % self.stride:
            raise ValueError(f"image is {tuple(image.shape)}, but its sides must be multiples of {self.stride}")
        relief = local_contrast(image)  # (b, 3, h, w)
        features = self.features(torch.cat([image, relief], 1))  # (b, base, h/stem, w/stem)
        fine = self.fine(features)  # (b, 3, h, w)
        return {"masks": fine[:, :2], "hierarchy": fine[:, 2:], "colour": self.colour(features, image, relief)}

    def features(self, x: Float[Tensor, "b 6 h w"]) -> Float[Tensor, "b c h2 w2"]:
        """Down and up again, adding the skips."""
        x = F.pixel_unshuffle(x, self.config.stem)  # (b, 6 stem^2, h/stem, w/stem)
        skips = []
        for level, block in enumerate(self.down):
            x = F.max_pool2d(x, 2) if level else x
            x = self.run(block, x)  # (b, base 2^level, h/stem/2^level, ...)
            skips.append(x)
        for project, block, skip in zip(self.project, self.up, skips[-2::-1], strict=True):
            x = skip + F.interpolate(project(x), scale_factor=2, mode="nearest")
            x = self.run(block, x)
        return x

    @torch.no_grad()
    def read(self, image: UInt8[np.ndarray, "3 h w"]) -> dict[str, np.ndarray]:
        """Structure maps of one page, as a dataset item has them. The model should be in eval mode."""
        device = self.colour.swatches.device
        out = self(torch.from_numpy(np.ascontiguousarray(image))[None].to(device).float() / 255)
        return {
            "masks": (out["masks"][0] > 0).cpu().numpy(),
            "colour": out["colour"][0].argmax(0).to(torch.uint8).cpu().numpy(),
            "hierarchy": (out["hierarchy"][0].sigmoid() * 255).round().to(torch.uint8).cpu().numpy(),
        }

    def run(self, block: nn.Module, x: Float[Tensor, "b c h w"]) -> Float[Tensor, "b d h w"]:
        """block(x), sparing memory if asked to."""
        if self.config.checkpointing and self.training:
            return recomputed(block, x)
        return block(x)


@torch.no_grad()
def local_contrast(image: Float[Tensor, "b 3 h w"]) -> Float[Tensor, "b 3 h w"]:
    """(pixel - mean) / (spread + EVEN) of the square around it: grey text on grey looks like black on white.

    Local contrast normalisation (Jarrett et al. 2009, section 2), with one spread for the three channels, a square
    for a window, and both taken at half resolution. Without it text takes twice the steps to learn.
    """
    with torch.autocast(image.device.type, enabled=False):
        image = image.float()
        mean = _surroundings(F.avg_pool2d(image, 2))  # (b, 3, h/2, w/2)
        power = _surroundings(F.avg_pool2d(image.square().sum(1, keepdim=True), 2))
        spread = (power - mean.square().sum(1, keepdim=True)).clamp_min(0).sqrt()
        mean, scale = (F.interpolate(x, scale_factor=2, mode="nearest") for x in (mean, 1 / (spread + EVEN)))
        return (image - mean) * scale


def _surroundings(x: Float[Tensor, "b c h w"]) -> Float[Tensor, "b c h w"]:
    """Mean over a square, at half resolution, of what lies inside the image."""
    side = SURROUNDINGS // 2
    x = F.avg_pool2d(x, (1, side), 1, (0, side // 2), count_include_pad=False)
    return F.avg_pool2d(x, (side, 1), 1, (side // 2, 0), count_include_pad=False)


class FineHead(nn.Sequential):
    """Logits of every pixel of a block from the block's features (sub-pixel convolution, Shi et al. 2016)."""

    def __init__(self, inputs: int, outputs: int, factor: int):
        super().__init__(
            nn.Conv2d(inputs, FINE, 3, padding=1, bias=False),
            nn.BatchNorm2d(FINE),
            nn.ReLU(inplace=True),
            nn.Conv2d(FINE, outputs * factor**2, 1),
            nn.PixelShuffle(factor),
        )


class ColourHead(nn.Module):
    """The likeliest swatch of each block taken by itself, or of the stroke nearby, corrected by what the U-Net knows.

    A line of text has the colour of its letters also between them. So there are several guesses: the block's own
    colour, that of the most conspicuous pixel within REACH, and what that pixel would be if the thin stroke it shows
    had filled it (BEYOND); a gate weighs them. A guess is fixed: -s |rgb - swatch|^2, but no less than -FARTHEST. Flat
    areas are right from the start. Without the guesses the easy colours claim the shared features, and the masks learn
    several times slower.
    """

    swatches: Tensor

    def __init__(self, inputs: int, num_colours: int, factor: int):
        super().__init__()
        self.factor = factor
        self.correct = nn.Conv2d(inputs, num_colours, 1)
        self.gate = nn.Conv2d(inputs, 1 + len(BEYOND), 1)
        for parameter in (*self.correct.parameters(), *self.gate.parameters()):
            nn.init.zeros_(parameter)
        self.gate.get_parameter("bias").data[0] = 2.0  # most of a page is not text
        colours = [ARTBOARD, *(RGB[name] for name in SWATCHES[1:])]  # class 0, outside the page, is the artboard
        self.register_buffer("swatches", torch.tensor(colours[:num_colours]) / 255)  # (k, 3)

    def forward(
        self, x: Float[Tensor, "b c h2 w2"], image: Float[Tensor, "b 3 h w"], relief: Float[Tensor, "b 3 h w"]
    ) -> Float[Tensor, "b k h3 w3"]:
        gate = self.gate(x).softmax(1)  # (b, 1 + guesses, h/f, w/f)
        logits = self.correct(x) + gate[:, :1] * self.guess(F.avg_pool2d(image, self.factor)).to(gate.dtype)
        stroke, ground = self.stroke(image, relief)
        for i, beyond in enumerate(BEYOND, 1):
            filled = (stroke + beyond * (stroke - ground)).clamp(0, 1)
            logits = logits + gate[:, i : i + 1] * self.guess(filled).to(gate.dtype)  # (b, k, h/f, w/f)
        if self.training or self.factor == 1:
            return logits
        return F.interpolate(logits, scale_factor=self.factor, mode="bilinear")  # (b, k, h, w)

    @torch.no_grad()
    def stroke(
        self, image: Float[Tensor, "b 3 h w"], relief: Float[Tensor, "b 3 h w"]
    ) -> tuple[Float[Tensor, "b 3 h2 w2"], Float[Tensor, "b 3 h2 w2"]]:
        """For each block the colour of the pixel, within REACH of it, that stands out most; and the mean around it."""
        unlike = relief.square().sum(1, keepdim=True).contiguous()
        side = self.factor + 2 * REACH
        _, place = F.max_pool2d(unlike, side, self.factor, REACH, return_indices=True)  # (b, 1, h/f, w/f)
        colour = image.flatten(2).gather(2, place.flatten(2).expand(-1, 3, -1)).unflatten(2, place.shape[-2:])
        ground = F.interpolate(_surroundings(F.avg_pool2d(image, 2)), size=place.shape[-2:], mode="nearest")
        packed = torch.channels_last
        return colour.contiguous(memory_format=packed), ground.contiguous(memory_format=packed)

    @torch.no_grad()
    def guess(self, image: Float[Tensor, "b 3 h w"]) -> Float[Tensor, "b k h w"]:
        """-s |a - b|^2 = 2s ab - s |b|^2 - s |a|^2: a 1 x 1 convolution of a and |a|^2. In float32, for it cancels."""
        with torch.autocast(image.device.type, enabled=False):
            a, b = image.float(), self.swatches
            known = torch.cat([a, a.square().sum(1, keepdim=True)], 1)  # (b, 4, h, w)
            weight = SHARPNESS * torch.cat([2 * b, -torch.ones_like(b[:, :1])], 1)  # (k, 4)
            odds = F.conv2d(known, weight[:, :, None, None], -SHARPNESS * b.square().sum(1))
            return odds.clamp_(min=-FARTHEST)
