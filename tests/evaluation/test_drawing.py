"""Drawing: a seed gives the same page, alone or in company; what is asked for matters; the judge is not blind."""

import numpy as np
import pytest
import torch

from unrender.design.brief import FORMATS, GOALS
from unrender.evaluation.decoder import balanced, blurred, noise
from unrender.evaluation.drawing import Artist, Ask
from unrender.evaluation.readiness.decoder import DecoderLimits, decoder_checks
from unrender.models import decoder, decoders, refiner
from unrender.models.nn.unet import UNetConfig

SMALL = UNetConfig(base=16, factors=(1, 1), attention=(1,))


@pytest.fixture(params=[("structure", "dpm_solver"), ("structure", "ddim"), ("structure", "ddpm"), ("boxes", "ddpm")])
def artist(request) -> Artist:
    torch.manual_seed(0)
    space, sampler = request.param
    small = decoder.TransformerConfig(width=32, layers=1)
    settings = decoder.Config(space=space, unet=SMALL, transformer=small, steps=3, sampler=sampler)
    second = refiner.Config(unet=SMALL.model_copy(update={"attention": ()}), patterns=8, steps=2)
    model = decoders.decoder_for(settings)
    model.learn_sheets(torch.zeros(9).long(), torch.zeros(9).long(), torch.linspace(0.5, 2, 9), torch.full((9,), 12.0))
    return Artist(model.eval(), refiner.Refiner(second).eval())


def test_a_page_depends_on_seed_and_place_only(artist):
    asks = [Ask("sell", "poster", 0.2), Ask(), Ask("event")]
    together = artist.draw(asks, seed=3)
    assert together.shape == (3, 256, 256, 3)
    assert np.array_equal(together, artist.draw(asks, seed=3))
    alone = artist.draw(asks[2:], seed=3, first=2)[0]
    assert np.abs(together[2].astype(int) - alone).max() <= 2  # bfloat16 sums differ a little with the batch
    assert not np.array_equal(together, artist.draw(asks, seed=4))


def test_pixels_need_no_refiner():
    torch.manual_seed(0)
    settings = decoder.Config(space="pixel", prediction="v", unet=SMALL.model_copy(update={"patch": 16}), steps=2)
    drawn = Artist(decoders.decoder_for(settings).eval(), refiner.Refiner(refiner.Config()).eval()).draw(
        [Ask("sell")], 0
    )
    assert drawn.shape == (1, 256, 256, 3)


def test_briefs_are_balanced():
    asks = balanced(48, seed=0)
    assert {(ask.goal, ask.format) for ask in asks} == {(goal, form) for goal in GOALS for form in FORMATS}
    assert all(ask.tone is not None and 0 <= ask.tone <= 1 for ask in asks)
    assert asks == balanced(48, seed=0) != balanced(48, seed=1)


def test_spoilt_copies():
    page = np.zeros((1, 256, 256, 3), np.uint8)
    page[:, :, 128:] = 200
    soft = blurred(page)
    assert soft.shape == page.shape
    assert abs(int(soft.mean()) - 100) <= 1 and soft[0, 0, 0, 0] == 0
    assert 0 < soft[0, 100, 126, 0] < 200  # the edge is gone
    cells = noise(page.shape, 0)
    assert np.array_equal(cells[:, ::8, ::8], cells[:, 7::8, 7::8])


LIMITS = DecoderLimits(fidelity_goal=0.6, fidelity_format=0.8, frechet_of_spoilt=0.25, draw_seconds=2.0)


def evidence(goal=0.7, low=0.65, chance=0.2, frechet=10.0, copied=0.02) -> dict:
    other = {"other_brief": {"value": chance, "low": chance, "high": chance}}
    fidelity = {"value": goal, "low": low, "high": goal, "arms": other}
    spoilt = {"blurred": {"value": 50.0}, "noise": {"value": 80.0}}
    return {
        "drawn": {
            "fidelity_goal": fidelity,
            "fidelity_format": fidelity | {"value": 0.9},
            "frechet_distance": {"value": frechet, "arms": spoilt},
            "copied": {"value": copied, "arms": {"real": {"value": 0.022, "low": 0.01, "high": 0.036}}},
        }
    }


@pytest.mark.parametrize(
    ("spoilt", "names"),
    [
        ({}, set()),
        ({"goal": 0.59}, {"fidelity_goal"}),
        ({"low": 0.2}, {"fidelity_goal_over_chance", "fidelity_format_over_chance"}),
        ({"frechet": 13.0}, {"frechet_of_blurred"}),
        ({"copied": 0.04}, {"copied"}),
    ],
)
def test_each_fault_fails_its_own_check(spoilt, names):
    checks = decoder_checks(evidence(**spoilt), LIMITS)
    assert {check.name.removeprefix("decoder.") for check in checks if not check.passed} == names
