"""Page image -> structure maps: a U-Net (Ronneberger et al. 2015) that works at half resolution.

Pages are sharp and mostly flat, so a fixed space-to-depth stem loses nothing and saves most of the work. Only the
masks, which need exact edges, return to full resolution; colours are upsampled, on top of a nearest-swatch guess.
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
FINE = 8  # channels at full resolution
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
            ConvBlock(inputs, outputs) for inputs, outputs in zip([3 * config.stem**2, *widths], widths, strict=False)
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
        features = self.features(image)  # (b, base, h/stem, w/stem)
        fine = self.fine(features)  # (b, 3, h, w)
        return {"masks": fine[:, :2], "hierarchy": fine[:, 2:], "colour": self.colour(features, image)}

    def features(self, image: Float[Tensor, "b 3 h w"]) -> Float[Tensor, "b c h2 w2"]:
        """Down and up again, adding the skips."""
        x = F.pixel_unshuffle(image, self.config.stem)  # (b, 3 stem^2, h/stem, w/stem)
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


class FineHead(nn.Module):
    """Few channels, but at full resolution, where text lines are four pixels high."""

    def __init__(self, inputs: int, outputs: int, factor: int):
        super().__init__()
        self.up = nn.ConvTranspose2d(inputs, FINE, factor, factor, bias=False)
        self.norm = nn.BatchNorm2d(FINE)
        self.out = nn.Conv2d(FINE, outputs, 3, padding=1)

    def forward(self, x: Float[Tensor, "b c h w"]) -> Float[Tensor, "b d fh fw"]:
        return self.out(F.relu(self.norm(self.up(x)), inplace=True))


class ColourHead(nn.Module):
    """The likeliest swatch of each pixel taken by itself, corrected by what the U-Net knows.

    The guess is fixed: -s |rgb - swatch|^2, but no less than -FARTHEST. Flat areas are right from the start, mixed
    pixels (text, photographs) have even odds. Without it the easy colours claim the shared features, and the masks
    learn several times slower.
    """

    swatches: Tensor

    def __init__(self, inputs: int, num_colours: int, factor: int):
        super().__init__()
        self.factor = factor
        self.correct = nn.Conv2d(inputs, num_colours, 1)
        for parameter in self.correct.parameters():
            nn.init.zeros_(parameter)
        colours = [ARTBOARD, *(RGB[name] for name in SWATCHES[1:])]  # class 0, outside the page, is the artboard
        self.register_buffer("swatches", torch.tensor(colours[:num_colours]) / 255)  # (k, 3)

    def forward(self, x: Float[Tensor, "b c h2 w2"], image: Float[Tensor, "b 3 h w"]) -> Float[Tensor, "b k h3 w3"]:
        correction = self.correct(x)
        logits = correction + self.guess(F.avg_pool2d(image, self.factor)).to(correction.dtype)  # (b, k, h/f, w/f)
        if self.training or self.factor == 1:
            return logits
        return F.interpolate(logits, scale_factor=self.factor, mode="bilinear")  # (b, k, h, w)

    @torch.no_grad()
    def guess(self, image: Float[Tensor, "b 3 h w"]) -> Float[Tensor, "b k h w"]:
        """-s |a - b|^2 = 2s ab - s |b|^2 - s |a|^2: a 1 x 1 convolution of a and |a|^2. In float32, for it cancels."""
        with torch.autocast(image.device.type, enabled=False):
            a, b = image.float(), self.swatches
            known = torch.cat([a, a.square().sum(1, keepdim=True)], 1)  # (b, 4, h, w)
            weight = SHARPNESS * torch.cat([2 * b, -torch.ones_like(b[:, :1])], 1)  # (k, 4)
            odds = F.conv2d(known, weight[:, :, None, None], -SHARPNESS * b.square().sum(1))
            return odds.clamp_(min=-FARTHEST)
