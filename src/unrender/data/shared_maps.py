"""What two equally right rasterisations of a page share: the ceiling of every structure map.

The stored maps are painted at some multiple of the frame's size and averaged down. Painted at another, the same page
gives maps that are as right but differ along edges. No reader of the picture can be expected to agree better than that.
"""

from dataclasses import dataclass

import numpy as np

from unrender.data.pictures import decode
from unrender.render.engine import Engine, Page
from unrender.render.frame import FINER, paint_scale, place
from unrender.render.structure import structure_maps

FINEST = FINER + 1
"""Device pixels per frame pixel along each axis, in the second painting."""
STILL = 0.5
"""Frame pixels that a box may move when the engine lays the page out at the other scale. Text is measured in device
pixels, so some lines break elsewhere; those are other pages, not other rasterisations."""


@dataclass(frozen=True)
class Shared:
    """Per map (numerator, denominator) of its score on one page: IoU, accuracy, mean squared error."""

    text: tuple[float, float]
    image: tuple[float, float]
    colour: tuple[float, float]
    hierarchy: tuple[float, float]


def measure(engine: Engine, row: dict) -> Shared | None:
    """Stored maps of a row against supersampled ones; None if the page is laid out otherwise at that scale.

    The row's page must have been found in order.
    """
    width, height = row["page_width"], row["page_height"]
    page, stored = (
        engine.open(row["html"], width, height, paint_scale(width, height, finer)) for finer in (FINEST, FINER)
    )
    if _moved(page, stored) * place(width, height).scale > STILL:
        return None
    true = {name: decode(row[name]) for name in ("text_mask", "image_mask", "colour", "hierarchy")}
    found = true["colour"] != 0
    maps = structure_maps(page, FINEST)
    error = (maps.hierarchy.astype(np.float64) - true["hierarchy"])[found] / 255
    area = float(np.count_nonzero(found))
    return Shared(
        text=_overlap(maps.text != 0, true["text_mask"] != 0),
        image=_overlap(maps.picture != 0, true["image_mask"] != 0),
        colour=(float(np.count_nonzero((maps.colour == true["colour"]) & found)), area),
        hierarchy=(float((error**2).sum()), area),
    )


def _moved(page: Page, other: Page) -> float:
    """The furthest that an edge of any box lies from its place on the other page, in CSS px."""
    boxes, others = page.boxes(), other.boxes()
    corners, other_corners = (
        np.array([found[name] for name in boxes]).reshape(-1, 2, 2).cumsum(1) for found in (boxes, others)
    )
    return float(np.abs(corners - other_corners).max())


def _overlap(a: np.ndarray, b: np.ndarray) -> tuple[float, float]:
    return float(np.count_nonzero(a & b)), float(np.count_nonzero(a | b))
