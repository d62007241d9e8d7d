"""Changes of distance and variety, worked by hand."""

import numpy as np
import pytest

from unrender.evaluation.metrics.change import diversity_change, frechet_growth

ASIDE = np.array([1, 0, 0, 0])


@pytest.fixture
def real() -> np.ndarray:
    return np.random.default_rng(0).normal(size=(60, 4))


def test_twice_as_far_is_four_times_the_squared_distance(real):
    growth = frechet_growth(real + ASIDE, real + 2 * ASIDE, real, resamples=40)
    assert growth.value == pytest.approx(3)
    assert growth.low < 3 < growth.high


def test_half_as_far_is_a_growth_below_0(real):
    assert frechet_growth(real + 2 * ASIDE, real + ASIDE, real, resamples=20).value == pytest.approx(-0.75)


def test_shrunk_by_half_is_half_as_diverse_in_every_resample(real):
    assert diversity_change(real, real / 2 + 7, resamples=20) == pytest.approx((-0.5, -0.5, -0.5))


def test_equal_sets_change_by_exactly_nothing(real):
    assert frechet_growth(real + 1, real + 1, real, resamples=10) == (0, 0, 0)
    assert diversity_change(real, real.copy(), resamples=10) == (0, 0, 0)


def test_other_briefs_are_no_change(real):
    for change in (
        lambda: diversity_change(real, real[1:], resamples=9),
        lambda: frechet_growth(real, real[1:], real, resamples=9),
    ):
        with pytest.raises(ValueError, match="60 pages and 59"):
            change()
