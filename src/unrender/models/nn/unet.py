"""A U-Net that is told the time, and may look at a few context tokens (Ho et al. 2020; Rombach et al. 2022)."""

from itertools import pairwise
from math import log
from typing import TypeVar

import torch
from jaxtyping import Float, Int
from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional as F

from unrender.config import Section

Layer = TypeVar("Layer", bound=nn.Module)

GROUP = 16  # channels normalised together
HEAD = 32  # channels of an attention head


class UNetConfig(Section):
    """Width and depth of a denoising U-Net."""

    base: int = Field(default=64, ge=GROUP, multiple_of=GROUP, description="Channels of the first level.")
    factors: tuple[int, ...] = Field(default=(1, 2, 2), min_length=1, description="Channels of each level, in bases.")
    blocks: int = Field(default=1, ge=1, description="Residual blocks per level, each way.")
    attention: tuple[int, ...] = Field(default=(1, 2), description="Levels that attend, from 0. Few positions, please.")
    patch: int = Field(default=1, ge=1, description="Pixels along each side that are read as one position.")


class UNet(nn.Module):
    """x_t, time and context -> features that a head can answer from. Skips are added, not appended."""

    def __init__(self, config: UNetConfig, channels: int, context: int = 0, beside: int = 0):
        super().__init__()
        self.patch = config.patch
        widths = [config.base * factor for factor in config.factors]
        told, area = embedding_size(config), config.patch**2

        def level(width: int, number: int) -> Level:
            attends = number in config.attention
            return Level(Block(width, told, context, attends) for _ in range(config.blocks))

        self.embed = TimeEmbedding(config.base, told)
        self.first = nn.Conv2d(channels * area + beside, widths[0], 3, padding=1)
        self.down = nn.ModuleList(level(width, number) for number, width in enumerate(widths))
        self.shrink = nn.ModuleList(nn.Conv2d(fine, coarse, 3, 2, 1) for fine, coarse in pairwise(widths))
        self.grow = nn.ModuleList(nn.Conv2d(coarse, fine, 1) for fine, coarse in pairwise(widths))
        self.up = nn.ModuleList(level(width, number) for number, width in enumerate(widths[:-1]))
        self.last = nn.Sequential(norm(widths[0]), nn.SiLU())

    def forward(
        self,
        x: Float[Tensor, "b c h w"],
        t: Int[Tensor, " b"],
        context: Float[Tensor, "b n d"] | None = None,
        told: Float[Tensor, "b e"] | None = None,
        beside: Float[Tensor, "b k h2 w2"] | None = None,
    ) -> Float[Tensor, "b base h2 w2"]:
        """`told` is added to the embedding of the time; `beside`, at the resolution of the first level, is appended
        to x_t."""
        told = F.silu(self.embed(t) if told is None else self.embed(t) + told)  # (b, e)
        x = F.pixel_unshuffle(x, self.patch)  # (b, c patch^2, h/patch, w/patch)
        x = self.first(x if beside is None else torch.cat([x, beside], 1))  # (b, base, h/patch, w/patch)
        skips = []
        for level, blocks in enumerate(self.down):
            x = self.shrink[level - 1](x) if level else x  # half the side
            x = blocks(x, told, context)
            skips.append(x)
        for level in reversed(range(len(self.up))):
            x = skips[level] + F.interpolate(self.grow[level](x), scale_factor=2, mode="nearest")
            x = self.up[level](x, told, context)
        return self.last(x)


def embedding_size(config: UNetConfig) -> int:
    """Size of the vector that tells every block the time, and whatever else is added to it."""
    return 4 * config.base


class Level(nn.ModuleList):
    """Blocks one after another, all told the same."""

    def forward(
        self, x: Float[Tensor, "b c h w"], told: Float[Tensor, "b e"], context: Float[Tensor, "b n d"] | None
    ) -> Float[Tensor, "b c h w"]:
        """As one block."""
        for block in self:
            x = block(x, told, context)
        return x


class Block(nn.Module):
    """A residual block that is told the time, then attention where the level has it."""

    def __init__(self, width: int, told: int, context: int, attends: bool):
        super().__init__()
        self.norm1, self.conv1 = norm(width), nn.Conv2d(width, width, 3, padding=1)
        self.tell = nn.Linear(told, 2 * width)
        self.norm2, self.conv2 = norm(width), zeroed(nn.Conv2d(width, width, 3, padding=1))
        self.attention = Attention(width, context) if attends else None

    def forward(
        self, x: Float[Tensor, "b c h w"], told: Float[Tensor, "b e"], context: Float[Tensor, "b n d"] | None
    ) -> Float[Tensor, "b c h w"]:
        scale, shift = self.tell(told)[:, :, None, None].chunk(2, 1)  # (b, c, 1, 1)
        hidden = self.conv1(F.silu(self.norm1(x)))
        hidden = self.conv2(F.silu(torch.addcmul(shift, self.norm2(hidden), 1 + scale)))
        return x + hidden if self.attention is None else self.attention(x + hidden, context)


class Attention(nn.Module):
    """Every position looks at all others and at the context tokens (Vaswani et al. 2017), as a residual."""

    def __init__(self, width: int, context: int):
        super().__init__()
        self.heads = max(1, width // HEAD)
        self.norm = norm(width)
        self.query, self.memory = nn.Linear(width, width), nn.Linear(width, 2 * width)
        self.context = nn.Linear(context, 2 * width) if context else None
        self.out = zeroed(nn.Linear(width, width))

    def forward(self, x: Float[Tensor, "b c h w"], context: Float[Tensor, "b n d"] | None) -> Float[Tensor, "b c h w"]:
        seen = self.norm(x).flatten(2).transpose(1, 2)  # (b, h w, c)
        memory = self.memory(seen)
        if self.context is not None and context is not None:
            memory = torch.cat([memory, self.context(context).to(memory.dtype)], 1)  # (b, h w + n, 2 c)
        key, value = (self.split(part) for part in memory.chunk(2, -1))
        found = F.scaled_dot_product_attention(self.split(self.query(seen)), key, value)  # (b, heads, h w, c / heads)
        out = self.out(found.transpose(1, 2).flatten(2))
        return x + out.transpose(1, 2).unflatten(2, x.shape[2:])

    def split(self, x: Float[Tensor, "b n c"]) -> Float[Tensor, "b heads n d"]:
        """Channels into heads."""
        return x.unflatten(2, (self.heads, -1)).transpose(1, 2)


class TimeEmbedding(nn.Module):
    """Sines and cosines of the time (Vaswani et al. 2017, section 3.5), through two layers."""

    def __init__(self, waves: int, outputs: int):
        super().__init__()
        self.waves = waves
        self.layers = nn.Sequential(nn.Linear(waves, outputs), nn.SiLU(), nn.Linear(outputs, outputs))

    def forward(self, t: Int[Tensor, " b"]) -> Float[Tensor, "b e"]:
        half = self.waves // 2
        frequency = torch.exp(torch.arange(half, device=t.device) * (-log(10_000) / half))
        angle = t[:, None].float() * frequency
        return self.layers(torch.cat([angle.sin(), angle.cos()], 1))


def norm(width: int) -> nn.GroupNorm:
    """Group norm: a sampler's batches hold one time only, which batch norm could not bear."""
    return nn.GroupNorm(max(1, width // GROUP), width)


def zeroed(layer: Layer) -> Layer:
    """The layer with all weights 0: a residual branch that starts as nothing."""
    for parameter in layer.parameters():
        nn.init.zeros_(parameter)
    return layer
