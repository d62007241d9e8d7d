from math import log

import pytest
import torch
from torch import Generator, Tensor, nn
from torch.nn import functional as F

from unrender.objectives.abstractor import AbstractorObjective, Weights


class Given(nn.Module):
    """Says the same whatever the page, and keeps what it was shown."""

    def __init__(self, out: dict[str, Tensor]):
        super().__init__()
        self.out = out

    def forward(self, masks: Tensor, colour: Tensor, hierarchy: Tensor, measured: Tensor) -> dict[str, Tensor]:
        self.measured = measured
        self.seen = masks, colour, hierarchy
        return self.out


def batch() -> dict[str, Tensor]:
    """Two little pages."""
    return {
        "masks": torch.ones(2, 2, 4, 4, dtype=torch.bool),
        "colour": torch.full((2, 4, 4), 3, dtype=torch.uint8),
        "hierarchy": torch.full((2, 1, 4, 4), 51, dtype=torch.uint8),
        "measured": torch.full((2, 20), 0.5),
        "goal": torch.tensor([0, 5]),
        "format": torch.tensor([3, 1]),
        "tone": torch.tensor([0.0, 1.0]),
        "grammar": torch.tensor([[1.0, 0.0, 0.25, 0.5], [0.5, 0.5, 1.0, 0.0]]),
    }


def reading(confidence: float) -> dict[str, Tensor]:
    """What is right, said with this confidence; 0 is a shrug, and numbers are one half."""
    true = batch()
    share = max(0.0, min(1.0, confidence / 40))
    return {
        "goal": confidence * F.one_hot(true["goal"], 6).float(),
        "format": confidence * F.one_hot(true["format"], 4).float(),
        "tone": torch.lerp(torch.tensor(0.5), true["tone"], share)[:, None],
        "grammar": torch.lerp(torch.tensor(0.5), true["grammar"], share),
    }


def scores(confidence: float, weights: Weights = Weights()) -> dict[str, float]:  # noqa: B008  (frozen)
    found = AbstractorObjective(weights)(Given(reading(confidence)), batch(), Generator())
    return {name: value.item() for name, value in found.items()}


def test_a_shrug_by_hand() -> None:
    """Six goals, four formats; tone is off by 0.5; grammar by 0.5, 0.5, 0.25, 0, 0, 0, 0.5 and 0.5."""
    off = (4 * 0.5 + 0.25) / 8
    assert scores(0.0, Weights(goal=1.0, format=2.0, tone=3.0, grammar=4.0)) == pytest.approx(
        {
            "loss": log(6) + 2 * log(4) + 3 * 0.5 + 4 * off,
            "goal": log(6),
            "format": log(4),
            "tone": 0.5,
            "grammar": off,
        }
    )


def test_the_perfect_reading_costs_nothing_and_doubt_costs() -> None:
    found = [scores(confidence)["loss"] for confidence in (40.0, 20.0, 5.0, 0.0)]
    assert found[0] == pytest.approx(0, abs=1e-6)
    assert found == sorted(found)


def test_a_term_without_weight_is_reported_all_the_same() -> None:
    found = scores(0.0, Weights(goal=0.0, format=0.0, tone=0.0, grammar=1.0))
    assert found["loss"] == pytest.approx(found["grammar"])
    assert found["goal"] == pytest.approx(log(6))


def test_maps_are_shown_in_0_to_1_and_colours_as_they_are() -> None:
    model = Given(reading(0.0))
    AbstractorObjective()(model, batch(), Generator())
    masks, colour, hierarchy = model.seen
    assert masks.dtype == hierarchy.dtype == torch.float32
    assert (masks == 1).all()
    assert hierarchy.unique().tolist() == pytest.approx([0.2])
    assert colour.dtype == torch.uint8


def test_the_terms_are_summed_in_float32() -> None:
    out = {name: values.bfloat16() for name, values in reading(0.0).items()}
    found = AbstractorObjective()(Given(out), batch(), Generator())
    assert all(value.dtype == torch.float32 for value in found.values())


def test_smoothing_shares_a_chance_out_among_the_goals() -> None:
    """Sure of the right one of six, with a tenth shared out: 5 / 60 of the chance costs `confidence` nats each."""
    confidence = 10.0
    found = scores(confidence, Weights(smoothing=0.1))
    plain = scores(confidence)
    assert found["goal"] - plain["goal"] == pytest.approx(confidence * 0.1 * 5 / 6, rel=1e-4)
    assert found["format"] == plain["format"]
