"""What the grammar of a page is a function of, measured on its maps without anything learned.

Contrast, alignment and hierarchy are means and comparisons over a page's boxes. A convolution that sees a few pixels
has to learn what a box is before it can compare two; measured here, it takes minutes less. All of it is soft: masks may
be probabilities, and gradients pass.
"""

from itertools import pairwise
from math import log

import torch
from jaxtyping import Float, UInt8
from torch import Tensor, nn
from torch.nn import functional as F

NEAR = 5  # side, in blocks of 4 px, of the square in which a text's ground is looked for
RANKS = (0.32, 0.45, 0.6, 0.77, 0.93)  # of the hierarchy map: what divides small print from text ... from titles
HEIGHTS = 20  # how often lines are eroded, by 2 px each time
EDGES = 20.0  # corners are few: brings the profile to about 1


def text_contrast(
    text: Float[Tensor, "b 1 h w"], page: Float[Tensor, "b 1 h w"], lightness: Float[Tensor, "b 1 h w"]
) -> Float[Tensor, "b 2 h2 w2"]:
    """How much text there is in each block of 2 x 2, and its share of the contrast score: log(ratio) / log(7), at most
    1, of the text against what is around it and no text (grammar.contrast, after WCAG 2.2).

    `lightness` is the logarithm of the luminance, 0 (black) to 1 (white)."""
    ground = page * (1 - text)
    blocks = F.avg_pool2d(torch.cat([lightness * ground, ground, lightness * text, text], 1), 2)  # (b, 4, h/2, w/2)
    ground, inked, text = F.avg_pool2d(blocks[:, :2], NEAR, 1, NEAR // 2), blocks[:, 2:3], blocks[:, 3:]
    around = ground[:, :1] / ground[:, 1:].clamp_min(1e-3)
    unlike = (inked / text.clamp_min(1e-3) - around).abs() * (log(21) / log(7))
    return torch.cat([text, unlike.clamp_max(1) * text], 1)


def by_rank(text: Float[Tensor, "b 1 h w"], hierarchy: Float[Tensor, "b 1 h w"]) -> Float[Tensor, "b r h w"]:
    """The text, divided by how much weight it is meant to have."""
    above = [text, *(text * (hierarchy > rank) for rank in RANKS), torch.zeros_like(text)]
    return torch.cat([more - most for more, most in pairwise(above)], 1)


def granulometry(text: Float[Tensor, "b c h w"]) -> Float[Tensor, "b d"]:
    """Share of each kind of text that is left after its lines are eroded by one row, two rows ...: the distribution of
    line heights (Matheron 1975), (b, c HEIGHTS)."""
    amount = text.mean((2, 3)).clamp_min(1e-3)
    left, rows = [], text
    for height in range(1, HEIGHTS + 1):
        rows = torch.minimum(rows[:, :, 1:], text[:, :, :-height])  # what a run of height + 1 rows ends at
        left.append(rows.sum((2, 3)) / text[0, 0].numel() / amount)
    return torch.cat(left, 1)


def mean_over(x: Float[Tensor, "b c h w"], weight: Float[Tensor, "b 1 h w"]) -> Float[Tensor, "b c"]:
    """Mean over the page, weighted: the grammar scores are means over texts."""
    return (x * weight).sum((2, 3)) / weight.sum((2, 3)).clamp_min(1e-3)


def histogram(colour: UInt8[Tensor, "b h w"] | Float[Tensor, "b k h w"], classes: int) -> Float[Tensor, "b k"]:
    """Share of each swatch, as its root: small areas of colour say much about a palette."""
    if colour.is_floating_point():
        return colour.mean((2, 3)).clamp_min(1e-12).sqrt()  # at 0 the root has no slope
    rows = torch.arange(len(colour), device=colour.device)[:, None] * classes + colour.flatten(1)
    counts = torch.bincount(rows.flatten(), minlength=len(colour) * classes).unflatten(0, (len(colour), classes))
    return (counts / colour[0].numel()).sqrt()


class CornerProfile(nn.Module):
    """What lines up: how many boxes begin, and how many end, at each x, through a small 1-D network."""

    def __init__(self, width: int):
        super().__init__()
        self.outputs = 2 * width
        layers = [(6, width, 1), (width, width, 2), (width, width, 2)]
        self.layers = nn.Sequential(*(layer for shape in layers for layer in _layer(*shape)))

    def forward(self, maps: Float[Tensor, "b 3 h w"]) -> Float[Tensor, "b d"]:
        """Mean and maximum over x."""
        found = self.layers(EDGES * corners(maps))
        return torch.cat([found.mean(2), found.amax(2)], 1)


def corners(maps: Float[Tensor, "b c h w"]) -> Float[Tensor, "b d w2"]:
    """At each x, how many upper left corners, then upper right ones, each map has: a box has one of each."""
    begins = (maps[:, :, 1:] - maps[:, :, :-1]).clamp_min(0)  # (b, c, h - 1, w): upper edges
    across = begins[..., 1:] - begins[..., :-1]  # (b, c, h - 1, w - 1): where an upper edge begins and ends
    return torch.cat([across.clamp_min(0).mean(2), -across.clamp_max(0).mean(2)], 1)


def _layer(inputs: int, outputs: int, stride: int) -> tuple[nn.Module, ...]:
    return nn.Conv1d(inputs, outputs, 5, stride, 2, bias=False), nn.BatchNorm1d(outputs), nn.ReLU(inplace=True)
