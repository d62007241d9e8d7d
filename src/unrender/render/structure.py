"""Structure maps of a page, from its render passes."""

from dataclasses import dataclass

import numpy as np

from ..design.swatches import COLOUR_ID, OUTSIDE, RGB
from .engine import Page
from .frame import ARTBOARD, embed

_NAMES = list(RGB)
_TABLE = np.array([RGB[name] for name in _NAMES], np.int16)  # (k, 3)
_IDS = np.array([COLOUR_ID[name] for name in _NAMES], np.uint8)
_ID_OF_CODE = np.zeros(1 << 24, np.uint8)  # 24-bit RGB -> id, 0 where no swatch has that colour
_ID_OF_CODE[(_TABLE.astype(np.int32) << [16, 8, 0]).sum(1)] = _IDS


@dataclass(frozen=True)
class StructureMaps:
    """A framed page and its maps; all (256, 256), uint8."""

    image: np.ndarray
    """RGB, (256, 256, 3)."""
    text: np.ndarray
    """0 or 255: line boxes of text."""
    picture: np.ndarray
    """0 or 255: images."""
    colour: np.ndarray
    """Colour id per pixel; 0 outside the page."""
    hierarchy: np.ndarray
    """Intended weight, 255 = 1."""


def structure_maps(page: Page) -> StructureMaps:
    """Paint a page and its passes, and frame them. The page must have been opened at frame scale."""
    marks = page.paint("maps")
    return StructureMaps(
        image=embed(page.paint(), ARTBOARD),
        text=embed(_binary(marks[..., 0]), 0),
        picture=embed(_binary(marks[..., 1]), 0),
        colour=embed(colour_ids(page.paint("colour")), OUTSIDE),
        hierarchy=embed(marks[..., 2], 0),
    )


def _binary(channel: np.ndarray) -> np.ndarray:
    return np.where(channel > 127, np.uint8(255), np.uint8(0))


def colour_ids(pixels: np.ndarray) -> np.ndarray:
    """Swatch id of each pixel of the colour pass, uint8 (h, w).

    Flat pixels match a swatch exactly. Anti-aliased ones take the nearest of the exact colours around them: the mean
    of two swatches may look like a third, which is not there.
    """
    red, green, blue = (pixels[..., channel].astype(np.int32) for channel in range(3))
    ids = _ID_OF_CODE[red << 16 | green << 8 | blue]  # (h, w)
    rows, columns = np.nonzero(ids == 0)
    ids[rows, columns] = _nearest_around(pixels, ids, rows, columns)
    return ids


def _nearest_around(pixels: np.ndarray, ids: np.ndarray, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """For each listed pixel the id, among those within two pixels, whose swatch is closest in RGB."""
    padded = np.pad(ids, 2)
    reach = [(dy, dx) for dy in range(5) for dx in range(5)]
    around = np.stack([padded[rows + dy, columns + dx] for dy, dx in reach], 1)  # (n, 25)
    swatch = np.zeros((len(_IDS) + 1, 3), np.int16)
    swatch[_IDS] = _TABLE
    distance = np.abs(swatch[around] - pixels[rows, columns].astype(np.int16)[:, None]).sum(-1)  # (n, 25)
    distance[around == 0] = 10_000
    best = around[np.arange(len(rows)), distance.argmin(1)]
    lost = best == 0
    if lost.any():
        every = np.abs(_TABLE - pixels[rows[lost], columns[lost]].astype(np.int16)[:, None]).sum(-1)
        best[lost] = _IDS[every.argmin(1)]
    return best
