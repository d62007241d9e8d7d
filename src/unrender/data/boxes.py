"""Pages as sets of boxes: what the decoder draws by default, and how boxes become the latent that the refiner reads.

A page is surfaces, pictures and lines of text, each in one colour and nearly all of them rectangles, so a few dozen
boxes say what a latent says with 8,192 numbers, and their edges are straight by construction. Boxes are taken from the
structure maps of a page, never from its code, so any labelled page has them.
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from jaxtyping import Bool, Float, UInt8
from scipy import ndimage

from unrender.data import labels
from unrender.data.cells import PALETTE
from unrender.data.framed_pages import SIDES, FramedPages
from unrender.data.latents import in_chunks
from unrender.render.frame import SIZE

KINDS = ("surface", "picture", "text", "ellipse", "wedge")
"""What a box may be. The last two are shapes within pictures: they fill about .79 and .5 of their box."""
SURFACE, PICTURE, TEXT, ELLIPSE, WEDGE = range(len(KINDS))
MOST = 64
"""Boxes of a page; of a fuller one the smallest are left out. In train 2 % of the pages have so many."""
LEAST = 10, 16, 8  # px: area of a surface, of a shape within a picture, of a picture
SHARE = 0.04  # of its picture that a shape must fill
ROUND, POINTED = 0.88, 0.66  # share of its box that an ellipse, a wedge stays below
INK = 0.24  # that a line of text is painted with; 0.18 of it is ink in truth, but a little more draws better pages
NEEDED = ("text_mask", "image_mask", "colour", *SIDES)


class Box(NamedTuple):
    """A part of a page, in frame pixels; `colour` is a place in PALETTE, that of its ink for a text."""

    kind: int
    left: int
    top: int
    right: int
    bottom: int
    colour: int

    @property
    def area(self) -> int:
        return (self.right - self.left) * (self.bottom - self.top)

    @property
    def inside(self) -> tuple[slice, slice]:
        """Its rows and columns."""
        return slice(self.top, self.bottom), slice(self.left, self.right)


class Region(NamedTuple):
    """Connected pixels of one value, and where they lie."""

    value: int
    place: tuple[slice, slice]
    part: Bool[np.ndarray, "h2 w2"]

    def box(self, kind: int, left: int = 0, top: int = 0) -> Box:
        rows, columns = self.place
        return Box(kind, left + columns.start, top + rows.start, left + columns.stop, top + rows.stop, self.value)


def boxes_of(
    text: Bool[np.ndarray, "h w"], picture: Bool[np.ndarray, "h w"], colour: UInt8[np.ndarray, "h w"]
) -> list[Box]:
    """The boxes of a page from its maps, at most MOST, from top to bottom; what holds others comes before them."""
    page = colour > 0
    text, ground = text & page, _without_text(colour, text & page)
    found = [line for region in _regions(colour, text) for line in _lines(region)]
    surfaces = _regions(ground, page & ~picture)
    found += [region.box(SURFACE) for region in surfaces if region.part.sum() >= LEAST[0]]
    for region in _regions(picture.astype(np.uint8), picture & page):
        if region.part.sum() >= LEAST[2]:
            found += _pictured(region, ground[region.place])
    found = sorted(found, key=lambda box: -box.area)[:MOST]
    return sorted(found, key=lambda box: (box.top, box.left, -box.area))


def _without_text(colour: UInt8[np.ndarray, "h w"], text: Bool[np.ndarray, "h w"]) -> UInt8[np.ndarray, "h w"]:
    """Colours with texts taken away: what is nearest to a text is taken to lie behind it."""
    free = (colour > 0) & ~text
    if not text.any() or not free.any():
        return colour
    rows, columns = ndimage.distance_transform_edt(~free, return_distances=False, return_indices=True)
    return np.where(text, colour[rows, columns], colour)


def _regions(values: UInt8[np.ndarray, "h w"], where: Bool[np.ndarray, "h w"]) -> Iterator[Region]:
    for value in np.unique(values[where]):
        named, _ = ndimage.label((values == value) & where)
        for number, at in enumerate(ndimage.find_objects(named), 1):
            yield Region(int(value), at, named[at] == number)


def _lines(region: Region) -> Iterator[Box]:
    """A block of text as its lines: a line ends where the width changes by more than a pixel."""
    part, whole = region.part, region.box(TEXT)
    first = part.argmax(1)
    last = part.shape[1] - part[:, ::-1].argmax(1)
    moved = (np.abs(np.diff(first)) > 1) | (np.abs(np.diff(last)) > 1)
    ends = (np.flatnonzero(moved) + 1).tolist()
    edges = [0, *(end for before, end in pairwise([0, *ends]) if end - before > 1), len(part)]
    for top, bottom in pairwise(edges):
        left, right = int(first[top]), int(last[top])
        if right - left > 1:
            yield Box(TEXT, whole.left + left, whole.top + top, whole.left + right, whole.top + bottom, region.value)


def _pictured(region: Region, ground: UInt8[np.ndarray, "h w"]) -> list[Box]:
    """A picture in the colour of most of its rim, and the larger shapes on it."""
    rim = region.part & ~np.pad(region.part, 1)[2:, 2:] | region.part & ~np.pad(region.part, 1)[:-2, :-2]
    behind = int(np.bincount(ground[rim], minlength=len(PALETTE)).argmax())
    box = region.box(PICTURE)._replace(colour=behind)
    least = max(LEAST[1], SHARE * region.part.sum())
    shapes = [shape for shape in _regions(ground, region.part) if shape.value != behind and shape.part.sum() >= least]
    return [box, *(shape.box(_shape(shape.part), box.left, box.top) for shape in shapes)]


def _shape(part: Bool[np.ndarray, "h w"]) -> int:
    filled = ndimage.binary_fill_holes(part).mean()
    return SURFACE if filled > ROUND else ELLIPSE if filled > POINTED else WEDGE


# --- painting ------------------------------------------------------------------------------------


class Painted(NamedTuple):
    """A page as its boxes show it: flat, and with a tint where letters are to stand."""

    image: Float[np.ndarray, "3 h w"]  # 0..1
    masks: Float[np.ndarray, "2 h w"]  # text and picture


def painted(boxes: Sequence[Box], frame: Sequence[int]) -> Painted:
    """A page of these boxes that lies at `frame` (left, top, right, bottom, px).

    The larger a surface, the deeper it lies, and texts lie on top; the page has the colour of its largest surface.
    Nothing leaves the page, and no ellipse or wedge the picture that its centre lies in.
    """
    colours = PALETTE.numpy() / 255
    page = Box(SURFACE, *frame, colour=0)
    pictures = [box for box in boxes if box.kind == PICTURE]
    boxes = [_clipped(_within_picture(box, pictures), page) for box in boxes]
    boxes = [box for box in boxes if box.area > 0]
    boxes.sort(key=lambda box: (box.kind == TEXT, -box.area))
    image = np.empty((SIZE, SIZE, 3), np.float32)
    image[:] = colours[0]
    if boxes:
        image[page.inside] = colours[boxes[0].colour]
    masks = np.zeros((2, SIZE, SIZE), np.float32)
    for box in boxes:
        if box.kind == TEXT:
            image[box.inside] += INK * (colours[box.colour] - image[box.inside])
            masks[0][box.inside] = 1
        else:
            image[box.inside][_outline(box)] = colours[box.colour]
        if box.kind == PICTURE:
            masks[1][box.inside] = 1
    return Painted(image.transpose(2, 0, 1), masks)


def _within_picture(box: Box, pictures: list[Box]) -> Box:
    if box.kind not in (ELLIPSE, WEDGE):
        return box
    x, y = (box.left + box.right) / 2, (box.top + box.bottom) / 2
    around = [one for one in pictures if one.left <= x < one.right and one.top <= y < one.bottom]
    return _clipped(box, min(around, key=lambda one: one.area)) if around else box


def _clipped(box: Box, page: Box) -> Box:
    left, top = max(box.left, page.left), max(box.top, page.top)
    right, bottom = max(left, min(box.right, page.right)), max(top, min(box.bottom, page.bottom))
    return Box(box.kind, left, top, right, bottom, box.colour)


def _outline(box: Box) -> Bool[np.ndarray, "h w"]:
    """The pixels of its rectangle that a shape fills."""
    y = (np.arange(box.bottom - box.top)[:, None] + 0.5) / (box.bottom - box.top)
    x = (np.arange(box.right - box.left)[None] + 0.5) / (box.right - box.left)
    if box.kind == ELLIPSE:
        return (x - 0.5) ** 2 + (y - 0.5) ** 2 < 0.25
    if box.kind == WEDGE:
        return np.abs(x - 0.5) < y / 2
    return np.ones((y.size, x.size), bool)


# --- for training --------------------------------------------------------------------------------


class BoxDataset(FramedPages):
    """Pages as boxes with their brief. An item: what was asked | kind, colour int64 (MOST,) | box float32 (MOST, 4):
    left, top, right, bottom in 0..1 of the page; all 0 beyond `count` | count int64.

    Boxes of all pages are kept (2.3 KB a page). UserError when no page has all its labels.
    """

    def __init__(self, folder: Path, split: str):
        table = labels.fully_labelled(folder, split, NEEDED)
        super().__init__(table)
        self.kind, self.colour = np.zeros((2, len(table), MOST), np.int64)
        self.box = np.zeros((len(table), MOST, 4), np.float32)
        self.count = np.zeros(len(table), np.int64)
        for row, boxes in enumerate(_extracted(table)):
            self._keep(row, np.array(boxes, np.float32).reshape(-1, 6))

    def _keep(self, row: int, boxes: Float[np.ndarray, "k 6"]) -> None:
        count, corners = len(boxes), self.corners[row]
        self.count[row] = count
        self.kind[row, :count], self.colour[row, :count] = boxes[:, 0], boxes[:, 5]
        start, size = np.tile(corners[:2], 2), np.tile(corners[2:] - corners[:2], 2)
        self.box[row, :count] = ((boxes[:, 1:5] - start) / size).clip(0, 1)

    def __getitem__(self, index: int) -> dict[str, Any]:
        return self.asked(index) | {name: getattr(self, name)[index] for name in ("kind", "colour", "box", "count")}


def _extracted(table: pa.Table) -> Iterator[list[Box]]:
    with ThreadPoolExecutor(2) as pool:
        for text, picture, colour in in_chunks(table, ("text_mask", "image_mask", "colour"), "pages, box by box"):
            yield from pool.map(boxes_of, text > 127, picture > 127, colour)
