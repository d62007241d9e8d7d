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


def histogram(
    colour: UInt8[Tensor, "b h w"] | Float[Tensor, "b k h w"],
    classes: int,
    over: Float[Tensor, "b 1 h w"] | None = None,
) -> Float[Tensor, "b k"]:
    """Share of each swatch, of the page or of what lies under `over`, as its root: small areas of colour say much about
    a palette."""
    if colour.is_floating_point():
        shares = colour.mean((2, 3)) if over is None else mean_over(colour, over)
        return shares.clamp_min(1e-12).sqrt()  # at 0 the root has no slope
    rows = torch.arange(len(colour), device=colour.device)[:, None] * classes + colour.flatten(1)
    counts = torch.bincount(rows.flatten(), None if over is None else over.flatten(), len(colour) * classes)
    counts = counts.unflatten(0, (len(colour), classes))
    return (counts / counts.sum(1, keepdim=True).clamp_min(1e-6)).sqrt()


def weights_histogram(
    weight: Float[Tensor, "b 1 h w"], text: Float[Tensor, "b 1 h w"], bins: int
) -> Float[Tensor, "b {bins}"]:
    """Share of the text that has each weight, 0..1 in `bins` steps, as its root. What lies between two steps counts for
    both, the more the nearer, so that gradients pass to the weights as well."""
    place, near = (weight * (bins - 1)).flatten(1), text.flatten(1)
    step = place.floor().clamp_max(bins - 2)
    beyond = (place - step) * near
    shares = near.new_zeros(len(near), bins)
    shares = shares.scatter_add(1, step.long(), near - beyond).scatter_add(1, step.long() + 1, beyond)
    return (shares / near.sum(1, keepdim=True).clamp_min(1e-3)).clamp_min(1e-12).sqrt()


def extent(
    colour: UInt8[Tensor, "b h w"] | Float[Tensor, "b k h w"], text: Float[Tensor, "b 1 h w"]
) -> Float[Tensor, "b 3"]:
    """Share of the frame's height and width that the page takes, and of the frame's area that text takes. Swatch 0 is
    what lies outside the page."""
    page = 1 - colour[:, 0] if colour.is_floating_point() else (colour > 0).float()  # (b, h, w)
    return torch.cat([torch.stack([page.amax(2).mean(1), page.amax(1).mean(1)], 1), text.mean((2, 3))], 1)
