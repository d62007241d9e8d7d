"""The metrics of section layouts put to the test on the very labels they are about to score.

A perfect copy must have the best score, trivial answers what arithmetic says, and each injected fault must lower its
metrics and leave those alone that it is no business of.
"""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from unrender.design.section_tree import KINDS, MERGED, Reading
from unrender.design.sections import LAYOUT_TYPES
from unrender.evaluation.metrics.direction import better
from unrender.evaluation.metrics.layouts import METRICS, PERFECT, Page, tallies
from unrender.evaluation.selftest import TOLERANCE, MetricFault

ELEMENTS = ("element_precision", "element_recall", "element_f1")
BLANK = 0.05
"""Visual similarity that a blank wireframe may have."""


def check_layout_metrics(pages: list[Page]) -> int:
    """Run every self-test on some true pages; return how many. MetricFault names the first that fails. ValueError
    unless some page holds an element with a box."""
    if not any(page.boxed for page in pages):
        raise ValueError("no page with elements and boxes to test the metrics on")
    _expect("a perfect copy", pages, [page.truth for page in pages], PERFECT)
    nothing = [_nothing(page.truth) for page in pages]
    _expect("no element at all", pages, nothing, _worth_of_nothing(pages))
    similarity = _score(pages, nothing)["visual_similarity"]
    if similarity > BLANK and all(page.boxed for page in pages):
        raise MetricFault(f"visual_similarity scores a blank wireframe {similarity:.3f}; it may have {BLANK} at most")
    faults = list(_faults(next(page for page in pages if page.boxed)))
    for name, page, guess, lowered in faults:
        _expect_lower(name, page, guess, lowered)
    return 3 + len(faults)


def _score(pages: list[Page], guesses: list[Reading]) -> dict[str, float]:
    return {name: tally.value for name, tally in tallies(pages, guesses).items() if not tally.empty}


def _nothing(truth: Reading) -> Reading:
    empty = np.zeros_like(truth.kinds)
    return Reading(empty, empty, np.full_like(truth.boxes, np.nan))


def _worth_of_nothing(pages: list[Page]) -> dict[str, float]:
    """The scores of the empty layout, counted without the metrics."""
    kinds = np.concatenate([page.truth.kinds[1:] for page in pages])
    lonely = [float(np.bincount(_parts(page.truth), minlength=1).max(initial=0) < 2) for page in pages]
    bare = [float((page.truth.kinds <= len(LAYOUT_TYPES)).all()) for page in pages]
    zeros = dict.fromkeys((*ELEMENTS, "box_iou", "matched_box_iou", "props_f1"), 0.0)
    return zeros | {
        "type_accuracy": float((kinds == MERGED).mean()),
        "grouping_f1": float(np.mean(lonely)),
        "tree_edit_distance": 1.0,
        "props_accuracy": float(np.mean(bare)),
    }


def _parts(truth: Reading) -> np.ndarray:
    """The first node of each node that is part of an element."""
    owners = truth.owners[1:]
    return owners[np.isin(owners, truth.starts)]


def _faults(page: Page) -> Iterator[tuple[str, Page, Reading, tuple[str, ...]]]:
    """One spoiled statement each: (name, page, guess, the metrics that must fall; no other may move)."""
    truth = page.truth
    areas = truth.boxes[truth.starts, 2] * truth.boxes[truth.starts, 3]
    largest = int(truth.starts[areas.argmax()])
    tree = ("tree_edit_distance", "visual_similarity")
    kinds = truth.kinds.copy()
    kinds[largest] = kinds[largest] % len(LAYOUT_TYPES) + 1
    yield "one type wrong", page, replace(truth, kinds=kinds), ("type_accuracy", *ELEMENTS, *tree)
    boxes = truth.boxes.copy()
    boxes[largest, 2:] *= 0.4
    yield "one box too small", page, replace(truth, boxes=boxes), (*ELEMENTS, "box_iou", "visual_similarity")
    joined = np.flatnonzero((truth.kinds == MERGED) & np.isin(truth.owners, truth.starts))
    joined = np.setdiff1d(joined, page.document.parents)  # below others, a node decides what these lie in
    if len(joined):
        owners = truth.owners.copy()
        owners[joined[0]] = 0
        yield "one node left out of its element", page, replace(truth, owners=owners), ("grouping_f1",)
        kinds, owners = truth.kinds.copy(), truth.owners.copy()
        kinds[joined[0]], owners[joined[0]] = len(KINDS) - 1, joined[0]
        lowered = ("type_accuracy", "grouping_f1", "props_accuracy", "props_f1")
        yield "one layer too many", page, replace(truth, kinds=kinds, owners=owners), lowered


def _expect(name: str, pages: list[Page], guesses: list[Reading], expected: dict[str, float]) -> None:
    for metric, value in _score(pages, guesses).items():
        if metric in expected and abs(value - expected[metric]) > TOLERANCE:
            raise MetricFault(f"{metric} scores {name} {value:.6f}; it must be {expected[metric]:.6f}")


def _expect_lower(name: str, page: Page, guess: Reading, lowered: tuple[str, ...]) -> None:
    found = _score([page], [guess])
    for metric in METRICS:
        if metric not in found or metric == "matched_box_iou":  # of what is found, which may change either way
            continue
        if metric in lowered and not better(metric, PERFECT[metric], found[metric]):
            raise MetricFault(f"{metric} does not notice {name}: it stays at {found[metric]}")
        if metric not in lowered and abs(found[metric] - PERFECT[metric]) > TOLERANCE:
            raise MetricFault(f"{metric} moves to {found[metric]} on {name}, which is not its business")
