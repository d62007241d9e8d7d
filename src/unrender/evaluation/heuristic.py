"""A classical reader of pages: run-length smoothing (Wong, Casey and Wahl, 1982) and the nearest swatch.

Edges are smeared into blobs; low blobs are lines of text, tall ones pictures. Its handful of numbers is tuned on
train, and it is the strongest predictor here that learns no weights.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
from jaxtyping import Bool, Float, UInt8

from unrender.design.swatches import RGB, SWATCHES
from unrender.evaluation.metrics.maps import OUTSIDE, Maps
from unrender.evaluation.pages import Batch
from unrender.render.frame import ARTBOARD

STEP = 16  # levels of 255 by which brightness must change to count as an edge
SMEARS = (2, 3, 5, 8, 12)  # pixels of 256 by which an edge is stretched sideways
TALLEST = (8, 12, 16, 24, 36)  # pixels of 256: a higher blob is a picture
DENSITIES = (0.0, 0.03, 0.05, 0.07, 0.1, 0.15, 0.2, 0.3)  # of edge pixels in a blob's box: borders have few

Box = tuple[slice, slice]


@dataclass(frozen=True)
class Blobs:
    """The blobs of one page: boxes, their height and their density of edges."""

    boxes: list[Box]
    height: Float[np.ndarray, "m"]
    density: Float[np.ndarray, "m"]


@dataclass(frozen=True)
class Heuristic:
    """The tuned reader; hierarchy is the train mean over what it takes for text, for pictures, and for the rest."""

    smear: int
    tallest: int
    text_density: float
    image_density: float
    hierarchy: tuple[float, float, float]  # rest, text, image

    def __call__(self, images: UInt8[np.ndarray, "n h w 3"]) -> Maps:
        text, image = np.zeros((2, *images.shape[:3]), bool)
        for i, found in enumerate(blobs(images, self.smear)):
            for box, height, density in zip(found.boxes, found.height, found.density, strict=True):
                if height <= self.tallest and density >= self.text_density:
                    text[i][box] = True
                elif height > self.tallest and density >= self.image_density:
                    image[i][box] = True
        hierarchy = np.array(self.hierarchy, np.float32)[np.where(text, 1, 2 * image)]
        return Maps(text, image, nearest_swatch(images), hierarchy)


def fit_heuristic(train: Iterable[Batch]) -> Heuristic:
    """Search the grid for the highest text IoU + image IoU on train, then average hierarchy over the answers."""
    train = list(train)
    best = max((_best_cut(train, smear) for smear in SMEARS), key=lambda found: found[0])
    guess = Heuristic(*best[1], hierarchy=(0.0, 0.0, 0.0))
    sums = np.zeros((2, 3))
    for batch in train:
        maps, page = guess(batch.images), batch.true.colour != OUTSIDE
        kind = np.where(maps.text, 1, 2 * maps.image)[page]
        sums[0] += np.bincount(kind, batch.true.hierarchy[page], minlength=3)
        sums[1] += np.bincount(kind, minlength=3)
    rest, text, image = (sums[0] / np.maximum(sums[1], 1)).tolist()
    return replace(guess, hierarchy=(rest, text, image))


def _best_cut(train: list[Batch], smear: int) -> tuple[float, tuple[int, int, float, float]]:
    """Best sum of the two IoUs for one smear, and its thresholds. Overlaps of boxes are ignored while searching."""
    rows = np.concatenate([_measured(batch, smear) for batch in train])  # (m, 5): height, density, area, text, image
    height, density, area, text, image = rows.T
    totals = [sum(int(np.count_nonzero(mask)) for mask in masks) for masks in zip(*map(_targets, train), strict=True)]

    def best(hits: np.ndarray, total: int, right_height: np.ndarray) -> tuple[float, float]:
        chosen = [(right_height & (density >= limit), limit) for limit in DENSITIES]
        return max((hits[at].sum() / max(total + (area - hits)[at].sum(), 1), limit) for at, limit in chosen)

    found = []
    for tallest in TALLEST:
        text_iou, text_density = best(text, totals[0], height <= tallest)
        image_iou, image_density = best(image, totals[1], height > tallest)
        found.append((float(text_iou + image_iou), (smear, tallest, text_density, image_density)))
    return max(found)


def _targets(batch: Batch) -> tuple[Bool[np.ndarray, "n h w"], Bool[np.ndarray, "n h w"]]:
    page = batch.true.colour != OUTSIDE
    return batch.true.text & page, batch.true.image & page


def _measured(batch: Batch, smear: int) -> Float[np.ndarray, "m 5"]:
    """Height, density, area, text pixels and image pixels of every blob."""
    text, image = _targets(batch)
    rows = []
    for i, found in enumerate(blobs(batch.images, smear)):
        for box, height, density in zip(found.boxes, found.height, found.density, strict=True):
            counts = (np.count_nonzero(mask[i][box]) for mask in (text, image))
            rows.append((height, density, text[i][box].size, *counts))
    return np.array(rows, np.float64).reshape(-1, 5)


def blobs(images: UInt8[np.ndarray, "n h w 3"], smear: int) -> list[Blobs]:
    """Smear the edges of every page sideways and box what hangs together."""
    from scipy.ndimage import find_objects, label

    pages = []
    for edge in edges(images):
        smeared = edge.copy()
        for shift in range(1, smear):
            smeared[:, shift:] |= edge[:, :-shift]
        boxes = find_objects(label(smeared)[0])
        height = np.array([rows.stop - rows.start for rows, _ in boxes], np.float64)
        density = np.array([edge[box].mean() for box in boxes], np.float64)
        pages.append(Blobs(boxes, height, density))
    return pages


def edges(images: UInt8[np.ndarray, "n h w 3"]) -> Bool[np.ndarray, "n h w"]:
    """Where brightness steps to the right or down, except against the letterbox."""
    r, g, b = np.ascontiguousarray(np.moveaxis(images, 3, 0))
    grey = r.astype(np.int16) + g + b  # 0..765
    outside = (r == ARTBOARD[0]) & (g == ARTBOARD[1]) & (b == ARTBOARD[2])
    found = np.zeros(grey.shape, bool)
    found[:, :, :-1] |= (np.abs(np.diff(grey, axis=2)) > 3 * STEP) & ~(outside[:, :, :-1] | outside[:, :, 1:])
    found[:, :-1] |= (np.abs(np.diff(grey, axis=1)) > 3 * STEP) & ~(outside[:, :-1] | outside[:, 1:])
    return found


def nearest_swatch(images: UInt8[np.ndarray, "n h w 3"]) -> UInt8[np.ndarray, "n h w"]:
    """Id of the swatch nearest in RGB, from a table over 6 bits a channel."""
    r, g, b = np.moveaxis(images >> 2, 3, 0)
    return _table()[r, g, b]


@cache
def _table() -> UInt8[np.ndarray, "64 64 64"]:
    steps = np.arange(64, dtype=np.int32) * 4 + 2
    grid = np.stack(np.meshgrid(steps, steps, steps, indexing="ij"), -1)  # (64, 64, 64, 3)
    away = np.stack([((grid - np.array(RGB[name])) ** 2).sum(-1) for name in SWATCHES[1:]])
    return (away.argmin(0) + 1).astype(np.uint8)
