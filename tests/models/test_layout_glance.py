"""What is seen within boxes: where its parts look, and what they say."""

import pytest
import torch

from tests.models.waking import awake
from unrender.models.layout_glance import RIM, STRIPS, Glance, strips
from unrender.models.layout_looks import PROFILE

BOX = torch.tensor([[[0.5, 0.5, 0.75, 0.375]]])
"""96 of 128 places wide, 24 of 64 rows high, in the middle."""


def glance() -> Glance:
    torch.manual_seed(0)
    return awake(Glance(16, 4)).eval()


def test_strips_are_the_thirds_of_a_box_and_its_rims():
    low, high = torch.tensor([[0.125]]), torch.tensor([[0.875]])
    found = strips(low, high, 128)[0, 0]
    assert found.shape == (STRIPS, 128)
    assert found.sum(1).tolist() == pytest.approx([1] * STRIPS)
    places = (torch.arange(128) + 0.5) / 128
    middles = (found * places).sum(1).tolist()
    assert middles == pytest.approx([0.25, 0.5, 0.75, 0.125 + RIM / 2, 0.875 - RIM / 2], abs=0.01)


def test_rims_of_a_small_box_end_in_its_middle():
    found = strips(torch.tensor([[0.5]]), torch.tensor([[0.5 + RIM / 2]]), 1280)[0, 0]
    places = (torch.arange(1280) + 0.5) / 1280
    first, last = (found[3:] * places).sum(1).tolist()
    assert first == pytest.approx(0.5 + RIM / 8, abs=0.005) and last == pytest.approx(0.5 + 3 * RIM / 8, abs=0.005)


@pytest.mark.parametrize(("row", "column", "counts"), [(32, 64, True), (22, 18, True), (42, 108, True), (2, 3, False)])
def test_what_stands_in_the_box_counts_and_what_stands_beside_it_does_not(row, column, counts):
    model, x, page = glance(), torch.zeros(1, 1, 16), torch.zeros(1, 64, 128, PROFILE)
    other = page.clone()
    other[0, row, column] = 5
    with torch.no_grad():
        moved = (model(x, BOX, other) - model(x, BOX, page)).abs().max()
    assert bool(moved > 1e-3) == counts


def test_an_untrained_glance_says_nothing():
    torch.manual_seed(0)
    said = Glance(16, 4)(torch.randn(2, 3, 16), torch.rand(2, 3, 4), torch.randn(2, 64, 128, PROFILE))
    assert said.shape == (2, 3, 4) and not said.any()
