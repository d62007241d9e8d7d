"""What can be said of a page's maps without learning. Masks may be probabilities, and gradients pass."""

from math import log

import torch
from jaxtyping import Float, UInt8
from torch import Tensor
from torch.nn import functional as F

NEAR = 5  # side, in blocks of 4 px, of the square in which a text's ground is looked for


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
