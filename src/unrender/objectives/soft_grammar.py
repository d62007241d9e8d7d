"""The grammar of boxes, as scores that gradients pass through: `design.grammar` of what a decoder of boxes drew.

The scores of a page are measured on what is read of it, in connected regions, which have no slope. Those of its boxes
have one, and point the same way: they lend it to the measured ones (objectives.reward).
"""

import torch
from jaxtyping import Float
from torch import Tensor

from unrender.data.boxes import PICTURE, TEXT
from unrender.design.grammar import EVEN, TOLERANCE, UNEVEN, WINDOWS
from unrender.models.soft_page import SoftBoxes
from unrender.render.frame import SIZE

FAR = 1e3  # page widths: nothing is as far away as what is not there
GRID = 48, 50  # places down and across the page from which the way to the nearest content is measured


def soft_grammar(boxes: SoftBoxes, sheet: Float[Tensor, "b 5"]) -> dict[str, Float[Tensor, " b"]]:
    """Two of the four scores, by name. Of the others boxes do not tell: how much the texts of a drawn page are meant to
    weigh, and what they stand out against, is read off their looks.

    What a box is has no slope: else pages learn to be rid of what is badly placed, and in the end of all that counts.
    """
    boxes = boxes._replace(kind=boxes.kind.detach())
    return {"alignment": alignment(boxes, sheet), "whitespace": whitespace(boxes, sheet)}


def alignment(boxes: SoftBoxes, sheet: Float[Tensor, "b 5"]) -> Float[Tensor, " b"]:
    """As grammar.alignment, but 1 / (1 + (d / tolerance)^2) instead of a Gaussian: it is felt from afar as well."""
    left, right = boxes.edges[..., 0], boxes.edges[..., 2]
    width = (sheet[:, 2] - sheet[:, 0])[:, None] * SIZE
    lines = torch.stack([left, (left + right) / 2, right], 1) / width[:, None]  # (b, 3, k)
    gaps = (lines[..., :, None] - lines[..., None, :]).abs()  # (b, 3, k, k)
    missing = is_mark(boxes) < 0.5
    itself = torch.eye(gaps.shape[-1], dtype=torch.bool)
    gaps = gaps.masked_fill(missing[:, None, None] | itself, FAR)
    shared = 1 / (1 + (gaps.amin((1, 3)) / TOLERANCE).square())  # (b, k)
    return weighted(shared, is_mark(boxes) * boxes.size.prod(2).sqrt().detach())


def whitespace(boxes: SoftBoxes, sheet: Float[Tensor, "b 5"]) -> Float[Tensor, " b"]:
    """As grammar.whitespace, with the way to the nearest box from each place of a grid."""
    corners = sheet[:, :4] * SIZE
    beside, below = (_beyond(boxes.edges[..., axis::2], corners[:, axis::2], GRID[1 - axis]) for axis in (0, 1))
    beside = beside.masked_fill((is_mark(boxes) < 0.5)[..., None], FAR * SIZE)  # (b, k, across)
    apart = (beside[:, :, None].square() + below[..., None].square()).amin(1)  # (b, down, across)
    free = apart > 0
    apart = apart.clamp_min(1e-3).sqrt() * free
    down, across = WINDOWS
    apart, free = (each.unflatten(2, (across, -1)).unflatten(1, (down, -1)).sum((2, 4)) for each in (apart, free))
    spread = gini((apart / free.clamp_min(1)).flatten(1))
    return ((UNEVEN - spread) / (UNEVEN - EVEN)).clamp(0, 1)


def _beyond(ends: Float[Tensor, "b k 2"], page: Float[Tensor, "b 2"], places: int) -> Float[Tensor, "b k {places}"]:
    """How far each of evenly spaced places of the page lies from a span, 0 within it; px, along one axis."""
    share = (torch.arange(places) + 0.5) / places
    at = torch.lerp(page[:, None, :1], page[:, None, 1:], share)  # (b, 1, places)
    return torch.maximum(ends[..., :1] - at, at - ends[..., 1:]).relu()


def gini(values: Float[Tensor, "b n"]) -> Float[Tensor, " b"]:
    """As grammar.gini, row by row."""
    ordered, n = values.sort(1).values, values.shape[1]
    return ((2 * torch.arange(1, n + 1) - n - 1) * ordered).sum(1) / (n * ordered.sum(1)).clamp_min(1e-6)


def is_mark(boxes: SoftBoxes) -> Float[Tensor, "b k"]:
    """The chance that a box counts: texts and pictures do, surfaces are ground."""
    return boxes.kind[..., TEXT] + boxes.kind[..., PICTURE]


def weighted(values: Float[Tensor, "b k"], weights: Float[Tensor, "b k"]) -> Float[Tensor, " b"]:
    """Mean over boxes; 1 where nothing counts."""
    total = weights.sum(1)
    return torch.where(total > 0, (values * weights).sum(1) / total.clamp_min(1e-6), 1.0)
