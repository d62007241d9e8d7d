"""Each score: hand-worked values, its range, and its fall under one injected fault."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.pages import drawn, measured, sound_designs, with_fault
from unrender.design import grammar
from unrender.design.grammar import Mark, as_seen

STRENGTHS = (0.3, 0.6, 1.0)
SCORE = {"alignment": "alignment", "contrast": "contrast", "crowding": "whitespace", "hierarchy": "hierarchy"}
"""Fault -> the score it spoils."""


def mark(left=0.0, top=0.0, width=100.0, height=20.0, weight=0.5, rem=1.0, ratio=7.0) -> Mark:
    return Mark((float(left), float(top), float(width), float(height)), True, weight, rem, ratio, True)


def test_alignment_by_hand():
    assert grammar.alignment([mark(0), mark(0, width=60)], 1000) == 1  # left edges shared
    assert grammar.alignment([mark(0), mark(20, width=60)], 1000) == 1  # centres shared
    off = grammar.alignment([mark(0), mark(20, width=20)], 1000)  # left 20 px, centre 20 px, right 60 px apart
    assert off == pytest.approx(np.exp(-1))  # 20 px = 0.02 page widths
    assert grammar.alignment([mark(0), mark(10, width=40)], 1000) == pytest.approx(np.exp(-1 / 4))
    assert grammar.alignment([mark()], 1000) == 1


def test_a_leaf_aligns_by_the_side_of_its_area():
    """Of three, two share an edge; the third, of a ninth of their area each, is far from all."""
    large, small = mark(width=90, height=90), mark(400, width=30, height=30)
    assert grammar.alignment([large, large, small], 1000) == pytest.approx(2 * 90 / (2 * 90 + 30))


def test_contrast_by_hand():
    assert grammar.contrast([mark(ratio=21.0)]) == 1
    assert grammar.contrast([mark(ratio=1.0)]) == 0
    assert grammar.contrast([mark(ratio=np.sqrt(7))]) == pytest.approx(0.5)
    assert grammar.contrast([mark(ratio=7.0, height=30), mark(ratio=1.0, height=10)]) == pytest.approx(0.75)


def test_hierarchy_by_hand():
    large, small = mark(weight=1.0, rem=3.0), mark(weight=0.2, rem=1.0)
    assert grammar.hierarchy([large, small]) == pytest.approx((1 + np.tanh(np.log(3) / 0.6)) / 2)
    assert grammar.hierarchy([large, small]) + grammar.hierarchy(
        [replace(large, rem=1.0), replace(small, rem=3.0)]
    ) == pytest.approx(1)
    assert grammar.hierarchy([large, replace(small, rem=3.0)]) == pytest.approx(0.5)
    assert grammar.hierarchy([large, replace(large, rem=3.0)]) == 1  # equal intent: nothing is out of order
    assert grammar.hierarchy([large, replace(small, rem=9.0, ranked=False)]) == 1


def test_a_pair_of_weights_counts_by_how_far_they_lie_apart():
    """The title outweighs body (.6 apart) and caption (.8) as it is meant to; those two (.2) are even."""
    marks = [mark(weight=1.0, rem=4.0), mark(weight=0.4, rem=1.0), mark(weight=0.2, rem=1.0)]
    agree = np.tanh(np.log(4) / 0.6)
    assert grammar.hierarchy(marks) == pytest.approx((1 + agree * (0.6 + 0.8) / (0.6 + 0.8 + 0.2)) / 2)
    assert grammar.hierarchy([*marks, *marks[1:]]) == pytest.approx(grammar.hierarchy(marks))  # as often as one likes


def test_gini_by_hand():
    assert grammar.gini(np.array([2.0, 2.0, 2.0])) == pytest.approx(0)
    assert grammar.gini(np.array([0.0, 0.0, 0.0, 1.0])) == pytest.approx(0.75)
    assert grammar.gini(np.array([1.0, 3.0])) == pytest.approx(0.25)


def test_whitespace_prefers_spread_content():
    columns = [mark(left, 0, 40, 200) for left in (20, 80, 140, 200, 260)]
    squeezed = [mark(left, 0, 20, 200) for left in (0, 21, 42, 63, 84)]
    assert grammar.whitespace(columns, 320, 200) > 0.9
    assert grammar.whitespace(squeezed, 320, 200) < 0.4
    assert grammar.whitespace([], 320, 200) == 0
    assert grammar.whitespace([mark(0, 0, 320, 200)], 320, 200) == 0


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=15, deadline=None)
def test_scores_lie_between_zero_and_one(seed):
    page = measured(drawn(seed, 0.5))
    assert all(0 <= value <= 1 for value in page.scores.values())


@given(st.integers(0, 10_000), st.integers(0, 100), st.floats(0.0, 0.3))
@settings(max_examples=30, deadline=None)
def test_a_shifted_box_lowers_alignment(seed, which, shift):
    """A box whose three lines are all shared leaves them: no more aligned than before, up to chance meetings."""
    page = measured(drawn(seed, 0.0))
    aligned = [mark(10, 30 * row, 200) for row in range(5)]
    moved = replace(aligned[which % 5], box=(10 + shift * page.width, 0.0, 200.0, 20.0))
    others = [other for index, other in enumerate(aligned) if index != which % 5]
    score = grammar.alignment([*others, moved], page.width)
    near = min(shift, 0.9)
    assert score == pytest.approx((4 + np.exp(-((near / grammar.TOLERANCE) ** 2))) / 5)


@pytest.fixture(scope="module")
def ladders() -> dict[str, list[list[float]]]:
    """Fault -> per clean design its score at strength 0, .3, .6, 1; only layouts that hold."""
    return {fault: [_ladder(design, fault) for design in sound_designs(20, seed=3)] for fault in SCORE}


def _ladder(design, fault: str) -> list[float]:
    pages = [measured(design), *(measured(with_fault(design, fault, strength)) for strength in STRENGTHS)]
    return [page.scores[SCORE[fault]] for page in pages if page.sound]


@pytest.mark.parametrize("fault", ["contrast", "hierarchy"])
def test_score_never_rises_with_its_fault(ladders, fault):
    assert all(after <= before + 1e-6 for ladder in ladders[fault] for before, after in pairwise(ladder))


@pytest.mark.parametrize(("fault", "share", "most"), [("alignment", 0.12, 0.15), ("crowding", 0.12, 0.12)])
def test_score_hardly_ever_rises_with_its_fault(ladders, fault, share, most):
    """Moved boxes can meet other lines, and text that wraps anew moves gaps about: rare, and small. By their area, two
    large boxes that meet raise the alignment more than two of twenty."""
    rises = np.array([b - a for ladder in ladders[fault] for a, b in pairwise(ladder)])
    assert (rises > 0.03).mean() < share
    assert np.quantile(rises, 0.97) < most


@pytest.mark.parametrize("fault", SCORE)
def test_score_falls_on_average_at_every_step(ladders, fault):
    whole = np.array([ladder for ladder in ladders[fault] if len(ladder) == 4])
    assert len(whole) >= 10
    assert (np.diff(whole.mean(0)) < -0.01).all()


def test_every_score_spreads():
    scores = np.array([list(measured(design).scores.values()) for design in sound_designs(80, seed=8, fault_rate=0.3)])
    assert (scores.std(0) >= 0.10).all()


def test_text_on_text_is_unsound():
    assert grammar.is_sound([mark(), mark(top=30)], 200, 100)
    assert not grammar.is_sound([mark(), mark(top=10)], 200, 100)
    assert not grammar.is_sound([mark(top=95)], 200, 100)
    assert not grammar.is_sound([], 200, 100)


def test_a_text_is_cut_down_to_where_it_shows():
    mark = Mark((10.0, 20.0, 100.0, 30.0), True, 0.5, 1.0, 7.0, True)
    ink = np.zeros((64, 64), np.uint8)
    ink[14:20, 10:30] = 255  # at half size, 4 px from the left: page pixels 12 .. 52 and 28 .. 40
    (seen,) = as_seen([mark], ink, left=4.0, top=0.0, scale=0.5)
    assert seen.box == (12.0, 28.0, 40.0, 12.0)
    assert as_seen([mark], np.zeros_like(ink), 4.0, 0.0, 0.5) == [mark]  # too faint to be painted: as it was laid out
    picture = replace(mark, text=False)
    assert as_seen([picture], ink, 4.0, 0.0, 0.5) == [picture]
