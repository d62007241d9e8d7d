"""Ceilings: the posterior of the goal is exact, so what is attainable is known."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.pages import drawn, measured
from unrender.design import attainable, outline
from unrender.design.brief import FORMATS, GOALS


@given(st.integers(0, 2**32 - 1))
def test_posterior_sums_to_one(seed):
    design = drawn(seed)
    posterior = outline.posterior(design.outline, design.brief.format)
    assert posterior.sum() == pytest.approx(1)
    assert posterior[GOALS.index(design.brief.goal)] > 0


@pytest.mark.parametrize("form", FORMATS)
def test_posterior_agrees_with_sampling(form):
    rng = np.random.default_rng(0)
    pairs = [(goal, outline.sample(rng, goal, form)) for goal in GOALS for _ in range(2500)]
    for blocks, count in Counter(blocks for _, blocks in pairs).most_common(6):
        seen = Counter(goal for goal, other in pairs if other == blocks)
        frequency = np.array([seen[goal] for goal in GOALS]) / count
        assert np.abs(frequency - outline.posterior(blocks, form)).max() < 3 * np.sqrt(0.25 / count) + 1e-9


def test_a_plain_block_tells_nothing():
    assert outline.posterior((outline.PLAIN,), "page") == pytest.approx([1 / 6] * 6)


@given(st.integers(0, 10_000))
def test_attainable_lies_within_bounds(seed):
    design = drawn(seed)
    page = measured(design)
    assert 1 / 6 <= attainable.goal_accuracy(design) <= 1
    assert 0 <= attainable.tone_error(design) < 0.25
    assert 0 <= attainable.text_seen(page.marks) <= 1
    errors = attainable.grammar_errors(page.marks, page.width, page.height, pixel=3.0)
    assert all(0 <= error <= 1 for error in errors.values())
    exact = attainable.grammar_errors(page.marks, page.width, page.height, pixel=1e-6)
    assert max(exact.values()) < 1e-3


def test_the_goal_can_almost_always_be_read():
    assert np.mean([attainable.goal_accuracy(drawn(seed)) for seed in range(1500)]) > 0.95
