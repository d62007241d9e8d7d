"""A document with what is true of its nodes, and the same for some of them."""

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Int

from unrender.design.section_tree import Document, Reading


@dataclass(frozen=True)
class View:
    """A document, and what is true of its nodes."""

    document: Document
    reading: Reading


def picked(view: View, order: Int[np.ndarray, " m"]) -> View:
    """These nodes in this order. Nodes whose parent is left out hang on the next one above that stays."""
    document, reading = view.document, view.reading
    place = np.full(len(document), -1)
    place[order] = np.arange(len(order))

    def above(node: int) -> int:
        return next((int(place[a]) for a in document.ancestors(node) if place[a] >= 0), -1)

    parents = np.array([above(int(node)) for node in order])
    made = replace(taken(document, order), parents=parents)
    return View(made, Reading(reading.kinds[order], place[reading.owners[order]], reading.boxes[order]))


def taken(document: Document, order: Int[np.ndarray, " m"]) -> Document:
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


def held(document: Document) -> Int[np.ndarray, " n"]:
    """How many nodes each node holds itself."""
    return np.bincount(document.parents[1:], minlength=len(document))
