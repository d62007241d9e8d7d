"""How near a set of drawn pages comes to real ones, as pure functions of their features (one row per page).

Two questions are kept apart: are the drawn pages like real ones (fidelity: precision, density), and do they cover all
that real ones do (variety: recall, coverage, diversity)? A distance between the sets asks both at once.

None of these has a fixed scale. Print beside each what two sets of real pages of the same sizes score.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int
from scipy.linalg import eigh
from scipy.spatial.distance import cdist, pdist
from threadpoolctl import threadpool_limits

from unrender.evaluation.bootstrap import Interval, percentiles

CHUNK = 512  # rows whose distances to a whole set are held at once
one_thread = threadpool_limits.wrap(limits=1, user_api="blas")
"""Matrices here are too small to share: threads of OpenBLAS spin while they wait, and on a busy machine two took
twenty times as long as one."""


@dataclass(frozen=True)
class Reduced:
    """The leading principal components of a reference set, not rescaled: distances keep the unit of the features.

    Part of the definition of the Frechet distance reported here. A few hundred pages cannot fill a covariance of 1280
    features; it would be singular, and the distance mostly a count of pages. What drawn pages do in the directions left
    out goes unseen here, so kernel_distance and neighbours take the whole features.
    """

    mean: Float[np.ndarray, "d"]
    axes: Float[np.ndarray, "d k"]  # orthonormal columns
    kept: float  # share of the reference's variance, 0..1

    def __call__(self, features: Float[np.ndarray, "n d"]) -> Float[np.ndarray, "n k"]:
        """Coordinates along the components."""
        return (features.astype(np.float64) - self.mean) @ self.axes


@one_thread
def fit_reduced(reference: Float[np.ndarray, "n d"], dims: int = 64) -> Reduced:
    """Fit on pages that are not scored, such as those of train. Raises ValueError when they do not span `dims`."""
    reference = _checked(reference)
    n, d = reference.shape
    if not 1 <= dims <= min(n - 1, d):
        raise ValueError(f"{n} rows of {d} features have at most {min(n - 1, d)} components, not {dims}")
    covariance = np.cov(reference, rowvar=False).reshape(d, d)
    variances, axes = eigh(covariance, subset_by_index=[d - dims, d - 1])
    return Reduced(reference.mean(0), axes, float(variances.sum() / np.trace(covariance)))


def frechet_distance(a: Float[np.ndarray, "n d"], b: Float[np.ndarray, "m d"]) -> float:
    """Squared Wasserstein-2 distance of the Gaussians fitted to a and b, 0 or more (FID, Heusel et al. 2017, eq. 6).

    |mu_a - mu_b|^2 + tr S_a + tr S_b - 2 tr (S_a S_b)^1/2. The last trace is the sum of the singular values of
    S_a^1/2 S_b^1/2, and any factor R with R'R = S serves as S^1/2: no root of a matrix is taken, so singular
    covariances (n < d) are exact too. Biased upwards by about 1/n: compare only sets of equal sizes.
    """
    a, b = _same_width(a, b)
    root_a, root_b = _covariance_root(a), _covariance_root(b)
    shared = np.linalg.norm(root_a @ root_b.T, "nuc")
    spread = np.square(root_a).sum() + np.square(root_b).sum() - 2 * shared
    return float(np.square(a.mean(0) - b.mean(0)).sum() + max(spread, 0.0))  # rounding can take equal spreads below 0


@one_thread
def frechet_interval(
    a: Float[np.ndarray, "n d"],
    b: Float[np.ndarray, "m d"],
    *,
    resamples: int = 200,
    seed: int = 0,
    level: float = 0.95,
) -> Interval:
    """The distance, with an interval for its mean over sets of these sizes, by resampling the rows of both.

    A resample repeats rows, which biases the distance upwards once more, so the plain percentiles would lie above the
    value; here their spread is laid around it. Simulated (n 500, d 64) it is 1.2 to 1.8 times as wide as need be.
    About 1 s for 500 rows of 64 features: reduce first.
    """
    a, b = _same_width(a, b)
    value = frechet_distance(a, b)
    rng = np.random.default_rng(seed)
    found = np.array([frechet_distance(_redrawn(a, rng), _redrawn(b, rng)) for _ in range(resamples)])
    low, high = percentiles(found - found.mean() + value, level)
    return Interval(value, max(low, 0.0), high)


def kernel_distance(a: Float[np.ndarray, "n d"], b: Float[np.ndarray, "m d"]) -> float:
    """Squared maximum mean discrepancy with the kernel (x.y / d + 1)^3, unbiased (KID, Binkowski et al. 2018).

    0 on average for sets of one distribution, whatever their sizes, and so at times a little below 0.
    """
    a, b = _same_width(a, b)
    return _mean_without_self(_cubic(a, a)) + _mean_without_self(_cubic(b, b)) - 2 * float(_cubic(a, b).mean())


@dataclass(frozen=True)
class Neighbours:
    """Per page, from balls that reach to a page's k-th neighbour in its own set; the scores are the means."""

    precision: Float[np.ndarray, "m"]  # 1 where a drawn page lies inside some real ball (Kynkaanniemi et al. 2019)
    recall: Float[np.ndarray, "n"]  # 1 where a real page lies inside some drawn ball (the same)
    density: Float[np.ndarray, "m"]  # real balls around a drawn page, over k: an outlier counts little (Naeem 2020)
    coverage: Float[np.ndarray, "n"]  # 1 where a real ball holds a drawn page: no drawn outlier can fill it (the same)


def neighbours(real: Float[np.ndarray, "n d"], drawn: Float[np.ndarray, "m d"], k: int = 5) -> Neighbours:
    """Fidelity and variety apart. Raises ValueError unless both sets hold more than k rows."""
    real, drawn = _same_width(real, drawn)
    if not 1 <= k < min(len(real), len(drawn)):
        raise ValueError(f"k is {k}; it must be 1 to {min(len(real), len(drawn)) - 1} for sets this small")
    apart = cdist(real, drawn)  # (n, m)
    in_real = apart <= _radii(real, k)[:, None]  # (n, m)
    in_drawn = apart <= _radii(drawn, k)[None]  # (n, m)
    return Neighbours(
        precision=np.asarray(in_real.any(0), np.float64),
        recall=np.asarray(in_drawn.any(1), np.float64),
        density=in_real.sum(0) / k,
        coverage=np.asarray(in_real.any(1), np.float64),
    )


def nearest(
    a: Float[np.ndarray, "n d"], b: Float[np.ndarray, "m d"]
) -> tuple[Int[np.ndarray, "n"], Float[np.ndarray, "n"]]:
    """For each row of a the nearest row of b, the first of equals, and its Euclidean distance: 0 is a copy."""
    a, b = _same_width(a, b)
    index, distance = np.zeros(len(a), np.int64), np.zeros(len(a))
    for start in range(0, len(a), CHUNK):
        rows = slice(start, start + CHUNK)
        apart = cdist(a[rows], b)
        index[rows], distance[rows] = apart.argmin(1), apart.min(1)
    return index, distance


def diversity(a: Float[np.ndarray, "n d"]) -> float:
    """Mean Euclidean distance over all pairs of rows, 0 where all are equal. Needs two rows or more."""
    return float(pdist(_checked(a)).mean())


def _covariance_root(x: Float[np.ndarray, "n d"]) -> Float[np.ndarray, "r d"]:
    """R with R'R the unbiased covariance; r is the lesser of n and d. QR of the centred rows never squares them."""
    return np.asarray(np.linalg.qr((x - x.mean(0)) / np.sqrt(len(x) - 1), mode="r"))


def _cubic(x: Float[np.ndarray, "n d"], y: Float[np.ndarray, "m d"]) -> Float[np.ndarray, "n m"]:
    return (x @ y.T / x.shape[1] + 1) ** 3


def _mean_without_self(kernel: Float[np.ndarray, "n n"]) -> float:
    n = len(kernel)
    return float((kernel.sum() - np.trace(kernel)) / (n * (n - 1)))


def _radii(x: Float[np.ndarray, "n d"], k: int) -> Float[np.ndarray, "n"]:
    """Distance of each row to its k-th nearest other row: the row itself, at 0, sorts first."""
    return np.partition(cdist(x, x), k, axis=1)[:, k]


def _redrawn(x: Float[np.ndarray, "n d"], rng: np.random.Generator) -> Float[np.ndarray, "n d"]:
    return x[rng.integers(len(x), size=len(x))]


def _same_width(
    a: Float[np.ndarray, "n d"], b: Float[np.ndarray, "m e"]
) -> tuple[Float[np.ndarray, "n d"], Float[np.ndarray, "m e"]]:
    """Both in float64. ValueError when their features differ in number."""
    if a.shape[1] != b.shape[1]:
        raise ValueError(f"one set has {a.shape[1]} features a row, the other {b.shape[1]}")
    return _checked(a), _checked(b)


def _checked(x: Float[np.ndarray, "n d"]) -> Float[np.ndarray, "n d"]:
    """In float64. ValueError for fewer than two rows or a value that is not finite."""
    if len(x) < 2:
        raise ValueError(f"a set needs two rows or more, got {len(x)}")
    if not np.isfinite(x).all():
        raise ValueError(f"row {int(np.isfinite(x).all(1).argmin())} is not finite")
    return x.astype(np.float64)
