"""Metrics of brief and grammar: a perfect copy, hand-worked values, one fault at a time; and what needs no learning."""

from dataclasses import replace

import numpy as np
import pytest

from unrender.evaluation.meaning_floors import coarse, fit_meaning_floors
from unrender.evaluation.metrics.briefs import METRICS, Meanings, confusion, r2, rank_correlation, tallies
from unrender.evaluation.metrics.direction import better


def some(n: int = 6) -> Meanings:
    rng = np.random.default_rng(0)
    return Meanings(
        rng.integers(0, 6, n), rng.integers(0, 4, n), rng.random(n, np.float32), rng.random((n, 4), np.float32)
    )


def scores(predicted: Meanings, true: Meanings) -> dict[str, float]:
    return {name: tally.value for name, tally in tallies(predicted, true).items()}


def test_a_perfect_copy():
    found = scores(some(), some())
    assert found == {name: 1.0 if name.endswith("accuracy") else 0.0 for name in METRICS}


def test_each_fault_moves_its_own_metric_only():
    true = some()
    shifted = true.grammar.copy()
    shifted[2, 1] += 0.3
    faults = {
        "goal_accuracy": (replace(true, goal=(true.goal + np.eye(6, dtype=int)[0]) % 6), 5 / 6),
        "format_accuracy": (replace(true, format=(true.format + (np.arange(6) < 2)) % 4), 4 / 6),
        "tone_mae": (replace(true, tone=true.tone + np.float32(0.25)), 0.25),
        "grammar_mae_contrast": (replace(true, grammar=shifted), 0.05),
    }
    perfect = scores(true, true)
    for name, (predicted, value) in faults.items():
        found = scores(predicted, true)
        assert found[name] == pytest.approx(value, abs=1e-6)
        assert better(name, perfect[name], found[name])
        assert {other: found[other] for other in METRICS if other != name} == {
            other: perfect[other] for other in METRICS if other != name
        }


def test_what_is_not_finite_is_named():
    wrong = some()
    wrong.tone[3] = np.nan
    with pytest.raises(ValueError, match="page 3"):
        tallies(wrong, some())


def test_r2_and_rank_by_hand():
    true = np.array([0.0, 1.0, 2.0, 3.0])
    assert r2(true, true) == 1
    assert r2(np.full(4, 1.5), true) == 0
    assert r2(true[::-1], true) == pytest.approx(1 - 20 / 5)
    assert rank_correlation(true**3, true) == pytest.approx(1)
    assert rank_correlation(-true, true) == pytest.approx(-1)
    assert rank_correlation(np.ones(4), true) == 0  # a constant ranks nothing


def test_confusion_rows_are_the_truth():
    assert confusion(np.array([0, 1, 1]), np.array([0, 0, 1]), 2).tolist() == [[1, 1], [0, 1]]


def test_floors_by_hand():
    maps = np.zeros((12, 2, 256, 256), np.uint8)
    maps[6:, 0, :128] = 32  # the upper half is text
    known = Meanings(
        np.array([1] * 6 + [3] * 6), np.array([0] * 7 + [1] * 5), np.linspace(0, 1, 12).astype(np.float32),
        np.tile(np.linspace(0, 1, 12)[:, None], (1, 4)).astype(np.float32),
    )  # fmt: skip
    floors = fit_meaning_floors(coarse(maps), known)
    found = floors(maps[[0, 11]], np.full((2, 4), 0.3, np.float32))
    assert found["constant"].format.tolist() == [0, 0]
    assert found["constant"].tone == pytest.approx([0.5, 0.5])
    assert found["nearest"].goal.tolist() == [1, 3]  # of its own kind, whatever is more common
    assert found["nearest"].grammar.shape == (2, 4)
    assert (found["measured"].grammar == np.float32(0.3)).all()
    assert found["measured"].goal.tolist() == found["constant"].goal.tolist()
