"""How distance and variety change from one set of drawn pages to another, drawn from the same briefs and seeds.

Row i of both sets is the same brief and seed, so both are resampled together: what is hard about a brief cancels.
"""

import numpy as np
from jaxtyping import Float
from scipy.spatial.distance import pdist, squareform

from unrender.evaluation.bootstrap import Interval, percentiles
from unrender.evaluation.metrics.generation import frechet_distance, one_thread


@one_thread
def frechet_growth(
    before: Float[np.ndarray, "n d"],
    after: Float[np.ndarray, "k d"],
    real: Float[np.ndarray, "m d"],
    *,
    resamples: int,
    seed: int = 0,
    level: float = 0.95,
) -> Interval:
    """Frechet distance of `after` to `real` over that of `before`, less 1: 0.1 is a tenth further away.

    Resamples repeat rows, which lengthens both distances; as in generation.frechet_interval, their spread is laid
    around the value. Raises ValueError unless both sets hold as many pages.
    """
    _check_paired(before, after)

    def growth(rows, others) -> float:
        return frechet_distance(after[rows], real[others]) / frechet_distance(before[rows], real[others]) - 1

    n, m, rng = len(before), len(real), np.random.default_rng(seed)
    value = growth(np.arange(n), np.arange(m))
    found = np.array([growth(rng.integers(n, size=n), rng.integers(m, size=m)) for _ in range(resamples)])
    return Interval(value, *percentiles(found - found.mean() + value, level))


@one_thread
def diversity_change(
    before: Float[np.ndarray, "n d"],
    after: Float[np.ndarray, "k d"],
    *,
    resamples: int,
    seed: int = 0,
    level: float = 0.95,
) -> Interval:
    """Mean distance over all pairs of `after` over that of `before`, less 1: -0.1 is a tenth more alike.

    Raises as frechet_growth does.
    """
    _check_paired(before, after)
    apart = [squareform(pdist(rows.astype(np.float64))) for rows in (before, after)]
    n = len(before)
    counts = np.random.default_rng(seed).multinomial(n, np.full(n, 1 / n), size=resamples)  # a page with itself: 0
    was, now = (np.einsum("ri,ri->r", counts @ pairs, counts) for pairs in apart)
    return Interval(float(apart[1].sum() / apart[0].sum() - 1), *percentiles(now / was - 1, level))


def _check_paired(before: Float[np.ndarray, "n d"], after: Float[np.ndarray, "m d"]) -> None:
    if len(before) != len(after):
        raise ValueError(f"a change needs the same briefs and seeds, got {len(before)} pages and {len(after)}")
