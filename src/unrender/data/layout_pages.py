"""Pages with their documents and section layouts, as arrays that the layout network can read."""

import copy
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from jaxtyping import Int

from unrender.config import LeftOut
from unrender.data.framed_boxes import framed
from unrender.data.layout_views import varied
from unrender.data.node_features import depths, marks, names, numbers, relations, tag_numbers
from unrender.data.pictures import decode
from unrender.data.schema import SIZE
from unrender.data.shards import complete, read_table
from unrender.data.view import View
from unrender.design.section_tree import Document, Reading, flatten, labels
from unrender.render.frame import place

NEEDED = ("structure", "layout", "page_width", "page_height")
NODES = 160
"""Places in an item: pages with more nodes are not trained on."""


class LayoutDataset:
    """Rows that have a document and a layout, each in `views` views: the page itself, then views of it with other
    markup and colours, whose labels follow (layout_views.py).

    An item: image uint8 (3, h, w) | tag (n,), flags (n, f), names (n, b), numbers (n, k), relation uint8 (n, n) |
    parent, depth int64 (n,) | node bool (n,), false beyond the page's nodes | kind, owner, around int64 (n,) |
    box float32 (n, 4): left, top, width and height, as shares of the frame; placed bool (n,), whether there is a box |
    page float32 (4,): where the page lies.
    """

    def __init__(self, folder: str | Path, split: str, views: int = 1, jitter: float = 0.0, most: int | None = None):
        """`most`: read no more than so many rows."""
        table = read_table(Path(folder), split, ["id", "image", "elements", *NEEDED])[:most]
        labelled = complete(table, NEEDED)
        self.rows = labelled.to_pylist()
        pages = [(flatten(json.loads(row["structure"])), json.loads(row["layout"])) for row in self.rows]
        kept = [index for index, (document, _) in enumerate(pages) if len(document) <= NODES]
        self.skipped, self.too_large = len(table) - len(labelled), len(pages) - len(kept)
        if not kept:
            raise LeftOut(
                f"{folder}: split {split!r} has no row with all of {', '.join(NEEDED)} and at most {NODES} nodes; "
                "there is nothing to learn."
            )
        self.rows = [self.rows[index] for index in kept]
        self.documents: list[Document] = [pages[index][0] for index in kept]
        self.readings: list[Reading] = [labels(*pages[index]) for index in kept]
        self.views, self.jitter = views, jitter
        sizes = zip(self.rows, self.documents, strict=True)
        self.difficulty: Sequence[int] = [row["elements"] or len(document) for row, document in sizes] * views
        self._kept: dict[int, dict[str, np.ndarray]] = {}

    def __len__(self) -> int:
        return len(self.rows) * self.views

    def __getitem__(self, index: int) -> dict[str, np.ndarray]:
        if index not in self._kept:
            self._kept[index] = self._made(index)
        view, page = divmod(index, len(self.rows))
        return self._kept[index] | {"image": self.image(page, view)}

    def size(self, page: int) -> tuple[int, int]:
        """Width and height of a page in CSS px."""
        return self.rows[page]["page_width"], self.rows[page]["page_height"]

    def image(self, page: int, view: int = 0) -> np.ndarray:
        """uint8 (3, h, w); views other than the first have their colours moved a little."""
        pixels = decode(self.rows[page]["image"]).transpose(2, 0, 1)
        if not view or not self.jitter:
            return np.ascontiguousarray(pixels)
        rng = np.random.default_rng([view, page])
        gain, shift = rng.uniform(-self.jitter / 2, self.jitter / 2, (2, 3, 1, 1))  # by the jitter in all
        return (pixels * (1 + gain) + 255 * shift).round().clip(0, 255).astype(np.uint8)

    def rewritten(self) -> "LayoutDataset":
        """The same pages written otherwise: each with the document of its second view, in its own colours."""
        other, count = copy.copy(self), len(self.rows)
        seen = [self.view(count + page) for page in range(count)]
        other.documents, other.readings = [view.document for view in seen], [view.reading for view in seen]
        other.views, other.difficulty, other._kept = 1, self.difficulty[:count], {}
        return other

    def view(self, index: int) -> View:
        """The document of an item and what is true of it."""
        view, page = divmod(index, len(self.rows))
        seen = View(self.documents[page], self.readings[page])
        return varied(seen, np.random.default_rng([view, page]), NODES) if view else seen

    def _made(self, index: int) -> dict[str, np.ndarray]:
        seen, size = self.view(index), self.size(index % len(self.rows))
        return inputs(seen.document, size) | targets(seen.document, seen.reading, size)


def inputs(document: Document, size: tuple[int, int], nodes: int = NODES) -> dict[str, np.ndarray]:
    """A document as arrays of `nodes` places, and where a page of `size` (width, height) lies in the frame."""
    found = {
        "tag": _padded(tag_numbers(document), nodes),
        "flags": _padded(marks(document), nodes),
        "names": _padded(names(document), nodes),
        "numbers": _padded(numbers(document), nodes),
        "parent": _padded(np.maximum(document.parents, 0), nodes),
        "depth": _padded(depths(document), nodes),
        "node": _padded(np.ones(len(document), bool), nodes),
    }
    relation = np.zeros((nodes, nodes), np.uint8)
    relation[: len(document), : len(document)] = relations(document)
    return found | {"relation": relation, "page": np.array(place(*size).box, np.float32) / SIZE}


def targets(document: Document, reading: Reading, size: tuple[int, int], nodes: int = NODES) -> dict[str, np.ndarray]:
    """A reading as arrays of `nodes` places."""
    boxes = framed(reading.boxes, size)
    known = np.asarray(np.isfinite(boxes).all(axis=1))
    return {
        "kind": _padded(reading.kinds, nodes),
        "owner": _padded(reading.owners, nodes),
        "box": _padded(np.where(known[:, None], boxes, 0).astype(np.float32), nodes),
        "placed": _padded(known, nodes),
        "around": _padded(around(document, reading), nodes),
    }


def around(document: Document, reading: Reading) -> Int[np.ndarray, " n"]:
    """The first node of the element that each node lies in, itself left out; 0 where it lies in none."""
    starts = np.zeros(len(document), bool)
    starts[reading.starts] = True
    found = np.zeros(len(document), np.int64)
    for node in range(1, len(document)):
        parent = document.parents[node]
        found[node] = parent if starts[parent] else found[parent]
    return found


def _padded(values: np.ndarray, nodes: int) -> np.ndarray:
    room = np.zeros((nodes, *values.shape[1:]), values.dtype)
    room[: len(values)] = values
    return room
