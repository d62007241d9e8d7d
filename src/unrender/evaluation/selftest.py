"""The metrics put to the test on the very labels they are about to score; a stage publishes only if they pass.

A perfect copy must score 1 (or no error), trivial answers must score what arithmetic says they score, and each
injected fault must lower its own metric and leave the others alone.
"""

from dataclasses import replace

import numpy as np

from unrender.evaluation.metrics.direction import better
from unrender.evaluation.metrics.maps import METRICS, OUTSIDE, PERFECT, Maps, tallies

TOLERANCE = 1e-6


class MetricFault(RuntimeError):
    """A metric does not measure what it claims to; no score may be published."""


def check_map_metrics(true: Maps) -> int:
    """Run every self-test on some true pages; return how many. Raises MetricFault naming the first that fails."""
    expected = [("a perfect copy", true, PERFECT), *_trivial(true), *_letterbox(true)]
    for name, predicted, scores in expected:
        _expect(name, score(predicted, true), scores)
    faults = list(_faults(true))
    for name, predicted, metric in faults:
        _expect_lower(name, score(predicted, true), metric)
    return len(expected) + len(faults)


def score(predicted: Maps, true: Maps) -> dict[str, float]:
    """The scores of the metrics that have something to measure on these pages."""
    return {name: tally.value for name, tally in tallies(predicted, true).items() if not tally.empty}


def _trivial(true: Maps):
    """Constant answers, with their scores worked out pixel by pixel instead of by the metric."""
    page = true.colour != OUTSIDE
    hierarchy, colours = true.hierarchy[page].astype(np.float64), true.colour[page]
    most = int(np.bincount(colours).argmax())
    level = np.float32(hierarchy.mean())
    shape = page.shape
    yes, no = np.ones(shape, bool), np.zeros(shape, bool)
    flat, even = np.full(shape, most, np.uint8), np.full(shape, level, np.float32)
    variance = float(((hierarchy - level) ** 2).mean())
    constant = {"colour_accuracy": float((colours == most).mean()), "hierarchy_mse": variance}
    every = {"text_iou": float(true.text[page].mean()), "image_iou": float(true.image[page].mean())}
    yield "all text and all image", Maps(yes, yes, flat, even), constant | every
    yield "no text and no image", Maps(no, no, flat, even), constant | {"text_iou": 0.0, "image_iou": 0.0}


def _letterbox(true: Maps):
    """Nonsense outside the page must not matter."""
    outside = true.colour == OUTSIDE
    nonsense = Maps(
        true.text | outside,
        true.image | outside,
        np.where(outside, 1, true.colour).astype(np.uint8),
        np.where(outside, 1.0, true.hierarchy).astype(np.float32),
    )
    yield "nonsense in the letterbox", nonsense, PERFECT


def _faults(true: Maps):
    """One spoiled corner of the prediction per metric: (name, prediction, the metric that must fall)."""
    page = true.colour != OUTSIDE
    if (true.text & page).any():
        yield "one text pixel missed", replace(true, text=_flipped(true.text, true.text & page)), "text_iou"
    if (true.image & page).any():
        yield "one image pixel missed", replace(true, image=_flipped(true.image, true.image & page)), "image_iou"
    wrong = true.colour.copy()
    wrong[_first(page)] = OUTSIDE
    yield "one colour wrong", replace(true, colour=wrong), "colour_accuracy"
    off = true.hierarchy.copy()
    off[_first(page)] = 1 - np.round(off[_first(page)])
    yield "one hierarchy value wrong", replace(true, hierarchy=off), "hierarchy_mse"


def _first(mask: np.ndarray) -> tuple[int, ...]:
    return tuple(int(axis) for axis in np.unravel_index(mask.argmax(), mask.shape))


def _flipped(mask: np.ndarray, where: np.ndarray) -> np.ndarray:
    mask = mask.copy()
    mask[_first(where)] ^= True
    return mask


def _expect(name: str, found: dict[str, float], expected: dict[str, float]) -> None:
    for metric, value in found.items():
        if abs(value - expected[metric]) > TOLERANCE * max(1.0, abs(value)):
            raise MetricFault(f"{metric} scores {name} {value:.6f}; it must be {expected[metric]:.6f}")


def _expect_lower(name: str, found: dict[str, float], metric: str) -> None:
    for other in METRICS:
        if other not in found:
            continue
        if other == metric and not better(metric, PERFECT[metric], found[metric]):
            raise MetricFault(f"{metric} does not notice {name}: it stays at {found[metric]}")
        if other != metric and found[other] != PERFECT[other]:
            raise MetricFault(f"{other} moves to {found[other]} on {name}, which is not its business")
