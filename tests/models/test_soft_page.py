"""Soft pages: like the painted ones, and with a slope that says what a change would do."""

import numpy as np
import pytest
import torch

from tests.objectives.small_drawing import boxes, sheets, small_decoder, small_reward
from unrender.data.boxes import PICTURE, SURFACE, TEXT, Box, painted
from unrender.data.cells import PALETTE
from unrender.models.box_decoder import as_boxes
from unrender.models.soft_page import expected_page, painted_softly, soft_boxes, soft_shares, stacking

ROWS = (
    (SURFACE, 3, 64, 0, 192, 256),
    (SURFACE, 7, 80, 40, 180, 120),
    (PICTURE, 11, 90, 140, 170, 220),
    (TEXT, 15, 90, 60, 170, 80),
)


def test_a_soft_page_is_the_painted_one_but_for_its_edges():
    soft = painted_softly(boxes(*ROWS), sheets(1, 4))
    hard = painted([Box(kind, *map(int, edges), colour) for kind, colour, *edges in ROWS], [64, 0, 192, 256])
    inner = np.ones((256, 256), bool)
    for _, _, left, top, right, bottom in ROWS:
        near = np.zeros_like(inner)
        near[max(0, top - 8) : bottom + 8, max(0, left - 8) : right + 8] = True
        near[top + 8 : max(top + 8, bottom - 8), left + 8 : right - 8] = False
        inner &= ~near
    assert inner.mean() > 0.5
    apart = np.abs(soft.image[0].numpy() - hard.image).max(0)
    assert apart[inner].max() < 0.02
    assert np.abs(soft.masks[0].numpy() - hard.masks).mean() < 0.02
    assert soft.masks[0, 0, 70, 130] > 0.95 and soft.masks[0, 1, 180, 130] > 0.95


def test_what_grows_shows_more():
    page = boxes(*ROWS)
    page.edges.requires_grad_()
    painted_softly(page, sheets(1, 4)).masks[:, 1].sum().backward()
    left, top, right, bottom = page.edges.grad[0, 2]
    assert left < -50 and top < -50 and right > 50 and bottom > 50  # some 80 px along each side
    assert page.edges.grad[0, 1].abs().max() < 1e-3  # a surface is no picture


def test_how_much_of_the_page_texts_and_pictures_cover():
    found = soft_shares(boxes(*ROWS, (TEXT, 15, 90, 140, 170, 160)), sheets(1, 5))[0]
    assert found.tolist() == pytest.approx([2 * 80 * 20 / (128 * 256), 80 * 80 / (128 * 256)], rel=0.01)


def test_the_larger_lie_deeper_and_texts_on_top():
    assert stacking(boxes(*ROWS)).tolist() == [[0, 1, 2, 3]]
    assert stacking(boxes(*ROWS[::-1])).tolist() == [[3, 2, 1, 0]]


def test_what_is_drawn_becomes_sure_boxes_of_its_number():
    kind, colour = torch.tensor([[SURFACE, TEXT, PICTURE]]), torch.tensor([[3, 7, 11]])
    box = torch.tensor([[[0.0, 0.0, 1.0, 1.0], [0.25, 0.5, 0.75, 0.6], [0.0, 0.0, 0.5, 0.5]]])
    found = soft_boxes(as_boxes(kind, colour, box), sheets(1, boxes=2))
    assert found.kind[0, :2].argmax(1).tolist() == [SURFACE, TEXT] and found.kind[0, :2].amax() > 0.99
    assert found.colour[0, :2].argmax(1).tolist() == [3, 7]
    assert found.edges[0, 1].tolist() == pytest.approx([96, 128, 160, 153.6])
    assert not found.kind[0, 2].any() and not found.colour[0, 2].any()


def test_the_expected_page_has_a_finite_slope_where_all_is_flat():
    cells = torch.full((1, 8, 8, 8), 0.5, requires_grad=True)
    page = expected_page(small_reward().refiner, cells)
    assert page.shape == (1, 3, 64, 64) and page.min() >= 0 and page.max() <= PALETTE.max() / 255
    page.square().sum().backward()
    assert cells.grad.isfinite().all() and cells.grad.abs().sum() > 0


@pytest.mark.parametrize("space", ["boxes", "structure", "pixel"])
def test_every_space_has_a_likeness_with_a_slope(space):
    decoder, reward = small_decoder(space), small_reward()
    drawn = torch.randn(1, *decoder.shape, generator=torch.Generator().manual_seed(0)).clamp(-1, 1).requires_grad_()
    page = reward.likeness(decoder, drawn, sheets(1))
    assert page.shape == (1, 3, 256, 256)
    page[..., 64:192].square().mean().backward()
    assert drawn.grad.isfinite().all() and drawn.grad.abs().sum() > 0
