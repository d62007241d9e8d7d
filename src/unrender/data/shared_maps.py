"""What two equally right rasterisations of a page share: the ceiling of every structure map.

The stored maps are painted at frame scale. Painted at twice the scale and averaged down, the same page gives maps
that are as right but differ along edges. No reader of the picture can be expected to agree better than that.
"""

from dataclasses import dataclass

import numpy as np

from unrender.data.pictures import decode
from unrender.data.schema import SIZE
from unrender.render.engine import Engine, Page
from unrender.render.frame import embed
from unrender.render.structure import colour_ids

SCALE = 2
"""Supersampling along each axis."""
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
    scale = SIZE / max(width, height)
    page = engine.open(row["html"], width, height, SCALE * scale)
    if _moved(page, engine.open(row["html"], width, height, scale)) * scale > STILL:
        return None
    true = {name: decode(row[name]) for name in ("text_mask", "image_mask", "colour", "hierarchy")}
    found = true["colour"] != 0
    size = (int(np.count_nonzero(found.any(1))), int(np.count_nonzero(found.any(0))))
    marks = shrink(page.paint("maps"), size)
    colour = embed(vote(colour_ids(page.paint("colour")), size), 0)
    error = (embed(marks[..., 2], 0).astype(np.float64) - true["hierarchy"])[found] / 255
    area = float(np.count_nonzero(found))
    return Shared(
        text=_overlap(embed(marks[..., 0], 0) > 127, true["text_mask"] != 0),
        image=_overlap(embed(marks[..., 1], 0) > 127, true["image_mask"] != 0),
        colour=(float(np.count_nonzero((colour == true["colour"]) & found)), area),
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


def shrink(pixels: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Means of SCALE x SCALE blocks: (h, w, 3) -> (*size, 3), uint8."""
    blocks = _blocks(pixels, size)
    return (blocks.astype(np.float32).mean((1, 3)) + 0.5).astype(np.uint8)


def vote(ids: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """The most frequent id of each block, the first of equals: (h, w) -> size."""
    blocks = _blocks(ids[..., None], size)[..., 0].transpose(0, 2, 1, 3).reshape(*size, -1)  # (h, w, 4)
    votes = (blocks[..., :, None] == blocks[..., None, :]).sum(-1)  # (h, w, 4)
    return np.take_along_axis(blocks, votes.argmax(-1)[..., None], -1)[..., 0]


def _blocks(pixels: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """(h, w, c) -> (size[0], SCALE, size[1], SCALE, c), the last row and column repeated where one is missing."""
    height, width = SCALE * size[0], SCALE * size[1]
    pixels = pixels[:height, :width]
    missing = ((0, height - pixels.shape[0]), (0, width - pixels.shape[1]), (0, 0))
    return np.pad(pixels, missing, mode="edge").reshape(size[0], SCALE, size[1], SCALE, -1)
