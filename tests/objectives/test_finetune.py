"""Fine-tuning: its loss by its terms, what its gradient reaches, and that a reward is climbed."""

import copy
from dataclasses import replace

import pytest
import torch
from torch import Generator, Tensor

from tests.objectives.small_drawing import SHEET, read, small_decoder, small_reward
from tests.objectives.test_boxes import batch as of_boxes
from unrender.objectives.decoders import objective_for
from unrender.objectives.finetune import FinetuneObjective, restrained
from unrender.objectives.reward import Reward


def batch() -> dict[str, Tensor]:
    page = of_boxes()
    room = {
        name: torch.cat([page[name], page[name][:, :0].new_zeros(4, 56, *page[name].shape[2:])], 1)
        for name in ("kind", "colour", "box")
    }
    return page | room | {"frame": SHEET.expand(4, 4)}


def objective(start, reward: Reward, **changes) -> FinetuneObjective:
    usual = FinetuneObjective(start, reward, objective_for(start, 0.1, None), 10.0, 1.0, pages=2, steps=3, last=1)
    return replace(usual, **changes)


class Wide(Reward):
    """Likes wide boxes, and has nothing to read with."""

    def __init__(self):
        pass

    def __call__(self, decoder, drawn, sheet, luck):
        return read(((drawn[:, -2, :8, 0] - drawn[:, -4, :8, 0]) / 4).mean(1, keepdim=True).expand(-1, 4))


def test_the_loss_is_the_sum_of_its_terms():
    start = small_decoder().requires_grad_(False)
    model = copy.deepcopy(start).requires_grad_(True)
    found = objective(start, small_reward())(model, batch(), Generator().manual_seed(0))
    assert found["distance"].item() == pytest.approx(0, abs=1e-9)
    assert found["loss"].item() == pytest.approx((found["diffusion"] - 10 * found["grammar"]).item(), abs=1e-4)
    assert 0 < found["grammar"] < 1
    plain = objective_for(start, 0.1, None)(model, batch(), Generator().manual_seed(0))
    assert found["diffusion"].item() == pytest.approx(plain["loss"].item())


def test_who_moves_away_is_told_how_far():
    start = small_decoder().requires_grad_(False)
    model = copy.deepcopy(start)
    with torch.no_grad():
        model.answer.bias += 0.5
    assert objective(start, Wide())(model, batch(), Generator().manual_seed(0))["distance"] > 1e-4


def test_the_gradient_reaches_the_decoder_and_nothing_else():
    start = small_decoder().requires_grad_(False)
    model, reward = copy.deepcopy(start).requires_grad_(True), small_reward()
    objective(start, reward)(model, batch(), Generator().manual_seed(0))["grammar"].backward()
    assert sum(float(p.grad.abs().sum()) for p in model.parameters() if p.grad is not None) > 0
    frozen = start, reward.refiner, reward.encoder, reward.abstractor
    assert all(p.grad is None for network in frozen for p in network.parameters())


def test_more_last_steps_are_felt():
    start = small_decoder().requires_grad_(False)
    pulls = []
    for last in (1, 3):
        model = copy.deepcopy(start).requires_grad_(True)
        objective(start, Wide(), last=last)(model, batch(), Generator().manual_seed(0))["grammar"].backward()
        pulls.append(model.answer.weight.grad)
    assert not torch.allclose(*pulls)


def test_a_reward_is_climbed():
    start = small_decoder().requires_grad_(False)
    model = copy.deepcopy(start).requires_grad_(True)
    wanted = objective(start, Wide(), grammar_weight=50.0, distance_weight=0.0)
    optimizer = torch.optim.Adam(model.parameters(), 3e-3)
    scores = []
    for _ in range(15):
        found = wanted(model, batch(), Generator().manual_seed(0))
        scores.append(found["grammar"].item())
        optimizer.zero_grad(), found["loss"].backward(), optimizer.step()
    assert scores[-1] > scores[0] + 0.02


def test_no_page_pulls_harder_than_its_share():
    drawn = torch.zeros(2, 3, 4, 1, requires_grad=True)
    pull = torch.zeros(2, 3, 4, 1)
    pull[0, 0, 0], pull[1, 0, 0] = 100.0, 0.1
    restrained(drawn).backward(pull)
    assert drawn.grad.flatten(1).norm(dim=1).tolist() == pytest.approx([0.5, 0.1])
