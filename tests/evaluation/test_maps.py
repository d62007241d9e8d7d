"""Hand-worked values and invariants of the map metrics."""

import numpy as np
import pytest

from unrender.evaluation.metrics.direction import better
from unrender.evaluation.metrics.maps import Maps, concatenate, overlap, tallies
from unrender.evaluation.metrics.tally import Tally, join


def maps(text, image, colour, hierarchy) -> Maps:
    """One page of one row from plain lists."""
    return Maps(
        np.array([[text]], bool),
        np.array([[image]], bool),
        np.array([[colour]], np.uint8),
        np.array([[hierarchy]], np.float32),
    )


TRUE = maps([1, 1, 0, 0, 0], [0, 0, 1, 0, 0], [1, 1, 2, 2, 0], [1.0, 0.5, 0.0, 0.0, 0.0])


def test_hand_worked_values():
    predicted = maps([1, 0, 1, 0, 1], [0, 0, 1, 1, 1], [1, 2, 2, 2, 5], [1.0, 0.0, 0.0, 0.5, 1.0])
    found = {name: tally.value for name, tally in tallies(predicted, TRUE).items()}
    assert found["text_iou"] == pytest.approx(1 / 3)  # one pixel shared; three of either
    assert found["image_iou"] == pytest.approx(1 / 2)
    assert found["colour_accuracy"] == pytest.approx(3 / 4)
    assert found["hierarchy_mse"] == pytest.approx((0.5**2 + 0.5**2) / 4)


def test_letterbox_never_counts():
    nonsense = maps([1, 1, 0, 0, 1], [0, 0, 1, 0, 1], [1, 1, 2, 2, 9], [1.0, 0.5, 0.0, 0.0, 1.0])
    assert tallies(nonsense, TRUE)["text_iou"].value == 1
    assert tallies(nonsense, TRUE)["image_iou"].value == 1
    assert tallies(nonsense, TRUE)["colour_accuracy"].value == 1
    assert tallies(nonsense, TRUE)["hierarchy_mse"].value == 0


def test_a_page_without_text_adds_nothing():
    blank = maps([0] * 5, [0] * 5, [1, 1, 1, 1, 0], [0.0] * 5)
    missed = maps([0, 1, 0, 0, 0], [0] * 5, [1, 1, 2, 2, 0], [0.0] * 5)
    alone = tallies(missed, TRUE)["text_iou"].value
    both = tallies(concatenate([missed, blank]), concatenate([TRUE, blank]))["text_iou"].value
    assert both == alone == pytest.approx(1 / 2)


def test_nothing_to_measure_is_no_score():
    blank = maps([0] * 5, [0] * 5, [1, 1, 1, 1, 0], [0.0] * 5)
    tally = tallies(blank, blank)["image_iou"]
    assert tally.empty
    with pytest.raises(ValueError, match="denominator is 0"):
        tally.value  # noqa: B018


def test_batches_add_up(batch):
    other = Maps(np.roll(batch.true.text, 3, 2), batch.true.image, batch.true.colour, batch.true.hierarchy * 0.5)
    whole = tallies(other, batch.true)
    parts = join([tallies(other[rows], batch.true[rows]) for rows in (slice(0, 2), slice(2, 6))])
    for name in whole:
        np.testing.assert_array_equal(whole[name].over, parts[name].over)
        assert whole[name].value == parts[name].value


def test_overlap_is_symmetric_and_below_one(batch):
    page = np.ones_like(batch.true.text)
    shifted = np.roll(batch.true.text, 1, 1)
    forth, back = overlap(shifted, batch.true.text, page), overlap(batch.true.text, shifted, page)
    assert forth.value == back.value
    assert 0 < forth.value < 1


def test_not_finite_and_wrong_shapes_are_refused(batch):
    broken = batch.true.hierarchy.copy()
    broken[2, 30, 30] = np.nan
    with pytest.raises(ValueError, match="page 2"):
        tallies(Maps(batch.true.text, batch.true.image, batch.true.colour, broken), batch.true)
    with pytest.raises(ValueError, match="truth"):
        tallies(batch.true[:2], batch.true)


def test_lower_error_is_better():
    assert better("hierarchy_mse", 0.1, 0.2)
    assert better("text_iou", 0.2, 0.1)
    assert not better("text_iou", 0.1, 0.1)


def test_a_tally_keeps_its_rows():
    tally = Tally(np.array([1.0, 2.0, 3.0]), np.array([2.0, 2.0, 4.0]))
    assert tally[np.array([0, 2])].value == pytest.approx(4 / 6)
    with pytest.raises((ValueError, TypeError)):  # TypeError: jaxtyping saw it first
        Tally(np.zeros(2), np.zeros(3))
