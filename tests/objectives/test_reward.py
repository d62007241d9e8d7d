"""The reward: what is seen is what is scored in use, and its slope reaches what was drawn and nothing else."""

from dataclasses import replace

import pytest
import torch

from tests.objectives.small_drawing import sheets, small_decoder, small_reward
from unrender.data.boxes import KINDS
from unrender.evaluation import meanings, predictions
from unrender.models.canvas_decoder import coverage
from unrender.models.drawing import worked_out
from unrender.models.soft_page import soft_boxes, soft_shares
from unrender.objectives.reward import MOVES


def luck(count: int) -> list[torch.Generator]:
    return [torch.Generator().manual_seed(i) for i in range(count)]


def drawn_by(decoder, count: int = 2) -> torch.Tensor:
    return torch.randn(count, *decoder.shape, generator=torch.Generator().manual_seed(3)).clamp(-1, 1)


@pytest.mark.parametrize("space", ["boxes", "structure", "pixel"])
def test_the_reward_is_what_the_reader_says_of_the_page(space, monkeypatch):
    monkeypatch.setattr(predictions, "bfloat16_pays", lambda: False)
    decoder, reward = small_decoder(space), small_reward()
    drawn, sheet = drawn_by(decoder), sheets(2)
    found, _, shown = reward(decoder, drawn, sheet, luck(2))
    page = worked_out(decoder, reward.refiner, drawn, sheet, luck(2)) / 2 + 0.5
    assert torch.equal(shown, page) and not shown.requires_grad
    inside = torch.zeros(256, 256, dtype=torch.bool)
    inside[:, 64:192] = True
    read = predictions.read_maps(reward.encoder, torch.zeros(2, 256, 256, 3, dtype=torch.uint8).numpy())
    assert read.text.shape == (2, 256, 256)
    with torch.no_grad():
        said = reward.encoder(page)
    from unrender.data.packed_maps import packed_likelihoods

    text, image = said["masks"].sigmoid().unbind(1)
    colour = (said["colour"][:, 1:].argmax(1) + 1).to(torch.uint8)
    maps = packed_likelihoods(text.numpy(), image.numpy(), colour.numpy(), said["hierarchy"][:, 0].sigmoid().numpy())
    understood = meanings.read_meanings(reward.abstractor, maps * inside.numpy())
    assert torch.allclose(found, torch.from_numpy(understood.grammar), atol=5e-3)


def test_its_slope_reaches_what_was_drawn_and_no_network():
    decoder, reward = small_decoder(), small_reward()
    drawn = drawn_by(decoder).requires_grad_()
    reward(decoder, drawn, sheets(2), luck(2)).grammar.mean().backward()
    assert drawn.grad.isfinite().all()
    assert all(pull > 0 for pull in drawn.grad.flatten(1).norm(dim=1))
    assert not drawn.grad[:, :, 12:].any()  # boxes beyond the number of the sheet
    networks = decoder, reward.refiner, reward.encoder, reward.abstractor
    assert all(parameter.grad is None for network in networks for parameter in network.parameters())


def test_a_page_is_scored_alike_in_any_company():
    decoder, reward = small_decoder(), small_reward()
    drawn = drawn_by(decoder)
    together, alone = reward(decoder, drawn, sheets(2), luck(2)), reward(decoder, drawn[:1], sheets(1), luck(1))
    for many, one in zip(together, alone, strict=True):
        assert torch.allclose(many[:1], one, atol=1e-4)


def test_without_the_pixels_boxes_still_have_a_slope_and_the_score_is_the_same():
    decoder, reward = small_decoder(), small_reward()
    drawn = drawn_by(decoder).requires_grad_()
    scores = []
    for share in (1.0, 0.0):
        found = replace(reward, through_page=share)(decoder, drawn, sheets(2), luck(2)).grammar
        scores.append(found)
        (pull,) = torch.autograd.grad(found.mean(), drawn)
        assert (pull.flatten(1).norm(dim=1) > 0).all()
        assert bool(pull[:, : len(KINDS)].any()) == (share > 0)  # what a box is: felt by way of the pixels alone
    assert torch.equal(*scores)


def test_several_looks_are_averaged_and_keep_the_slope_of_the_first():
    decoder, reward = small_decoder(), replace(small_reward(), through_page=0.0)
    drawn = drawn_by(decoder).requires_grad_()
    once, thrice = (replace(reward, looks=looks)(decoder, drawn, sheets(2), luck(2)).grammar for looks in (1, 3))
    page = worked_out(decoder, reward.refiner, drawn.detach(), sheets(2), luck(2)) / 2 + 0.5
    inside = coverage(sheets(2), 256, 256) > 0.5
    with torch.no_grad():
        moved = [reward.read(page.roll(by, (2, 3)), inside.roll(by, (2, 3))).grammar for by in MOVES[:2]]
    assert torch.allclose(thrice, (once + sum(moved)) / 3, atol=1e-6)
    slopes = [torch.autograd.grad(found.mean(), drawn)[0] for found in (once, thrice)]
    assert torch.allclose(*slopes, atol=1e-7)


def test_how_much_is_shown():
    reward, image = small_reward(), torch.rand(2, 3, 256, 256)
    inside = coverage(sheets(2), 256, 256) > 0.5
    with torch.no_grad():
        found, said = reward.read(image, inside), reward.encoder(image)["masks"].sigmoid() > 0.5
    assert torch.allclose(found.shown, (said & inside).sum((2, 3)) / (128 * 256))


def test_what_is_shown_has_the_slope_of_the_boxes():
    """As a share of itself; the second of the pages has boxes of both kinds."""
    decoder, reward = small_decoder(), replace(small_reward(), through_page=0.0)
    drawn = drawn_by(decoder).requires_grad_()
    shown = reward(decoder, drawn, sheets(2), luck(2)).shown[1]
    boxed = soft_shares(soft_boxes(drawn, sheets(2)), sheets(2))[1]
    felt, wanted = (torch.autograd.grad(each.log().sum(), drawn)[0] for each in (shown, boxed))
    assert felt.abs().sum() > 0 and torch.allclose(felt, wanted, rtol=1e-3, atol=1e-6)
