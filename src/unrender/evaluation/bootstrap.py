"""Percentile intervals by resampling examples (Efron, 1979), for scores that are ratios of sums."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from unrender.evaluation.metrics.tally import Tally, divided


class Interval(NamedTuple):
    """A score over the whole set and the bounds that hold `level` of the resampled scores."""

    value: float
    low: float
    high: float


def interval(tally: Tally, *, resamples: int = 1000, seed: int = 0, level: float = 0.95) -> Interval:
    """The score with its percentile interval. Raises ValueError when there is nothing to measure."""
    scores = _resampled(tally, _draws(len(tally), resamples, seed))
    return Interval(tally.value, *percentiles(scores, level))


def paired_difference(a: Tally, b: Tally, *, resamples: int = 1000, seed: int = 0, level: float = 0.95) -> Interval:
    """Score of a minus score of b over the same examples, drawn together, so that hard examples cancel."""
    if len(a) != len(b):
        raise ValueError(f"a paired difference needs the same examples, got {len(a)} and {len(b)}")
    draws = _draws(len(a), resamples, seed)
    return Interval(a.value - b.value, *percentiles(_resampled(a, draws) - _resampled(b, draws), level))


def statistic_interval(
    statistic: Callable[[Float[np.ndarray, "n"], Float[np.ndarray, "n"]], float],
    predicted: Float[np.ndarray, "n"],
    true: Float[np.ndarray, "n"],
    *,
    resamples: int = 1000,
    seed: int = 0,
    level: float = 0.95,
) -> Interval:
    """Any statistic of two columns, its rows drawn with replacement."""
    rows = np.random.default_rng(seed).integers(len(true), size=(resamples, len(true)))
    drawn = np.array([statistic(predicted[some], true[some]) for some in rows])
    return Interval(statistic(predicted, true), *percentiles(drawn, level))


def _draws(n: int, resamples: int, seed: int) -> Float[np.ndarray, "r n"]:
    """How often each example stands in each resample: n draws with replacement are one multinomial."""
    return np.random.default_rng(seed).multinomial(n, np.full(n, 1 / n), size=resamples).astype(np.float64)


def _resampled(tally: Tally, draws: Float[np.ndarray, "r n"]) -> Float[np.ndarray, "r"]:
    """A resample that caught no example of the kind (denominator 0) has no score: NaN, left out later."""
    return divided(draws @ tally.over, draws @ tally.under)


def percentiles(scores: Float[np.ndarray, "r"], level: float) -> tuple[float, float]:
    """The bounds that hold `level` of the resampled scores; NaNs are left out."""
    tail = (1 - level) / 2
    low, high = np.nanquantile(scores, [tail, 1 - tail])
    return float(low), float(high)
