"""Other documents for the same page: wrappers come and go, siblings change places, class names are other ones.

What the page shows stays, so the labels follow exactly. Each change is a pure function of a view and a generator.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Int
from numpy.random import Generator

from unrender.design.section_tree import MERGED, Document, Reading
from unrender.design.sections import LAYOUT_TYPES

REMOVED, WRAPPED, SWAPPED = 0.5, 0.08, 0.05
"""Chances that a wrapper is left out, that a node is wrapped, that a pair of siblings changes places."""


@dataclass(frozen=True)
class View:
    """A document, and what is true of its nodes."""

    document: Document
    reading: Reading


def varied(view: View, rng: Generator, most: int) -> View:
    """All changes, one after another; no more than `most` nodes."""
    for change in CHANGES:
        changed = change(view, rng)
        view = changed if len(changed.document) <= most else view
    return view


def unwrapped(view: View, rng: Generator) -> View:
    """Leave out some nodes that are no element, hold nodes and neither text nor picture; what they hold moves up.

    A node that is part of another element than its parent stays: elements that it holds lie in that one.
    """
    document, reading = view.document, view.reading
    holds = np.bincount(document.parents[1:], minlength=len(document)) > 0
    bare = (document.characters == 0) & ~np.array(document.pictured) & holds & (reading.kinds == MERGED)
    alike = (reading.owners == 0) | (reading.owners == reading.owners[document.parents])
    gone = bare & alike & (rng.random(len(document)) < REMOVED)
    gone[0] = False
    return _picked(view, np.flatnonzero(~gone))


def wrapped(view: View, rng: Generator) -> View:
    """Put some nodes into a div of their own, which belongs to the element around; in a layer behind it, to none."""
    for node in np.flatnonzero(rng.random(len(view.document)) < WRAPPED)[::-1]:
        if node:
            view = _inside_a_div(view, int(node))
    return view


def _inside_a_div(view: View, node: int) -> View:
    document, reading = view.document, view.reading
    parent = int(document.parents[node])
    order = np.insert(np.arange(len(document)), node, node)  # the node twice: its first copy becomes the div
    parents = document.parents[order]
    parents = np.where(parents >= node, parents + 1, parents)
    parents[node], parents[node + 1] = parent, node
    owners = reading.owners[order]
    owners = np.where(owners >= node, owners + 1, owners)
    owners[node] = reading.owners[parent] if reading.kinds[parent] <= len(LAYOUT_TYPES) else 0
    kinds, boxes = reading.kinds[order], reading.boxes[order]
    kinds[node], boxes[node] = MERGED, np.nan
    name = f"w{len(document)}"
    made = replace(
        _taken(document, order), parents=parents, ids=_with(document.ids, order, node, name),
        tags=_with(document.tags, order, node, "div"), classes=_with(document.classes, order, node, ("wrap",)),
        flags=_with(document.flags, order, node, ()), pictured=_with(document.pictured, order, node, False),
    )  # fmt: skip
    made.characters[node] = made.words[node] = 0
    return View(made, Reading(kinds, owners, boxes))


def reordered(view: View, rng: Generator) -> View:
    """Exchange two neighbours, with all that they hold: order in the document need not be order on screen.

    Only where no node of another element points into them, so that owners keep coming first.
    """
    document = view.document
    for parent in np.flatnonzero(rng.random(len(document)) < SWAPPED):
        children = np.flatnonzero(document.parents == parent)
        if len(children) > 1:
            first = int(rng.integers(len(children) - 1))
            return _exchanged(view, int(children[first]), int(children[first + 1]))  # places have changed: once
    return view


def _exchanged(view: View, first: int, second: int) -> View:
    n = len(view.document)
    end = next((i for i in range(second + 1, n) if second not in view.document.ancestors(i)), n)
    order = np.concatenate([np.arange(first), np.arange(second, end), np.arange(first, second), np.arange(end, n)])
    moved = _picked(view, order)
    return moved if (moved.reading.owners <= np.arange(n)).all() else view


def renamed(view: View, rng: Generator) -> View:
    """Give every class name another one, the same wherever it stands."""
    salt = str(int(rng.integers(2**31)))
    classes = tuple(tuple(salt + name for name in each) for each in view.document.classes)
    return View(replace(view.document, classes=classes), view.reading)


CHANGES: tuple[Callable[[View, Generator], View], ...] = (unwrapped, wrapped, reordered, renamed)


def _picked(view: View, order: Int[np.ndarray, " m"]) -> View:
    """These nodes in this order. Nodes whose parent is left out hang on the next one above that stays."""
    document, reading = view.document, view.reading
    place = np.full(len(document), -1)
    place[order] = np.arange(len(order))

    def above(node: int) -> int:
        return next((int(place[a]) for a in document.ancestors(node) if place[a] >= 0), -1)

    parents = np.array([above(int(node)) for node in order])
    made = replace(_taken(document, order), parents=parents)
    return View(made, Reading(reading.kinds[order], place[reading.owners[order]], reading.boxes[order]))


def _taken(document: Document, order: Int[np.ndarray, " m"]) -> Document:
    """Everything a node says of itself, in another order; parents still have their old places."""
    return Document(
        ids=tuple(document.ids[i] for i in order),
        parents=document.parents[order],
        tags=tuple(document.tags[i] for i in order),
        classes=tuple(document.classes[i] for i in order),
        flags=tuple(document.flags[i] for i in order),
        characters=document.characters[order],
        words=document.words[order],
        pictured=tuple(document.pictured[i] for i in order),
    )


def _with(values: tuple, order: Int[np.ndarray, " m"], node: int, value: object) -> tuple:
    return tuple(value if place == node else values[i] for place, i in enumerate(order))
