"""Gains that are paired, and promises that nobody keeps."""

import numpy as np
import pytest

from unrender.evaluation.gains import bounds, gain_by_group, grammar_gains

DRAWS = {"resamples": 200, "seed": 0}
RNG = np.random.default_rng(0)
BEFORE, REAL = RNG.uniform(0.3, 0.6, (40, 4)), RNG.uniform(0.5, 0.9, (30, 4))


def arms(after, before=BEFORE, real=REAL):
    return {"before": before, "after": after, "real": real}


def test_a_gain_is_that_of_its_own_score():
    after = BEFORE + np.array([0.2, 0, 0, -0.1])
    found = grammar_gains(arms(after), arms(BEFORE), DRAWS)
    gains = [found[f"grammar_gain_{name}"]["value"] for name in ("alignment", "contrast", "whitespace", "hierarchy")]
    assert gains == pytest.approx([0.2, 0, 0, -0.1])
    assert found["grammar_gain"] == pytest.approx({"value": 0.025, "low": 0.025, "high": 0.025, "n": 40, "floor": 0.0})
    assert found["grammar"]["value"] == pytest.approx(after.mean())
    assert found["grammar"]["floor"] == pytest.approx(BEFORE.mean()) and found["grammar"]["ceiling"] == pytest.approx(
        REAL.mean()
    )
    assert found["grammar_alignment"]["over_floor"]["value"] == pytest.approx(0.2)


def test_a_promise_that_the_judge_does_not_see_is_all_doubtful():
    found = grammar_gains(arms(BEFORE), arms(BEFORE + 0.1), DRAWS)
    assert found["predicted_gain"]["value"] == pytest.approx(0.1)
    assert found["grammar_gain"]["value"] == 0
    assert found["doubtful_gain"] == pytest.approx(
        {"value": 0.1, "low": 0.1, "high": 0.1, "n": 40, "floor": 0.1, "ceiling": 0.0}
    )


def test_a_promise_that_holds_leaves_no_doubt():
    found = grammar_gains(arms(BEFORE + 0.1), arms(BEFORE + 0.1), DRAWS)
    assert found["doubtful_gain"]["value"] == pytest.approx(0)


def test_where_nothing_is_promised_nothing_can_be_missing():
    found = grammar_gains(arms(BEFORE), arms(BEFORE - 0.1), DRAWS)
    assert "floor" not in found["doubtful_gain"] and "ceiling" not in found["doubtful_gain"]


def test_hard_pages_cancel():
    """Pages differ by far more than the gain, which all of them share but for a little."""
    before = np.linspace(0.1, 0.9, 40)[:, None] + np.zeros(4)
    after = before + 0.02 + RNG.uniform(-0.01, 0.01, before.shape)
    found = grammar_gains(arms(after, before), arms(after, before), DRAWS)
    assert 0.015 < found["grammar_gain"]["low"] < found["grammar_gain"]["high"] < 0.025
    assert found["grammar"]["low"] < before.mean() < found["grammar"]["high"]


@pytest.mark.parametrize(
    ("metric", "real", "ceiling"),
    [("grammar", 0.8, True), ("grammar", 0.6, False), ("tone_mae", 0.8, False), ("tone_mae", 0.6, True)],
)
def test_real_pages_that_are_worse_are_no_ceiling(metric, real, ceiling):
    found = bounds(metric, {"before": {"value": 0.7}, "real": {"value": real}})
    assert found == {"floor": 0.7, "floor_arm": "before"} | ({"ceiling": real} if ceiling else {})


def test_groups_gain_by_themselves():
    after = BEFORE + np.where(np.arange(40) % 2, 0.1, -0.2)[:, None]
    found = gain_by_group(arms(after), {"format": ["poster", "page"] * 20}, DRAWS)
    assert {name: round(group["grammar_gain"]["value"], 9) for name, group in found["format"].items()} == {
        "poster": -0.2,
        "page": 0.1,
    }
    assert found["format"]["page"]["grammar_gain"]["n"] == 20
