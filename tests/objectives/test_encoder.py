import math

import pytest
import torch
from torch import Tensor, nn

from unrender.objectives.encoder import EncoderObjective, Weights, dice_loss, hierarchy_loss, sampled


def test_dice_of_two_pixels_by_hand() -> None:
    """p = (0.5, 0.5), t = (1, 0): 1 - (2 * 0.5 + 1) / (0.25 + 0.25 + 1 + 1) = 0.2"""
    found = dice_loss(torch.full((1, 1, 1, 2), 0.5), torch.tensor([[[[True, False]]]]))
    assert found.item() == pytest.approx(0.2)


def test_dice_ends() -> None:
    mask = torch.zeros(1, 2, 8, 8, dtype=torch.bool)
    mask[0, 0, :4] = True  # the second mask is empty
    assert dice_loss(mask.float(), mask).tolist() == [0, 0]
    opposite = dice_loss((~mask).float(), mask)
    assert opposite.tolist() == pytest.approx([1 - 1 / 65] * 2)


def test_dice_is_summed_in_float32() -> None:
    """In bf16, 256 + 1 is 256: sums over a page would stop growing."""
    p = torch.ones(1, 1, 64, 64, dtype=torch.bfloat16)
    found = dice_loss(p.float(), torch.ones(1, 1, 64, 64, dtype=torch.bool))
    assert found.dtype == torch.float32
    assert found.item() == 0


def test_dice_is_that_of_all_pixels_together() -> None:
    """A page without a picture, read as one, costs what its pixels cost: 2 * 16 / (16 + 16 + 1), not a half."""
    mask = torch.zeros(2, 1, 4, 4, dtype=torch.bool)
    mask[0] = True
    p = mask.float()
    p[1, 0, 0, 0] = 1
    assert dice_loss(p, mask, smooth=0.0).item() == pytest.approx(1 - 32 / 33)


def test_hierarchy_is_scored_on_0_to_1() -> None:
    """A logit of 0 is 0.5; against 255 the error is 0.25."""
    assert hierarchy_loss(torch.zeros(1, 1, 2, 2), torch.full((1, 1, 2, 2), 255, dtype=torch.uint8)).item() == 0.25


class Given(nn.Module):
    """Says the same whatever the page."""

    def __init__(self, out: dict[str, Tensor]):
        super().__init__()
        self.out = out

    def forward(self, image: Tensor) -> dict[str, Tensor]:
        return self.out


def truth(confidence: float) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """A batch of one 4 x 4 page in three colours, and logits that are right with this confidence."""
    g = torch.Generator().manual_seed(1)
    batch = {
        "image": torch.zeros(1, 3, 4, 4, dtype=torch.uint8),
        "masks": torch.rand(1, 2, 4, 4, generator=g) > 0.5,
        "colour": torch.randint(0, 3, (1, 4, 4), generator=g).to(torch.uint8),
        "hierarchy": (torch.rand(1, 1, 4, 4, generator=g) > 0.5).to(torch.uint8) * 255,
    }
    one_hot = nn.functional.one_hot(batch["colour"].long(), 3).permute(0, 3, 1, 2)
    logits = {
        "masks": (batch["masks"].float() * 2 - 1) * confidence,
        "colour": one_hot.float() * confidence,
        "hierarchy": (batch["hierarchy"].float() / 127.5 - 1) * confidence,
    }
    return batch, logits


def test_the_perfect_reading_costs_nothing_and_the_worst_most() -> None:
    objective, noise = EncoderObjective(), torch.Generator()
    scores = []
    for confidence in (40.0, 1.0, 0.0, -1.0, -40.0):
        batch, logits = truth(confidence)
        scores.append(objective(Given(logits).eval(), batch, noise)["loss"].item())
    assert scores[0] == pytest.approx(0, abs=1e-6)
    assert scores == sorted(scores)


def test_the_loss_is_the_weighted_sum_of_its_terms() -> None:
    batch, logits = truth(0.0)
    found = EncoderObjective(Weights(dice=2.0, colour=0.25, hierarchy=3.0))(
        Given(logits).eval(), batch, torch.Generator()
    )
    assert found["cross_entropy"].item() == pytest.approx(math.log(3))
    assert found["mse"].item() == 0.25
    total = 2 * (found["dice_text"] + found["dice_image"]) + 0.25 * found["cross_entropy"] + 3 * found["mse"]
    assert found["loss"].item() == pytest.approx(total.item())


def test_a_coarse_colour_map_is_scored_against_one_pixel_of_each_block() -> None:
    """The four draws cover the page; a whole map is left as it is."""
    page = torch.arange(32, dtype=torch.uint8).reshape(2, 4, 4)
    draws = [sampled(page, (2, 2), torch.Generator().manual_seed(seed)) for seed in range(60)]
    first = {tuple(draw[0].flatten().tolist()) for draw in draws}
    assert first == {(0, 2, 8, 10), (1, 3, 9, 11), (4, 6, 12, 14), (5, 7, 13, 15)}
    assert sampled(page, (4, 4), torch.Generator()) is page
