"""Where elements would lie if only the section tree, the length of its texts and the habits of train were known.

Children are stacked or put side by side as train mostly does under such parents, with its median gaps and padding; what
holds no others has the median size of its type at that length of text. In the end all is stretched to the page's
height.
"""

from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from jaxtyping import Float

from unrender.design.section_tree import Document, Reading
from unrender.evaluation.metrics.layouts import Page
from unrender.evaluation.prefix_tables import Medians

PAGE = 0
"""Stands for the kind of the page itself, which holds the outermost elements."""
Placed = list[tuple[int, Float[np.ndarray, "4"]]]


@dataclass(frozen=True)
class Element:
    """One element of a section tree: its kind, first node, the bucket of its text's length, and those it holds."""

    kind: int
    node: int
    length: int
    children: list["Element"] = field(default_factory=list)


def tree(document: Document, reading: Reading) -> Element:
    """The section tree under an element that stands for the page."""
    characters = document.characters.copy()
    for node in range(len(document) - 1, 0, -1):
        characters[document.parents[node]] += characters[node]
    lengths = np.ceil(2 * np.log2(1 + characters)).astype(int)  # half octaves
    found = {0: Element(PAGE, 0, int(lengths[0]))}
    within = [0] * len(document)
    starts = set(reading.starts.tolist())
    for node in range(1, len(document)):
        parent = within[document.parents[node]]
        within[node] = node if node in starts else parent
        if node in starts:
            found[node] = Element(int(reading.kinds[node]), node, int(lengths[node]))
            found[parent].children.append(found[node])
    return found[0]


class Flow:
    """Medians over train in widths of the page, under (kind of the parent, kind ...)."""

    def __init__(self) -> None:
        self.beside = Medians(0.0)  # 1 where the next sibling lies beside, 0 where it lies below
        self.pad = {side: Medians(0.0) for side in ("side", "top", "bottom")}
        self.gap = Medians(0.0)
        self.lean = Medians(0.0)  # share of the free width that lies to the left
        self.fill = Medians(1.0)  # share of the parent's width taken, by what holds others
        self.width, self.height = Medians(0.5), Medians(0.05)

    def add(self, page: Page) -> None:
        """Count the habits of a page. Its elements must have boxes."""
        boxes = page.truth.boxes / page.width
        boxes[0] = (0, 0, 1, page.height / page.width)
        shape, stack = _shape(page.width, page.height), [tree(page.document, page.truth)]
        while stack:
            parent = stack.pop()
            stack += parent.children
            if parent.children:
                self._add_family(parent, boxes, shape)

    def _add_family(self, parent: Element, boxes: Float[np.ndarray, "n 4"], shape: int) -> None:
        outer, inner = boxes[parent.node], boxes[[child.node for child in parent.children]]
        ends = inner[:, :2] + inner[:, 2:]
        first = parent.children[0].kind
        margins = [
            *(inner[:, :2].min(0) - outer[:2]),
            *(outer[:2] + outer[2:] - ends.max(0)),
        ]  # left, top, right, bottom
        left, top, right, bottom = (max(float(margin), 0.0) for margin in margins)
        side = min(left, right)  # what is left on the other side is free
        for name, value in (("side", side), ("top", top), ("bottom", bottom)):
            self.pad[name].add((parent.kind, first, shape), value)
        for index, (a, b) in enumerate(pairwise(parent.children)):
            beside = inner[index + 1, 0] >= ends[index, 0] - 0.005
            gap = inner[index + 1, 1 - beside] - ends[index, 1 - beside]
            self.beside.add((parent.kind, a.kind, b.kind), float(beside))
            self.gap.add((parent.kind, bool(beside), index == 0), max(float(gap), 0.0))
        for child, box in zip(parent.children, inner, strict=True):
            room = max(outer[2] - 2 * side, 1e-3)
            free = room - box[2]
            if not child.children:
                self.width.add((child.kind, child.length, shape, _octave(room)), float(box[2]))
                self.height.add((child.kind, child.length, shape, _octave(room)), float(box[3]))
            self.fill.add((parent.kind, child.kind, len(inner) == 1), float(box[2] / room))
            if free > 0.02:
                self.lean.add((parent.kind, child.kind, shape), float(np.clip((box[0] - outer[0] - side) / free, 0, 1)))

    def boxes(
        self, document: Document, reading: Reading, width: int | float, height: int | float
    ) -> Float[np.ndarray, "n 4"]:
        """A box in CSS px for the first node of every element; NaN elsewhere."""
        return _Layout(self, _shape(width, height)).boxes(document, reading, width, height)


@dataclass(frozen=True)
class _Layout:
    """One page laid out by the habits of pages of its shape."""

    habits: Flow
    shape: int

    def boxes(
        self, document: Document, reading: Reading, width: int | float, height: int | float
    ) -> Float[np.ndarray, "n 4"]:
        found = np.full((len(document), 4), np.nan)
        total, placed = self._lay(tree(document, reading), 1.0, 1.0)
        stretch = height / max(total, 1e-6)
        for node, box in placed:
            found[node] = box * (width, stretch, width, stretch)
        found[0] = np.nan
        return found

    def _lay(self, element: Element, width: int | float, room: int | float) -> tuple[float, Placed]:
        """The height of an element of this width in a parent with this room, and boxes of all it holds, from its upper
        left corner."""
        if not element.children:
            return self.habits.height[element.kind, element.length, self.shape, _octave(room)], []
        key = (element.kind, element.children[0].kind, self.shape)
        side = min(self.habits.pad["side"][key], 0.4 * width)
        room, down, placed = width - 2 * side, self.habits.pad["top"][key], []
        for index, row in enumerate(self._rows(element)):
            down += self.habits.gap[element.kind, False, index == 1] if index else 0
            high, boxes = self._row(element.kind, row, room)
            placed += [(node, np.add(box, (side, down, 0, 0))) for node, box in boxes]
            down += high
        return down + self.habits.pad["bottom"][key], placed

    def _rows(self, element: Element) -> list[list[Element]]:
        rows = [[element.children[0]]]
        for a, b in pairwise(element.children):
            if self.habits.beside[element.kind, a.kind, b.kind] > 0.5:
                rows[-1].append(b)
            else:
                rows.append([b])
        return rows

    def _row(self, parent: int, row: list[Element], room: int | float) -> tuple[float, Placed]:
        """Children side by side, their middles on one line: those that hold others share the room that is left."""
        gaps = [self.habits.gap[parent, True, index == 0] for index in range(len(row) - 1)]
        widths = self._widths(parent, row, room, sum(gaps, 0.0))
        used = sum(widths) + sum(gaps)
        across = self.habits.lean[parent, row[0].kind, self.shape] * max(room - used, 0) if len(row) == 1 else 0.0
        laid = [self._lay(child, wide, room) for child, wide in zip(row, widths, strict=True)]
        tallest, placed = max(high for high, _ in laid), []
        for child, wide, (high, inside), gap in zip(row, widths, laid, [*gaps, 0.0], strict=True):
            at = (across, (tallest - high) / 2)
            placed.append((child.node, np.array([*at, wide, high])))
            placed += [(node, np.add(box, (*at, 0, 0))) for node, box in inside]
            across += wide + gap
        return tallest, placed

    def _widths(self, parent: int, row: list[Element], room: int | float, gaps: float) -> list[float]:
        natural = [
            self.habits.fill[parent, child.kind, len(row) == 1] * room
            if child.children
            else min(self.habits.width[child.kind, child.length, self.shape, _octave(room)], room)
            for child in row
        ]
        holders = [index for index, child in enumerate(row) if child.children]
        if len(row) > 1 and holders:
            rest = room - gaps - sum(wide for index, wide in enumerate(natural) if index not in holders)
            natural = [max(rest, 0.1) / len(holders) if i in holders else wide for i, wide in enumerate(natural)]
        shrink = min(1.0, max(room - gaps, 0.1 * room) / max(sum(natural), 1e-6))
        return [wide * shrink for wide in natural]


def _shape(width: int | float, height: int | float) -> int:
    """Pages of one shape differ by less than a quarter in height per width."""
    return round(3 * np.log2(height / width))


def _octave(width: int | float) -> int:
    """Widths in half octaves."""
    return round(2 * np.log2(max(width, 1e-3)))
