"""Other documents for the same page: wrappers come and go, siblings change places, class names are other ones."""

from dataclasses import replace

import numpy as np
from jaxtyping import Int
from numpy.random import Generator

from unrender.data.view import View, held, picked, taken
from unrender.design.section_tree import MERGED, Reading
from unrender.design.sections import LAYOUT_TYPES

REMOVED, WRAPPED, GROUPED, ALL, SWAPPED = 0.5, 0.08, 0.15, 0.5, 0.05
"""Chances that a wrapper is left out, that a node is wrapped, that some of what a node holds is, and of what
the root holds, that a pair of siblings changes places."""
WRAPPERS = ("div", "div", "div", "span", "section", "header", "li", "figure", "p")
GROUPS = ("div", "div", "nav", "header", "ul")
SHEETS = ("div", "main")
"""Tags of a node of one's own, of one of neighbours, and of one of neighbours in the root."""


def unwrapped(view: View, rng: Generator) -> View:
    """Leave out some nodes that are no element, hold nodes and neither text nor picture; what they hold moves up.

    A node that is part of another element than its parent stays: elements that it holds lie in that one.
    """
    document, reading = view.document, view.reading
    bare = (document.characters == 0) & ~np.array(document.pictured) & (held(document) > 0) & (reading.kinds == MERGED)
    alike = (reading.owners == 0) | (reading.owners == reading.owners[document.parents])
    gone = bare & alike & (rng.random(len(document)) < REMOVED)
    gone[0] = False
    return picked(view, np.flatnonzero(~gone))


def wrapped(view: View, rng: Generator) -> View:
    """Put some nodes into a div of their own, or the like, which belongs to the element around; in a layer behind the
    content, to none."""
    for node in np.flatnonzero(rng.random(len(view.document)) < WRAPPED)[::-1]:
        if node:
            view = _inside(view, (int(node),), str(rng.choice(WRAPPERS)))
    return view


def grouped(view: View, rng: Generator) -> View:
    """Put some neighbours into a div of their own, or the like: pages have a <main> between header and footer, bars a
    <nav> of links."""
    chance = np.full(len(view.document), GROUPED)
    chance[0] = ALL
    for parent in np.flatnonzero(rng.random(len(view.document)) < chance)[::-1]:
        children = np.flatnonzero(view.document.parents == parent)
        if len(children) > 2 or parent == 0 < len(children):
            first, end = sorted(rng.choice(len(children) + 1, 2, replace=False))
            view = _inside(view, tuple(children[first:end].tolist()), str(rng.choice(GROUPS if parent else SHEETS)))
    return view


def _inside(view: View, nodes: tuple[int, ...], tag: str) -> View:
    """Some neighbours, children of one node, in a node of their own."""
    document, reading = view.document, view.reading
    node, parent = nodes[0], int(document.parents[nodes[0]])
    order = np.insert(np.arange(len(document)), node, node)  # the node twice: its first copy becomes the wrapper
    parents = document.parents[order]
    parents = np.where(parents >= node, parents + 1, parents)
    parents[np.array(nodes) + 1] = node
    parents[node] = parent
    owners = reading.owners[order]
    owners = np.where(owners >= node, owners + 1, owners)
    owners[node] = reading.owners[parent] if reading.kinds[parent] <= len(LAYOUT_TYPES) else 0
    kinds, boxes = reading.kinds[order], reading.boxes[order]
    kinds[node], boxes[node] = MERGED, np.nan
    name = f"w{len(document)}"
    made = replace(
        taken(document, order), parents=parents, ids=_with(document.ids, order, node, name),
        tags=_with(document.tags, order, node, tag), classes=_with(document.classes, order, node, ("wrap",)),
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
    moved = picked(view, order)
    return moved if (moved.reading.owners <= np.arange(n)).all() else view


def renamed(view: View, rng: Generator) -> View:
    """Give every class name another one, the same wherever it stands."""
    salt = str(int(rng.integers(2**31)))
    classes = tuple(tuple(salt + name for name in each) for each in view.document.classes)
    return View(replace(view.document, classes=classes), view.reading)


def _with(values: tuple, order: Int[np.ndarray, " m"], node: int, value: object) -> tuple:
    return tuple(value if place == node else values[i] for place, i in enumerate(order))
