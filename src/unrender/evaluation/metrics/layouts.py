"""What is said about the nodes of a document against the truth, page by page.

The root never counts: it stands for the page, and is merged into nothing by agreement. There is no padding in these
arrays. A metric is a Tally over pages: counts are pooled where every node or element should weigh the same, and a
page's own score stands over 1 where every page should.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from unrender.design.section_tree import KINDS, MERGED, Document, Reading, assemble
from unrender.design.sections import PROPS
from unrender.evaluation.metrics.likeness import visual_similarity
from unrender.evaluation.metrics.tally import Tally
from unrender.evaluation.metrics.trees import edit_distance

FOUND = 0.5
"""IoU from which an element counts as found."""
METRICS = (
    *("type_accuracy", "element_precision", "element_recall", "element_f1", "box_iou", "matched_box_iou"),
    *("grouping_f1", "tree_edit_distance", "props_accuracy", "props_f1", "visual_similarity"),
)
PERFECT = {name: float(name != "tree_edit_distance") for name in METRICS}
Counts = tuple[float, float]
"""Numerator and denominator."""


@dataclass(frozen=True)
class Page:
    """A document, what is true of its nodes, and the size of the page in CSS px."""

    document: Document
    truth: Reading
    width: int | float
    height: int | float

    @property
    def boxed(self) -> bool:
        """Whether there are elements, and every one has a box."""
        return len(self.truth.starts) > 0 and not np.isnan(self.truth.boxes[self.truth.starts]).any()


def tallies(pages: list[Page], guesses: list[Reading]) -> dict[str, Tally]:
    """All metrics, page by page. ValueError if a guess speaks of another number of nodes than its page has."""
    rows = [_page(page, guess) for page, guess in zip(pages, guesses, strict=True)]
    counts = np.array(rows, np.float64).reshape(-1, len(METRICS), 2)
    return {name: Tally(*counts[:, index].T) for index, name in enumerate(METRICS)}


def _page(page: Page, guess: Reading) -> list[Counts]:
    truth = page.truth
    if len(guess.kinds) != len(truth.kinds):
        raise ValueError(f"the guess is about {len(guess.kinds)} nodes, but the page has {len(truth.kinds)}")
    return [
        type_accuracy(truth, guess),
        *elements(truth, guess),
        grouping_f1(truth, guess),
        tree_edit_distance(page.document, truth, guess),
        *props(truth, guess),
        layout_similarity(page, guess),
    ]


def type_accuracy(truth: Reading, guess: Reading) -> Counts:
    """(nodes whose kind is right, nodes). The share lies in 0..1; "merged" and the props are kinds like any other."""
    return float((truth.kinds[1:] == guess.kinds[1:]).sum()), float(len(truth.kinds) - 1)


def elements(truth: Reading, guess: Reading) -> list[Counts]:
    """Precision, recall, F1, IoU by first node, and IoU of what was found; each in 0..1.

    An element is found if one of the same type is predicted with an IoU of FOUND or more, one to one, wherever its
    nodes are said to lie: matched / predicted, matched / true, 2 matched / (predicted + true). `box_iou` asks the other
    way round: the mean over true elements of the IoU with whatever is predicted for the same first node, of any type,
    0 where that node is no element. Where nothing is predicted or found, precision and the IoU of what was found are
    0 of 1, so that silence has a score. A page whose truth lacks boxes has nothing to measure.
    """
    if np.isnan(truth.boxes[truth.starts]).any():
        return [(0.0, 0.0)] * 5
    gained = matched_ious(truth, guess)
    true, predicted = float(len(truth.starts)), float(len(guess.starts))
    same = np.intersect1d(truth.starts, guess.starts)
    shared = float(np.diag(box_ious(truth.boxes[same], guess.boxes[same])).sum())
    matched, some = float(len(gained)), float(true > 0)
    return [
        (matched, max(predicted, some)),
        (matched, true),
        (2 * matched, predicted + true),
        (shared, true),
        (float(gained.sum()), max(matched, some)),
    ]


def matched_ious(truth: Reading, guess: Reading) -> Float[np.ndarray, " k"]:
    """IoU of each pair of a true and a predicted element of one type: as many pairs as can be had at FOUND or more,
    and among those the best (Hungarian assignment within each type)."""
    from scipy.optimize import linear_sum_assignment

    found = []
    for kind in np.intersect1d(truth.kinds[truth.starts], guess.kinds[guess.starts]):
        ious = box_ious(*(reading.boxes[_of(reading, int(kind))] for reading in (truth, guess)))
        worth = np.where(ious >= FOUND, 1 + ious / (1 + min(ious.shape)), 0)  # another pair outweighs better ones
        pairs = ious[linear_sum_assignment(worth, maximize=True)]
        found.append(pairs[pairs >= FOUND])
    return np.concatenate([np.zeros(0), *found])


def _of(reading: Reading, kind: int) -> Int[np.ndarray, " m"]:
    return reading.starts[reading.kinds[reading.starts] == kind]


def box_ious(a: Float[np.ndarray, "n 4"], b: Float[np.ndarray, "m 4"]) -> Float[np.ndarray, "n m"]:
    """Intersection over union of boxes (left, top, width, height), 0..1. Unknown boxes (NaN) and negative sizes cover
    nothing; of boxes without area, equal ones have 1."""
    a, b = a[:, None], b[None]
    low, high = np.maximum(a[..., :2], b[..., :2]), np.minimum(a[..., :2] + a[..., 2:], b[..., :2] + b[..., 2:])
    inter = np.nan_to_num((high - low).clip(0).prod(-1))
    union = np.nan_to_num(a[..., 2:].clip(0).prod(-1)) + np.nan_to_num(b[..., 2:].clip(0).prod(-1)) - inter
    return np.divide(inter, union, out=(a == b).all(-1).astype(np.float64), where=union > 0)


def grouping_f1(truth: Reading, guess: Reading) -> Counts:
    """(F1 over the unordered pairs of nodes that share an element, 1): pair counting as in the Rand index.

    2 |pairs in both| / (|true pairs| + |predicted pairs|), 0..1; a page without pairs in either scores 1. Every page
    weighs the same: pairs grow with the square of a group, so pooled, one table would outweigh ten pages.
    """
    true, said = _element_of(truth), _element_of(guess)
    pairs = _pairs(true[true > 0]) + _pairs(said[said > 0])
    both = (true > 0) & (said > 0)
    shared = _pairs(true[both] * len(true) + said[both])
    return (2 * shared / pairs if pairs else 1.0), 1.0


def _element_of(reading: Reading) -> Int[np.ndarray, " n"]:
    """The first node of the element that each node is part of; 0 for none, and for the root."""
    first = np.zeros(len(reading.kinds), np.int64)
    first[reading.starts] = reading.starts
    owners = np.where(reading.kinds == MERGED, reading.owners, np.arange(len(first)))
    first = first[owners]
    first[0] = 0
    return first


def _pairs(groups: Int[np.ndarray, " n"]) -> float:
    counts = np.unique(groups, return_counts=True)[1]
    return float((counts * (counts - 1) / 2).sum())


def tree_edit_distance(document: Document, truth: Reading, guess: Reading) -> Counts:
    """(`trees.edit_distance` of the section trees, elements of both): 0 for the same tree, at most 1."""
    true, said = (assemble(document, reading)["structure"] for reading in (truth, guess))
    return float(edit_distance(true, said)), float(len(truth.starts) + len(guess.starts))


def props(truth: Reading, guess: Reading) -> list[Counts]:
    """(1 if exactly the right nodes are named for every prop, 1), and F1 over (prop, node).

    Most pages have no props, so a reader that never names one is often exactly right, but its F1 is 0.
    """
    true, said = _named(truth), _named(guess)
    return [(float(true == said), 1.0), (2.0 * len(true & said), float(len(true) + len(said)))]


def _named(reading: Reading) -> set[tuple[int, int]]:
    first = len(KINDS) - len(PROPS)
    return {(int(node), int(reading.kinds[node])) for node in np.flatnonzero(reading.kinds[1:] >= first) + 1}


def layout_similarity(page: Page, guess: Reading) -> Counts:
    """(visual similarity of the two wireframes, 1), 0..1; see `likeness.visual_similarity`. A page whose truth lacks
    boxes has nothing to measure."""
    if len(page.truth.starts) and not page.boxed:
        return 0.0, 0.0
    true, said = (assemble(page.document, reading) for reading in (page.truth, guess))
    return visual_similarity(true, said, page.width, page.height), 1.0
