"""Grammar: four scores in 0..1 that say how well a page is put together. 1 is good.

All are computed from the boxes and inks of what the page really shows, in fractions of its width.
"""

from dataclasses import dataclass, replace

import numpy as np
from scipy.ndimage import distance_transform_edt

from .dom import Dom
from .swatches import contrast_ratio

NAMES = ("alignment", "contrast", "whitespace", "hierarchy")

TOLERANCE = 0.02
"""Distance, in page widths, at which a shared edge counts 1/e."""
SOFTNESS = 0.6
"""Difference of two logarithms of visual weight from which one plainly outweighs the other."""
ENOUGH = 7.0
"""Contrast ratio that WCAG 2.2 asks for at level AAA (success criterion 1.4.6)."""
WINDOWS = (2, 5)
"""Parts of the page, down and across, among which free space should be spread evenly."""
EVEN, UNEVEN = 0.04, 0.70
"""Gini coefficients of the distance to content that score 1 and 0."""
GRID = 96
"""Cells along the longer side of the page when free space is measured."""


@dataclass(frozen=True)
class Mark:
    """One visible leaf: its box (left, top, width, height) in CSS px and what it paints."""

    box: tuple[float, float, float, float]
    text: bool
    weight: float
    rem: float
    ratio: float
    """WCAG contrast ratio against what is behind it."""
    ranked: bool

    @property
    def area(self) -> float:
        return self.box[2] * self.box[3]


def marks(root: Dom, boxes: dict[str, tuple[float, float, float, float]]) -> list[Mark]:
    """The leaves of a page. An inline run has no box of its own, so it takes that of its block."""
    found = []
    for parent in root.walk():
        for item in (parent, *(child for child in parent.children if isinstance(child, Dom))):
            if item.ink is None or (item.ink.text and item is parent) or (not item.ink.text and item is not parent):
                continue
            box = boxes[parent.id]
            ink = item.ink
            found.append(Mark(box, ink.text, ink.weight, ink.rem, contrast_ratio(ink.colour, ink.behind), ink.ranked))
    return [mark for mark in found if mark.area > 0]


def as_seen(found: list[Mark], text: np.ndarray, left: float | int, top: float | int, scale: float | int) -> list[Mark]:
    """The same marks, each text cut down to where it shows: a block is as wide as its column, its words are not, and a
    reader sees the words. `text` is the painted mask (h, w); page pixel x lies at left + scale x of it."""
    return [replace(mark, box=_inked(mark.box, text, left, top, scale)) if mark.text else mark for mark in found]


def _inked(
    box: tuple[float, float, float, float], text: np.ndarray, left: float | int, top: float | int, scale: float | int
) -> tuple[float, float, float, float]:
    """The part of a box that the mask fills; all of it if there is none."""
    x0, y0 = max(0, round(left + scale * box[0])), max(0, round(top + scale * box[1]))
    x1, y1 = round(left + scale * (box[0] + box[2])), round(top + scale * (box[1] + box[3]))
    part = text[y0:y1, x0:x1] != 0
    columns, rows = np.flatnonzero(part.any(0)), np.flatnonzero(part.any(1))
    if not len(columns):
        return box
    width, height = (columns[-1] - columns[0] + 1) / scale, (rows[-1] - rows[0] + 1) / scale
    return (x0 + int(columns[0]) - left) / scale, (y0 + int(rows[0]) - top) / scale, float(width), float(height)


def is_sound(found: list[Mark], width: float | int, height: float | int) -> bool:
    """Whether everything lies on the page and no text lies on another: layouts that broke are not designs."""
    texts = np.array([mark.box for mark in found if mark.text])
    boxes = np.array([mark.box for mark in found])
    if not len(texts):
        return False
    inside = (boxes[:, 1] + boxes[:, 3] <= height + 1).all() and (boxes[:, 0] + boxes[:, 2] / 2 <= width).all()
    low = np.maximum(texts[:, None, :2], texts[None, :, :2])
    high = np.minimum(texts[:, None, :2] + texts[:, None, 2:], texts[None, :, :2] + texts[None, :, 2:])
    overlap = ((high - low) > 2).all(-1)
    return bool(inside and overlap.sum() == len(texts))


def scores(found: list[Mark], width: float | int, height: float | int) -> dict[str, float]:
    """All four scores of a page of `width` x `height` CSS px."""
    return {
        "alignment": alignment(found, width),
        "contrast": contrast(found),
        "whitespace": whitespace(found, width, height),
        "hierarchy": hierarchy(found),
    }


def alignment(found: list[Mark], width: float | int) -> float:
    """Mean over leaves of exp(-(d / tolerance)^2), d the least distance of its left, centre or right line to the same
    line of another leaf; a leaf counts by the side of a square of its area, for the eye follows what is large.

    After the alignment term of LayoutGAN++ (Kikuchi et al. 2021, eq. 6), for the horizontal lines only: vertical ones
    are shared by chance in any stack. A Gaussian forgives a pixel, which is all that a picture of the page can show.
    """
    if len(found) < 2:
        return 1.0
    left = np.array([mark.box[0] for mark in found]) / width
    span = np.array([mark.box[2] for mark in found]) / width
    lines = np.stack([left, left + span / 2, left + span])  # (3, n)
    gaps = np.abs(lines[:, :, None] - lines[:, None, :])  # (3, n, n)
    gaps[:, np.arange(len(found)), np.arange(len(found))] = np.inf
    shared = np.exp(-((gaps.min((0, 2)) / TOLERANCE) ** 2))
    return float(np.average(shared, weights=[mark.area**0.5 for mark in found]))


def contrast(found: list[Mark]) -> float:
    """Area-weighted mean over texts of log(ratio) / log(7), capped at 1; ratio after WCAG 2.2."""
    texts = [mark for mark in found if mark.text]
    if not texts:
        return 1.0
    values = np.minimum(np.log([mark.ratio for mark in texts]) / np.log(ENOUGH), 1.0)
    return float(np.average(values, weights=[mark.area for mark in texts]))


def whitespace(found: list[Mark], width: float | int, height: float | int) -> float:
    """How evenly free space is spread over the page: Gini coefficient, over WINDOWS equal parts of the page, of the
    mean distance from their free points to the nearest content; mapped linearly so that EVEN scores 1 and UNEVEN 0.

    Parts, not points: the distances inside one great void are evenly spread themselves, so a Gini coefficient over
    all points rises when content is squeezed to one side. Distance transform: Felzenszwalb and Huttenlocher 2012.
    """
    cell = max(width, height) / GRID
    free = np.ones((max(WINDOWS[0], round(height / cell)), max(WINDOWS[1], round(width / cell))), bool)
    for mark in found:
        left, top, w, h = (value / cell for value in mark.box)
        free[max(0, round(top)) : max(0, round(top + h)), max(0, round(left)) : max(0, round(left + w))] = False
    if not free.any() or free.all():
        return 0.0
    reach = _sums(distance_transform_edt(free)) / np.maximum(_sums(free.astype(float)), 1)
    return float(np.clip((UNEVEN - gini(reach.ravel())) / (UNEVEN - EVEN), 0, 1))


def _sums(cells: np.ndarray) -> np.ndarray:
    """Sum over each of the page's WINDOWS."""
    rows, columns = (np.linspace(0, n, k + 1).astype(int)[:-1] for n, k in zip(cells.shape, WINDOWS, strict=True))
    return np.add.reduceat(np.add.reduceat(cells, rows, 0), columns, 1)


def gini(values: np.ndarray) -> float:
    """Gini coefficient of non-negative values, 0 (all equal) .. 1: sum((2 i - n - 1) x_(i)) / (n sum(x)), x sorted."""
    ordered, n = np.sort(values), len(values)
    return float(((2 * np.arange(1, n + 1) - n - 1) * ordered).sum() / (n * ordered.sum()))


def hierarchy(found: list[Mark]) -> float:
    """Agreement of intended weight with visual weight (type size x capped contrast): Kendall's tau (Kendall 1938) over
    pairs of intended weights, a pair counting by how far its intents lie apart, the sign replaced by
    tanh(log ratio / softness); mapped to 0..1. A weight weighs on the page what its texts do on the geometric mean, so
    that a list of ten items is one voice. 1 where nothing is meant to outweigh anything."""
    texts = [mark for mark in found if mark.ranked]
    intents, level = np.unique(np.round([mark.weight for mark in texts], 2), return_inverse=True)
    if len(intents) < 2:
        return 1.0
    visual = np.log([mark.rem * min(mark.ratio, ENOUGH) for mark in texts])
    visual = np.bincount(level, visual) / np.bincount(level)  # (levels,)
    higher, lower = np.triu_indices(len(intents), 1)[::-1]
    agreement = np.tanh((visual[higher] - visual[lower]) / SOFTNESS)
    return float((1 + np.average(agreement, weights=intents[higher] - intents[lower])) / 2)
