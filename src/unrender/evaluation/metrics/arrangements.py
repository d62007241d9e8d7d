"""How well elements are arranged: layouts that are judged without a page they should be equal to.

Boxes are shares of the page, so that pages of all sizes weigh the same. Elements may lie in others, so pairs of an
element and one that holds it are left out of alignment and overlap: they share edges and cover each other by their
nature. On flat layouts both are the published metrics.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

from unrender.design.section_tree import KINDS
from unrender.evaluation.metrics.layouts import box_ious

SHARPNESS = 100.0
"""Of the fall of the aesthetic score with alignment; papers print alignment times 100."""


@dataclass(frozen=True)
class Arrangement:
    """The elements of one layout, parents before children."""

    kinds: Int[np.ndarray, " n"]
    """Places in section_tree.KINDS."""
    boxes: Float[np.ndarray, "n 4"]
    """left, top, width, height as shares of the page."""
    parents: Int[np.ndarray, " n"]
    """Place of the element that holds this one, -1 for none."""

    def __len__(self) -> int:
        return len(self.kinds)

    def strangers(self) -> Bool[np.ndarray, "n n"]:
        """The pairs of which neither element holds the other."""
        related = np.eye(len(self), dtype=bool)
        for index, parent in enumerate(self.parents):
            if parent >= 0:
                related[index] |= related[parent]
        return ~(related | related.T)


def arrangement(layout: Mapping, width: int | float, height: int | float) -> Arrangement:
    """The elements of a layout.json that have a box, on a page of this size in CSS px."""
    kinds, boxes, parents = [], [], []
    stack = [(element, -1) for element in reversed(layout["structure"])]
    while stack:
        element, parent = stack.pop()
        if "box" in element:
            kinds.append(KINDS.index(element["type"]))
            boxes.append(np.array(element["box"]) / (width, height, width, height))
            parents.append(parent)
            parent = len(kinds) - 1
        stack += [(child, parent) for child in reversed(element["children"])]
    return Arrangement(
        np.array(kinds, np.int64), np.array(boxes, np.float64).reshape(-1, 4), np.array(parents, np.int64)
    )


def alignment(page: Arrangement) -> float:
    """Mean over elements of -log(1 - d), d the least distance of any of its left, centre, right, top, middle, bottom
    to the same line of another element (LayoutGAN++, Kikuchi et al. 2021; after Lee et al. 2020). 0 is best."""
    left, top, wide, high = page.boxes.T
    lines = np.stack([left, left + wide / 2, left + wide, top, top + high / 2, top + high])  # (6, n)
    apart = np.abs(lines[:, :, None] - lines[:, None]).min(0)  # (n, n)
    nearest = np.where(page.strangers(), apart, np.inf).min(1, initial=np.inf)
    nearest = nearest[np.isfinite(nearest)]  # an element with no other beside it is aligned
    return float(np.abs(np.log1p(-nearest.clip(max=1 - 1e-9))).sum() / max(len(page), 1))


def overlap(page: Arrangement) -> float:
    """Mean over elements of the share of it that each other one covers, summed over the others (LayoutGAN++):
    sum over i != j of area(i and j) / area(i), over N. 0 is best; up to N - 1."""
    ends = page.boxes[:, :2] + page.boxes[:, 2:]
    shared = np.minimum(ends[:, None], ends[None]) - np.maximum(page.boxes[:, None, :2], page.boxes[None, :, :2])
    covered = shared.clip(0).prod(-1) * page.strangers()  # (n, n)
    area = page.boxes[:, 2:].prod(-1)
    return float((covered[area > 0] / area[area > 0, None]).sum() / max(len(page), 1))


def evenness(page: Arrangement) -> float:
    """How even the gaps between neighbours are, 0..1: 1 - Gini coefficient of the gaps between three or more siblings
    that follow each other, the mean over such families weighted by their gaps; 1 where there is none.

    Siblings follow each other down or across, whichever way their centres spread more; an overlap is a gap of 0.
    """
    scores, weights = [], []
    for parent in np.unique(page.parents):
        gaps = _gaps(page.boxes[page.parents == parent])
        if len(gaps) > 1:
            scores.append(1 - _gini(gaps))
            weights.append(len(gaps))
    return float(np.average(scores, weights=weights)) if scores else 1.0


def aesthetic(page: Arrangement) -> float:
    """(exp(-100 alignment) + 1 - min(overlap, 1) + evenness) / 3, in 0..1, 1 best. The combination is our own: no
    study stands behind it. It falls when a box is moved off its line, onto another, or out of step."""
    parts = np.exp(-SHARPNESS * alignment(page)), 1 - min(overlap(page), 1.0), evenness(page)
    return float(np.mean(parts))


def max_iou(generated: list[Arrangement], real: list[Arrangement]) -> Float[np.ndarray, " k"]:
    """The likeness of each generated layout to the real one it is paired with, 0..1 (LayoutGAN++, Kikuchi et al. 2021).

    Layouts are grouped by the multiset of their types. Of two, elements of a type are paired for the greatest sum of
    IoU, and the sum over types is divided by the number of elements. Within a group, layouts are paired for the
    greatest sum. Those whose multiset the other side lacks are left out: print k, the number paired, beside the mean.
    """
    from scipy.optimize import linear_sum_assignment

    found = []
    ours, theirs = _by_types(generated), _by_types(real)
    for types in sorted(ours.keys() & theirs.keys()):
        scores = np.array([[_paired_iou(a, b) for b in theirs[types]] for a in ours[types]])
        found.append(scores[linear_sum_assignment(scores, maximize=True)])
    return np.concatenate([np.zeros(0), *found])


def _by_types(pages: list[Arrangement]) -> dict[tuple[int, ...], list[Arrangement]]:
    groups: dict[tuple[int, ...], list[Arrangement]] = {}
    for page in pages:
        if len(page):
            groups.setdefault(tuple(sorted(page.kinds.tolist())), []).append(page)
    return groups


def _paired_iou(a: Arrangement, b: Arrangement) -> float:
    from scipy.optimize import linear_sum_assignment

    total = 0.0
    for kind in np.unique(a.kinds):
        ious = box_ious(a.boxes[a.kinds == kind], b.boxes[b.kinds == kind])
        total += float(ious[linear_sum_assignment(ious, maximize=True)].sum())
    return total / len(a)


def _gaps(boxes: Float[np.ndarray, "n 4"]) -> Float[np.ndarray, " m"]:
    axis = int(np.ptp(boxes[:, 1] + boxes[:, 3] / 2) >= np.ptp(boxes[:, 0] + boxes[:, 2] / 2))
    order = np.argsort(boxes[:, axis], kind="stable")
    starts, ends = boxes[order, axis], np.maximum.accumulate((boxes[:, axis] + boxes[:, axis + 2])[order])
    return (starts[1:] - ends[:-1]).clip(0)


def _gini(values: Float[np.ndarray, " m"]) -> float:
    """Gini coefficient, 0 for equal values; of m values at most 1 - 1 / m."""
    total = values.sum()
    if total <= 0:
        return 0.0
    return float(np.abs(values[:, None] - values[None]).sum() / (2 * len(values) * total))
