"""The chapter of what was optimised says how much of the promise holds."""

from html import unescape

import pytest

from unrender.evaluation.report.chapter import chapter
from unrender.evaluation.report.optimised import promise, raised
from unrender.evaluation.report.overview import head_table
from unrender.evaluation.report.reading import Finding, parse


def change(value: float) -> dict:
    return {"value": value, "low": value - 0.01, "high": value + 0.01, "n": 96}


def level(before: float, after: float, real: float) -> dict:
    arms = {"before": change(before), "real": change(real)}
    over = {end: value for end, value in change(after - before).items() if end != "n"}
    return change(after) | {"floor": before, "floor_arm": "before", "ceiling": real, "arms": arms, "over_floor": over}


@pytest.fixture
def model():
    found = {
        "grammar": level(0.7013, 0.7527, 0.7719),
        "grammar_gain": change(0.7527 - 0.7013),
        "predicted_gain": change(0.1028),
        "frechet_distance": level(15.31, 16.02, 1.97),
        "frechet_growth": change(0.0464),
        "raised": change(0.8333) | {"n": 24},
    }
    scores = {"finetuned": {name: about["value"] for name, about in found.items()}}
    return parse("finetune", scores, {"finetuned": found})


def test_before_after_change_and_real_stand_in_one_row(model):
    shown = unescape(chapter(model, {}))
    row = shown[shown.index("<td><code>grammar</code>") :].partition("</tr>")[0]
    places = [row.index(number) for number in ("0.701", "0.753", "+0.0514", "0.772")]
    assert places == sorted(places)
    assert "+5 %" in shown  # the Frechet distance changes by a share of itself
    assert "50 % of what the optimised networks see holds" in shown
    assert "83 % of 24 pages were raised" in shown


def test_what_choosing_alone_brings_is_said():
    arms = {"arms": {"blind": change(0.0312)}}
    found = {
        "raised": change(0.8333) | {"n": 24, "arms": {"blind": change(0.5625)}},
        "grammar_gain": change(0.1) | arms,
    }
    words = raised(parse("innovate", {}, {"innovated": found}).splits["innovated"])
    assert "As many steps in any direction raise 56 %, and grammar by +0.0312" in words


def test_networks_that_were_not_optimised_have_no_such_part():
    plain = parse("decoder", {}, {"drawn": {"frechet_distance": change(3) | {"arms": {"real": 1.0}}}})
    assert "Before and after" not in chapter(plain, {})


@pytest.mark.parametrize(
    ("promised", "seen", "words"),
    [(0.1, 0.09, "90 %"), (0.1, 0.005, "deceived"), (0.1, -0.2, "deceived"), (0.005, 0.2, "not even")],
)
def test_a_promise_is_held_against_the_judge(promised, seen, words):
    found = {"predicted_gain": promised, "grammar_gain": seen}
    assert words in promise({name: Finding(value, value - 0.01, value + 0.01) for name, value in found.items()})


def test_a_gain_that_another_row_shows_has_no_row_of_its_own(model):
    shown = head_table([model])
    assert "<code>grammar</code>" in shown and "<code>frechet_growth</code>" in shown
    assert "<code>grammar_gain</code>" not in shown
