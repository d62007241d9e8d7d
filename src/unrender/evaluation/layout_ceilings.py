"""The best score any reader of a page can reach: what rounding boxes costs, and nodes that nothing tells apart."""

from collections import Counter, defaultdict
from collections.abc import Hashable
from dataclasses import replace

import numpy as np

from unrender.design.section_tree import Document, Reading
from unrender.evaluation.metrics.layouts import Counts, Page, tallies
from unrender.evaluation.metrics.tally import Tally
from unrender.render.frame import SIZE


def box_ceilings(pages: list[Page]) -> dict[str, Tally]:
    """Every metric for a reader who is right about all, but knows edges to a pixel of the frame only."""
    return tallies(pages, [rounded(page) for page in pages])


def rounded(page: Page, size: int = SIZE) -> Reading:
    """The truth with the edges of boxes on whole pixels of the frame, at least one pixel apart."""
    scale = size / max(page.width, page.height)
    low, extent = page.truth.boxes[:, :2], page.truth.boxes[:, 2:]
    start, end = np.round(low * scale), np.round((low + extent) * scale)
    return replace(page.truth, boxes=np.hstack([start, np.maximum(end - start, 1)]) / scale)


def document_ceilings(pages: list[Page], named: bool = True) -> Tally:
    """Type accuracy for a reader of the document alone who is right wherever it tells: (nodes right, nodes) by page.

    Of siblings whose subtrees are equal in all that the document says, it must say the same, so it is right about the
    most common kind of each node of them. Their order and the picture may still tell them apart: a reader of both is
    bounded by 1 only. `named`: class names can be read too.
    """
    counts = np.array([_same_said(page.document, page.truth, named) for page in pages], np.float64).reshape(-1, 2)
    return Tally(*counts.T)


def _same_said(document: Document, truth: Reading, named: bool) -> Counts:
    kinds: dict[Hashable, Counter] = defaultdict(Counter)
    for node, key in enumerate(_places(document, named)):
        if node:
            kinds[key][int(truth.kinds[node])] += 1
    return float(sum(max(found.values()) for found in kinds.values())), float(len(document) - 1)


def _places(document: Document, named: bool) -> list[int]:
    """A number for each node; the same for nodes that are alike and lie in the same place of alike siblings."""
    children: list[list[int]] = [[] for _ in range(len(document))]
    for node in range(len(document) - 1, 0, -1):
        children[document.parents[node]].insert(0, node)
    numbers: dict[Hashable, int] = {}
    alike = [0] * len(document)  # of the subtree
    for node in range(len(document) - 1, -1, -1):
        said = (
            document.tags[node],
            document.flags[node],
            document.classes[node] if named else (),
            document.pictured[node],
        )
        text = (int(document.characters[node]), int(document.words[node]))
        alike[node] = numbers.setdefault((said, text, tuple(alike[child] for child in children[node])), len(numbers))
    places, seen = [0] * len(document), {}
    for node in range(1, len(document)):
        places[node] = seen.setdefault((places[document.parents[node]], alike[node]), len(seen) + 1)
    return places
