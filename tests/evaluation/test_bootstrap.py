"""Intervals cover what they should and shrink as they should."""

import numpy as np
import pytest

from unrender.evaluation.bootstrap import interval, paired_difference
from unrender.evaluation.metrics.tally import Tally


def coin(n: int, p: float, seed: int) -> Tally:
    hits = (np.random.default_rng(seed).random(n) < p).astype(float)
    return Tally(hits, np.ones(n))


def test_matches_the_binomial():
    found = interval(coin(400, 0.3, 0), resamples=4000)
    half = 1.96 * np.sqrt(found.value * (1 - found.value) / 400)  # normal approximation
    assert found.low == pytest.approx(found.value - half, abs=0.01)
    assert found.high == pytest.approx(found.value + half, abs=0.01)


def test_covers_the_truth_about_as_often_as_it_says():
    inside = 0
    for seed in range(200):
        found = interval(coin(100, 0.4, seed), resamples=400, seed=seed)
        inside += found.low <= 0.4 <= found.high
    assert 178 <= inside <= 200  # 95 % of 200 is 190


def test_same_seed_same_interval():
    tally = coin(50, 0.5, 1)
    assert interval(tally, seed=3) == interval(tally, seed=3)
    assert interval(tally, seed=3) != interval(tally, seed=4)


def test_weights_pages_by_their_denominator():
    tally = Tally(np.array([0.0, 90.0]), np.array([10.0, 90.0]))
    assert interval(tally).value == pytest.approx(0.9)


def test_pairing_cancels_what_both_share():
    hard = np.random.default_rng(0).uniform(0, 50, 200)
    ones = np.full(200, 100.0)
    a, b = Tally(hard + 1, ones), Tally(hard, ones)
    found = paired_difference(a, b)
    assert found.value == pytest.approx(0.01)
    assert found.low == pytest.approx(0.01)
    assert interval(a).low < interval(b).high  # alone, the two cannot be told apart


def test_pages_without_the_kind_do_not_break_resampling():
    rare = Tally(np.array([1.0, 0.0, 0.0]), np.array([2.0, 0.0, 0.0]))
    assert interval(rare) == (0.5, 0.5, 0.5)


def test_refuses_different_lengths():
    with pytest.raises(ValueError, match="same examples"):
        paired_difference(coin(3, 0.5, 0), coin(4, 0.5, 0))
