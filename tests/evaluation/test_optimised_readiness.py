"""A gain must be large, sure and paid for with little."""

import pytest

from unrender.evaluation.readiness.finetune import FinetuneLimits, InnovateLimits, finetune_checks, innovate_checks

FINETUNE = FinetuneLimits(grammar_gain=0.05, frechet_growth=0.1, diversity_loss=0.1, fidelity_format_loss=0.03)
INNOVATE = InnovateLimits(raised=0.8, gain=0.08, emptied=0.1)


def failed(checks) -> set[str]:
    return {check.name.partition(".")[2] for check in checks if not check.passed}


@pytest.mark.parametrize(
    ("spoilt", "names"),
    [
        ({}, set()),
        ({"gain": 0.049}, {"grammar_gain"}),
        ({"low": 0.0}, {"grammar_gain_over_0"}),
        ({"growth": 0.11}, {"frechet_growth"}),
        ({"growth": -0.5, "diversity": 0.3, "format": 0.1}, set()),  # better is no loss
        ({"diversity": -0.11}, {"diversity_loss"}),
        ({"format": -0.04}, {"fidelity_format_loss"}),
    ],
)
def test_each_loss_of_fine_tuning_fails_its_own_check(spoilt, names):
    about = {"gain": 0.06, "low": 0.01, "growth": 0.09, "diversity": -0.09, "format": -0.02} | spoilt
    evidence = {
        "finetuned": {
            "grammar_gain": {"value": about["gain"], "low": about["low"]},
            "frechet_growth": {"value": about["growth"]},
            "diversity_change": {"value": about["diversity"]},
            "fidelity_format_change": {"value": about["format"]},
        }
    }
    assert failed(finetune_checks(evidence, FINETUNE)) == names


@pytest.mark.parametrize(
    ("spoilt", "names"),
    [
        ({}, set()),
        ({"share": 25 / 32}, {"raised"}),
        ({"gain": 0.07}, {"grammar_gain"}),
        ({"low": -0.01}, {"grammar_gain_over_0"}),
        ({"over": 0.0}, {"grammar_gain_over_blind"}),
        ({"lost": 0.11}, {"emptied"}),
    ],
)
def test_an_ascent_raises_most_pages_by_much_and_leaves_their_text(spoilt, names):
    about = {"share": 26 / 32, "gain": 0.09, "low": 0.01, "over": 0.01, "lost": 0.1} | spoilt
    found = {
        "raised": {"value": about["share"]},
        "grammar_gain": {"value": about["gain"], "low": about["low"], "over_floor": {"low": about["over"]}},
        "emptied": {"value": about["lost"]},
    }
    assert failed(innovate_checks({"innovated": found}, INNOVATE)) == names
