"""The reward: what is seen is what is scored in use, and its slope reaches what was drawn and nothing else."""

import pytest
import torch

from tests.objectives.small_drawing import sheets, small_decoder, small_reward
from unrender.evaluation import meanings, predictions
from unrender.models.drawing import worked_out


def luck(count: int) -> list[torch.Generator]:
    return [torch.Generator().manual_seed(i) for i in range(count)]


def drawn_by(decoder, count: int = 2) -> torch.Tensor:
    return torch.randn(count, *decoder.shape, generator=torch.Generator().manual_seed(3)).clamp(-1, 1)


@pytest.mark.parametrize("space", ["boxes", "structure", "pixel"])
def test_the_reward_is_what_the_reader_says_of_the_page(space, monkeypatch):
    monkeypatch.setattr(predictions, "bfloat16_pays", lambda: False)
    decoder, reward = small_decoder(space), small_reward()
    drawn, sheet = drawn_by(decoder), sheets(2)
    found = reward(decoder, drawn, sheet, luck(2))
    page = worked_out(decoder, reward.refiner, drawn, sheet, luck(2)) / 2 + 0.5
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
    reward(decoder, drawn, sheets(2), luck(2)).mean().backward()
    assert drawn.grad.isfinite().all()
    assert all(pull > 0 for pull in drawn.grad.flatten(1).norm(dim=1))
    assert not drawn.grad[:, :, 12:].any()  # boxes beyond the number of the sheet
    networks = decoder, reward.refiner, reward.encoder, reward.abstractor
    assert all(parameter.grad is None for network in networks for parameter in network.parameters())


def test_a_page_is_scored_alike_in_any_company():
    decoder, reward = small_decoder(), small_reward()
    drawn = drawn_by(decoder)
    together, alone = reward(decoder, drawn, sheets(2), luck(2)), reward(decoder, drawn[:1], sheets(1), luck(1))
    assert torch.allclose(together[:1], alone, atol=1e-4)
