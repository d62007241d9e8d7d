"""Closed forms, hand-worked neighbours and invariants of the metrics for sets of pages."""

from typing import NamedTuple

import numpy as np
import pytest
from scipy.linalg import sqrtm
from scipy.ndimage import gaussian_filter

from unrender.evaluation.metrics import generation as g


def gaussian(mean: np.ndarray, covariance: np.ndarray, n: int, seed: int = 0) -> np.ndarray:
    """Rows whose sample mean and sample covariance are exactly the ones given."""
    raw = np.random.default_rng(seed).normal(size=(n, len(mean)))
    raw -= raw.mean(0)
    white = np.linalg.qr(raw)[0] * np.sqrt(n - 1)
    return white @ np.linalg.cholesky(covariance).T + mean


def normal(seed: int, n: int = 60, d: int = 5) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(n, d))


def spots(*places: tuple[float, float], n: int = 20, seed: int = 0) -> np.ndarray:
    """A tight cluster around every place."""
    return np.concatenate([np.add(place, normal(seed + i, n, 2) * 0.1) for i, place in enumerate(places)])


def line(*places: float) -> np.ndarray:
    return np.array(places, float)[:, None]


class Scores(NamedTuple):
    precision: float
    recall: float
    density: float
    coverage: float


def neighbourhood_scores(real: np.ndarray, drawn: np.ndarray, k: int = 5) -> Scores:
    """The means over the pages."""
    return Scores(**{name: float(rows.mean()) for name, rows in vars(g.neighbours(real, drawn, k)).items()})


# Frechet distance


def test_frechet_of_axis_aligned_gaussians():
    a = gaussian(np.zeros(3), np.diag([1.0, 4.0, 9.0]), 50)
    b = gaussian(np.array([1.0, 2.0, 0.0]), np.diag([4.0, 4.0, 1.0]), 40, seed=1)
    assert g.frechet_distance(a, b) == pytest.approx(1 + 4 + (1 - 2) ** 2 + 0 + (3 - 1) ** 2)


def test_frechet_of_gaussians_at_an_angle_to_each_other():
    first, second = (m @ m.T + 0.1 * np.eye(4) for m in (normal(0, 4, 4), normal(1, 4, 4)))
    found = g.frechet_distance(gaussian(np.zeros(4), first, 30), gaussian(np.ones(4), second, 35, seed=1))
    assert found == pytest.approx(4 + np.trace(first + second - 2 * sqrtm(first @ second).real))


def test_frechet_in_one_dimension_by_hand():
    # means 1 and 5, variances 2 and 8
    assert g.frechet_distance(line(0, 2), line(3, 7)) == pytest.approx(4**2 + (8**0.5 - 2**0.5) ** 2)


@pytest.mark.parametrize(("n", "d"), [(60, 5), (6, 40)])  # the second has singular covariances
def test_frechet_is_symmetric_and_zero_on_itself(n, d):
    a, b = normal(0, n, d), normal(1, n, d) + 0.3
    assert g.frechet_distance(a, b) == pytest.approx(g.frechet_distance(b, a))
    assert g.frechet_distance(a, a[::-1]) == pytest.approx(0, abs=1e-9)
    assert g.frechet_distance(a, b) > 0


def test_frechet_of_fewer_rows_than_features_is_that_of_their_span():
    a, b = normal(0, 8, 3), normal(1, 8, 3) + 1
    turn = np.linalg.qr(normal(2, 50, 3))[0].T  # (3, 50), orthonormal rows
    assert g.frechet_distance(a @ turn, b @ turn) == pytest.approx(g.frechet_distance(a, b))


def test_frechet_grows_with_blur():
    sharp = np.random.default_rng(0).integers(0, 2, (300, 8, 8)).astype(float)
    other = np.random.default_rng(1).integers(0, 2, (300, 8, 8)).astype(float)
    scores = [g.frechet_distance(flat(sharp), flat(gaussian_filter(other, (0, s, s)))) for s in (0, 0.4, 0.6, 1, 2)]
    assert scores == sorted(scores)
    assert scores[-1] > 3 * scores[0]


def flat(images: np.ndarray) -> np.ndarray:
    return images.reshape(len(images), -1)


def test_frechet_falls_as_sets_grow():
    few, many = (g.frechet_distance(normal(0, n, 20), normal(1, n, 20)) for n in (50, 2000))
    assert many < few / 10


# Its interval


def test_interval_holds_the_value_and_the_mean_over_fresh_sets():
    def pair(seed):
        return normal(seed, 100, 4), normal(seed + 1000, 100, 4) * 1.3 + 0.2

    mean = np.mean([g.frechet_distance(*pair(seed)) for seed in range(200)])
    found = [g.frechet_interval(*pair(seed), resamples=100, seed=seed) for seed in range(40)]
    assert all(i.low <= i.value <= i.high for i in found)
    assert sum(i.low <= mean <= i.high for i in found) >= 35


def test_interval_is_seeded_and_never_below_zero():
    a, b = normal(0), normal(1)
    assert g.frechet_interval(a, b, resamples=20) == g.frechet_interval(a, b, resamples=20)
    assert g.frechet_interval(a, b, resamples=20) != g.frechet_interval(a, b, resamples=20, seed=1)
    assert g.frechet_interval(a, a, resamples=20).low == 0


# Reduced


def test_reduced_keeps_all_distances_when_it_keeps_all_components():
    a, b = normal(0), normal(1) + 1
    whole = g.fit_reduced(a, dims=5)
    assert whole.kept == pytest.approx(1)
    assert g.frechet_distance(whole(a), whole(b)) == pytest.approx(g.frechet_distance(a, b))


def test_reduced_finds_the_directions_that_vary():
    a = gaussian(np.array([5.0, 6.0, 7.0]), np.diag([1.0, 100.0, 9.0]), 40)
    reduced = g.fit_reduced(a, dims=2)
    assert reduced.kept == pytest.approx(109 / 110)
    np.testing.assert_allclose(np.cov(reduced(a).T), np.diag([9, 100]), atol=1e-9)
    np.testing.assert_allclose(reduced(a).mean(0), 0, atol=1e-9)


@pytest.mark.parametrize(("n", "dims"), [(3, 3), (60, 6), (60, 0)])
def test_reduced_refuses_more_components_than_there_are(n, dims):
    with pytest.raises(ValueError, match="components"):
        g.fit_reduced(normal(0, n), dims=dims)


# Kernel distance


def test_kernel_distance_by_hand():
    # one feature, kernel (xy + 1)^3: within {0, 1} 1, within {2, 3} 7^3; across 1, 1, 3^3, 4^3
    assert g.kernel_distance(line(0, 1), line(2, 3)) == pytest.approx(1 + 343 - 2 * (1 + 1 + 27 + 64) / 4)


def test_kernel_distance_has_no_bias():
    found = [g.kernel_distance(normal(seed, 20), normal(seed + 500, 30)) for seed in range(200)]
    assert min(found) < 0
    assert abs(np.mean(found)) < 3 * np.std(found) / 200**0.5


def test_kernel_distance_grows_with_the_shift():
    scores = [g.kernel_distance(normal(0), normal(1) + shift) for shift in (0, 0.5, 1, 2)]
    assert scores == sorted(scores)
    assert g.kernel_distance(normal(0), normal(1) + 1) == pytest.approx(g.kernel_distance(normal(1) + 1, normal(0)))


# Neighbourhoods


def test_neighbourhoods_by_hand():
    # Radii for k = 1: real 1, 1, 8; drawn 1.5, 1.5, 87.5.
    found = neighbourhood_scores(line(0, 1, 9), line(1.5, 3, 90.5), k=1)
    # 1.5 is in the balls of 1 and 9, 3 in that of 9 (6 away), 90.5 in none.
    assert found.precision == pytest.approx(2 / 3)
    assert found.density == pytest.approx(3 / 3)
    # 0 and 1 are within 1.5 of 1.5; 9 is within 87.5 of 90.5.
    assert found.recall == 1
    # The balls of 1 and 9 hold a drawn page, that of 0 none.
    assert found.coverage == pytest.approx(2 / 3)


def test_density_is_over_k():
    # k = 2: real radii 2, 1, 2; a drawn page at 1 is in all three balls, those at 50 and 60 in none.
    found = neighbourhood_scores(line(0, 1, 2), line(1, 50, 60), k=2)
    assert found.density == pytest.approx(3 / 3 / 2)


def test_identical_sets_are_perfect():
    found = neighbourhood_scores(normal(0), normal(0))
    assert (found.precision, found.recall, found.coverage) == (1, 1, 1)
    assert found.density >= 1


def test_copies_within_a_set_do_no_harm():
    twice = np.repeat(
        normal(0, 10, 300), 6, axis=0
    )  # every radius is 0; six real balls of one point around each drawn page
    assert neighbourhood_scores(twice, twice[::-1]) == pytest.approx(Scores(1.0, 1.0, 6 / 5, 1.0))


def test_disjoint_clusters_score_nothing():
    assert neighbourhood_scores(spots((0, 0)), spots((50, 0))) == Scores(0.0, 0.0, 0.0, 0.0)


def test_dropped_modes_cost_recall_and_coverage_not_precision():
    real = spots((0, 0), (10, 0), (0, 10), (10, 10))
    found = neighbourhood_scores(real, spots((0, 0), n=80, seed=9))
    assert found.precision > 0.8
    assert found.recall <= 0.25
    assert found.coverage <= 0.25


def test_a_drawn_outlier_buys_recall_but_no_coverage():
    real = spots((0, 0), (10, 0))
    few = np.concatenate([spots((0, 0), seed=9), line(5, 6, 7, 8) @ np.array([[1.0, 1.0]])])
    found = neighbourhood_scores(real, few)
    assert found.recall > 0.9  # wide balls around the outliers reach the other cluster
    assert found.coverage <= 0.5


def test_neighbourhoods_need_more_rows_than_neighbours():
    with pytest.raises(ValueError, match="1 to 4"):
        neighbourhood_scores(normal(0), normal(1, 5))


# Nearest neighbours and diversity


def test_nearest_by_hand():
    index, distance = g.nearest(np.array([[0.0, 0.0], [9.0, 9.0]]), np.array([[3.0, 4.0], [6.0, 8.0], [9.0, 9.0]]))
    assert index.tolist() == [0, 2]
    assert distance.tolist() == [5, 0]


def test_nearest_does_not_depend_on_chunks(monkeypatch):
    a, b = normal(0), normal(1, 40)
    whole = g.nearest(a, b)
    monkeypatch.setattr(g, "CHUNK", 7)
    for found, expected in zip(g.nearest(a, b), whole, strict=True):
        np.testing.assert_array_equal(found, expected)


def test_nearest_finds_copies_to_the_bit():
    b = np.random.default_rng(0).normal(size=(40, 1280)).astype(np.float32) + 1000
    index, distance = g.nearest(b[[7, 3]], b)
    assert index.tolist() == [7, 3]
    assert distance.tolist() == [0, 0]


def test_diversity_by_hand():
    assert g.diversity(line(0, 1, 3)) == pytest.approx((1 + 3 + 2) / 3)
    assert g.diversity(np.ones((4, 3))) == 0


# All


def test_broken_features_are_refused():
    broken = normal(1)
    broken[3, 2] = np.nan
    for score in (g.frechet_distance, g.kernel_distance, g.neighbours, g.nearest):
        with pytest.raises(ValueError, match="row 3"):
            score(normal(0), broken)
        with pytest.raises((ValueError, TypeError)):  # TypeError: jaxtyping saw it first
            score(normal(0), normal(0, d=6))
    with pytest.raises(ValueError, match="two rows"):
        g.diversity(normal(0, 1))


def test_single_precision_will_do():
    a, b = normal(0).astype(np.float32), normal(1).astype(np.float32)
    assert g.frechet_distance(a, b) == g.frechet_distance(a.astype(float), b.astype(float))
    assert g.kernel_distance(a, b) == g.kernel_distance(a.astype(float), b.astype(float))
