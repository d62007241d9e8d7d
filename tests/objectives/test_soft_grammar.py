"""Grammar of boxes: the scores of design.grammar, with a slope."""

import pytest
import torch

from tests.objectives.small_drawing import boxes, sheets
from unrender.data.boxes import PICTURE, SURFACE, TEXT
from unrender.design import grammar
from unrender.design.grammar import Mark
from unrender.objectives import soft_grammar as soft

SHEET = sheets(1, 4)


def marks(*frames: tuple[float, float, float, float]) -> list[Mark]:
    """Texts at left, top, right, bottom."""
    boxes = [(left + 0.0, top + 0.0, right - left + 0.0, bottom - top + 0.0) for left, top, right, bottom in frames]
    return [Mark(box, True, 1.0, 1.0, 7.0, True) for box in boxes]


def test_shared_lines_score_one_and_others_what_is_left():
    frames = (70, 10, 150, 20), (70, 40, 120, 50), (70, 80, 180, 90)
    page = boxes((SURFACE, 3, 64, 0, 192, 256), *((TEXT, 5, *frame) for frame in frames))
    assert soft.alignment(page, SHEET).item() == pytest.approx(grammar.alignment(marks(*frames), 128)) == 1
    moved = boxes((TEXT, 5, 70, 10, 150, 20), (TEXT, 5, 70 + 0.02 * 128, 40, 190, 50))
    assert soft.alignment(moved, SHEET).item() == pytest.approx(1 / 2)  # a tolerance apart


@pytest.mark.parametrize(
    "frames",
    [
        [(70, 10, 180, 60)],
        [(64, 0, 192, 30), (64, 226, 192, 256)],
        [(70, 10, 120, 60), (130, 90, 190, 120), (80, 180, 150, 240)],
    ],
)
def test_whitespace_is_nearly_that_of_the_page(frames):
    page = boxes(*((PICTURE, 5, *frame) for frame in frames))
    moved = marks(*((left - 64, top, right - 64, bottom) for left, top, right, bottom in frames))
    assert soft.whitespace(page, SHEET).item() == pytest.approx(grammar.whitespace(moved, 128, 256), abs=0.05)


def test_going_uphill_raises_the_score():
    g = torch.Generator().manual_seed(0)
    start = torch.rand(6, 2, generator=g) * torch.tensor([60.0, 200.0]) + torch.tensor([70.0, 10.0])
    size = torch.rand(6, 2, generator=g) * torch.tensor([50.0, 30.0]) + 8
    rows = [
        (TEXT, 5 + i % 3, *corner, *(corner + span)) for i, (corner, span) in enumerate(zip(start, size, strict=True))
    ]
    page = boxes((SURFACE, 3, 64, 0, 192, 256), *rows)
    for name in ("alignment", "whitespace"):
        edges = page.edges.detach().clone().requires_grad_()
        before = None
        for _ in range(20):
            score = soft.soft_grammar(page._replace(edges=edges), SHEET)[name]
            before = score.item() if before is None else before
            (pull,) = torch.autograd.grad(score, edges)
            edges = (edges + 0.3 * pull.sign()).detach().requires_grad_()
        assert score.item() > before, name
