"""The square every network looks at: a page scaled to fit and centred on an artboard of one fixed colour.

Training pages and foreign screenshots go through the same function, so that a network meets nothing new in use.
"""

from dataclasses import dataclass

import numpy as np
from PIL import Image

SIZE = 256
ARTBOARD = (176, 181, 188)
"""No swatch has this colour, so the letterbox cannot be mistaken for a page."""
UNLIKE = 16
"""Levels of a channel by which a drawn artboard may differ from the true one."""


FINER = 2
"""Pages are painted this much larger and averaged down, as a screenshot is. Engines put glyphs on whole device pixels:
painted at the size of the frame, text would lie up to half a pixel off its line box."""


@dataclass(frozen=True)
class Placement:
    """Where the page lies in the frame, in frame pixels; `scale` is frame pixels per page pixel."""

    left: int
    top: int
    width: int
    height: int
    scale: float

    @property
    def box(self) -> tuple[int, int, int, int]:
        """(left, top, right, bottom)."""
        return self.left, self.top, self.left + self.width, self.top + self.height


def place(width: int, height: int, size: int = SIZE) -> Placement:
    """Centre a page of width x height pixels in a square of `size`; a sliver keeps at least one pixel."""
    scale = size / max(width, height)
    w, h = max(1, round(width * scale)), max(1, round(height * scale))
    return Placement((size - w) // 2, (size - h) // 2, w, h, scale)


def paint_scale(width: int, height: int, finer: int = FINER) -> float:
    """What to open a page of width x height CSS px at, to paint it `finer` times as large as its place."""
    return finer * SIZE / max(width, height)


def fit(image: Image.Image, size: int = SIZE) -> tuple[Image.Image, Placement]:
    """An RGB page of any size in its frame. Shrinks by whole steps first (box), then Lanczos."""
    at = place(*image.size, size)
    frame = Image.new("RGB", (size, size), ARTBOARD)
    frame.paste(image.resize((at.width, at.height), Image.Resampling.LANCZOS, reducing_gap=3.0), (at.left, at.top))
    return frame, at


def embed(pixels: np.ndarray, ground: int | tuple[int, ...]) -> np.ndarray:
    """Centre pixels (h, w) or (h, w, 3), already at frame scale, on a frame filled with `ground`."""
    pixels = pixels[:SIZE, :SIZE]
    height, width = pixels.shape[:2]
    framed = np.empty((SIZE, SIZE, *pixels.shape[2:]), np.uint8)
    framed[:] = ground
    top, left = (SIZE - height) // 2, (SIZE - width) // 2
    framed[top : top + height, left : left + width] = pixels
    return framed


def find_page(frame: np.ndarray) -> np.ndarray:
    """Where a frame (h, w, 3) shows a page and no artboard, as a mask (h, w): the rows and columns of which at least
    a sixth differ from the artboard. For frames that come without a placement."""
    other = (np.abs(frame.astype(np.int16) - np.array(ARTBOARD, np.int16)).max(-1)) > UNLIKE
    rows, columns = (np.flatnonzero(other.mean(axis) > 1 / 6) for axis in (1, 0))
    page = np.zeros(other.shape, bool)
    if len(rows) and len(columns):
        page[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1] = True
    return page
