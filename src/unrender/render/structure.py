"""Structure maps of a page, from its render passes."""

from dataclasses import dataclass

import numpy as np
from PIL import Image

from ..design.swatches import COLOUR_ID, OUTSIDE, RGB
from .engine import Page
from .frame import ARTBOARD, FINER, embed

_NAMES = list(RGB)
_TABLE = np.array([RGB[name] for name in _NAMES], np.int16)  # (k, 3)
_IDS = np.array([COLOUR_ID[name] for name in _NAMES], np.uint8)
_ID_OF_CODE = np.zeros(1 << 24, np.uint8)  # r + 256 g + 65536 b -> id, 0 where no swatch has that colour
_ID_OF_CODE[(_TABLE.astype(np.int32) << [0, 8, 16]).sum(1)] = _IDS


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


def structure_maps(page: Page, finer: int = FINER) -> StructureMaps:
    """Paint a page and its passes, and frame them. The page must have been opened at `paint_scale`."""
    marks = shrink(page.paint("maps"), finer)
    return StructureMaps(
        image=embed(shrink(page.paint(), finer), ARTBOARD),
        text=embed(_binary(marks[..., 0]), 0),
        picture=embed(_binary(marks[..., 1]), 0),
        colour=embed(colour_ids(page.paint("colour"), finer), OUTSIDE),
        hierarchy=embed(marks[..., 2], 0),
    )


def shrink(pixels: np.ndarray, factor: int) -> np.ndarray:
    """Mean of each block of factor x factor pixels: RGBA (h, w, 4) -> RGB (ceil(h / factor), ceil(w / factor), 3)."""
    height, width = pixels.shape[:2]
    opaque = Image.frombuffer("RGBX", (width, height), np.ascontiguousarray(pixels), "raw", "RGBX", 0, 1)
    return np.asarray(opaque.reduce(factor))[..., :3]


def _binary(channel: np.ndarray) -> np.ndarray:
    return np.where(channel > 127, np.uint8(255), np.uint8(0))


def colour_ids(pixels: np.ndarray, factor: int = 1) -> np.ndarray:
    """Swatch id of each block of factor x factor pixels of the colour pass, uint8 (h / factor, w / factor).

    Flat pixels match a swatch exactly, and the most frequent one stands for the block. Where all are anti-aliased, it
    is the nearest of the swatches around: the mean of two may look like a third, which is not there.
    """
    ids = most_frequent(_blocks(exact_ids(pixels), factor))
    rows, columns = np.nonzero(ids == 0)
    ids[rows, columns] = _nearest_around(shrink(pixels, factor), ids, rows, columns)
    return ids


def exact_ids(pixels: np.ndarray) -> np.ndarray:
    """Id of the swatch that each pixel equals, 0 where it equals none: (h, w, 4) -> (h, w)."""
    codes = np.ascontiguousarray(pixels).view("<u4")[..., 0]  # alpha is the highest byte
    return _ID_OF_CODE[codes & 0xFFFFFF]


def _blocks(ids: np.ndarray, factor: int) -> list[np.ndarray]:
    """The first id of every block, the second ...; blocks at the end are completed with zeros."""
    height, width = ids.shape
    whole = np.zeros((height + -height % factor, width + -width % factor), np.uint8)
    whole[:height, :width] = ids
    return [whole[row::factor, column::factor] for row in range(factor) for column in range(factor)]


def most_frequent(votes: list[np.ndarray]) -> np.ndarray:
    """Per place the id with most votes, the first of equals; 0 abstains."""
    winner, most = votes[0].copy(), np.zeros(votes[0].shape, np.uint8)
    for vote in votes:
        count = np.sum([vote == other for other in votes], axis=0, dtype=np.uint8) * (vote > 0)
        better = count > most
        winner[better], most[better] = vote[better], count[better]
    return winner


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
