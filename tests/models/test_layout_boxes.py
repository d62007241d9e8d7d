"""Elements of a page as the search for boxes sees them, and what it knows of their boxes."""

import torch

from unrender.models.layout_boxes import Elements, Start, beside, hulls, put, taken, taught
from unrender.models.layout_looks import KIN, bounds, centred

PARENT = torch.tensor([[0, 0, 1, 2, 2, 1, 0, 0]])
STARTS = torch.tensor([[False, True, False, True, True, True, False, False]])
"""root > section (1) > [div (2, merged) > [3, 4], 5]; 6 and 7 are no elements."""


def elements():
    return Elements.of(STARTS, PARENT)


def test_elements_follow_the_page_in_the_order_of_the_document():
    found = elements()
    assert found.nodes.tolist() == [[0, 1, 3, 4, 5]]
    assert found.real.tolist() == [[False, True, True, True, True]]
    assert found.around.tolist() == [[0, 0, 1, 1, 1]]
    assert found.depth.tolist() == [[0, 1, 2, 2, 2]]
    assert found.within.tolist() == [[0, 0, 1, 1, 1, 1, 0, 0]]


def test_shorter_pages_are_filled_up_with_the_page_itself():
    both = Elements.of(torch.cat([STARTS, torch.zeros_like(STARTS)]), PARENT.repeat(2, 1))
    assert both.nodes[1].tolist() == [0] * 5
    assert not both.real[1].any() and both.depth[1].tolist() == [0] * 5


def test_an_element_far_below_merged_nodes_knows_what_is_around_it():
    parent = [0, 0, 1, 2, 2, *range(4, 104)]  # section > div > (img, a hundred nested nodes, the last an element)
    starts = torch.zeros(1, len(parent), dtype=torch.bool)
    starts[0, [1, 3, len(parent) - 1]] = True
    assert Elements.of(starts, torch.tensor([parent])).around.tolist() == [[0, 0, 1, 1]]


def test_kin():
    names = [[KIN[j] for j in row] for row in elements().kin[0].tolist()]
    assert names == [
        ["self", "stranger", "stranger", "stranger", "stranger"],
        ["stranger", "self", "inside", "inside", "inside"],
        ["stranger", "around", "self", "next", "younger"],
        ["stranger", "around", "previous", "self", "next"],
        ["stranger", "around", "elder", "previous", "self"],
    ]


def test_levels_hold_each_element_once():
    levels = [level[0].tolist() for level in elements().levels()]
    assert levels == [[1], [2, 3, 4]]


BOXES = torch.tensor([[[0.5, 0.5, 1, 1], [0.5, 0.5, 0.8, 0.8], [0.3, 0.3, 0.2, 0.2], [0.5, 0.6, 0.2, 0.4], [0.7] * 4]])
BOXES[0, 4, 2:] = 0.1


def test_hulls_span_what_lies_inside():
    found = hulls(BOXES, elements())
    low, high = bounds(found[:, 1:2])
    assert torch.allclose(low, torch.tensor([0.2, 0.2])) and torch.allclose(high, torch.tensor([0.75, 0.8]))
    assert torch.equal(found[0, 2:], BOXES[0, 2:])  # nothing inside


def test_neighbours():
    before, after = beside(BOXES, elements().kin)
    assert torch.equal(before[0], BOXES[0, [0, 1, 2, 2, 3]])
    assert torch.equal(after[0], BOXES[0, [0, 1, 3, 4, 4]])


def test_a_search_starts_in_the_box_around_or_at_a_box_that_is_trusted():
    outer = torch.tensor([[[0.5, 0.5, 0.5, 0.5]] * 2])
    place = torch.tensor([[[0.0, 1.0, 0.5, 0.2]] * 2])
    noisy = torch.full((1, 2, 4), 0.3)
    found = Start(torch.zeros(1, 2, 8), place, noisy, torch.tensor([[0.0, 1.0]])).within(outer)
    assert torch.allclose(found[0, 0], torch.tensor([0.375, 0.7, 0.25, 0.1]))
    assert torch.allclose(found[0, 1], noisy[0, 1])


def test_taught_boxes_are_near_the_true_ones_and_unknown_ones_are_the_page():
    torch.manual_seed(0)
    page = torch.tensor([[0.5, 0.5, 0.9, 0.8]])
    box = torch.tensor([[[0.2, 0.3, 0.4, 0.5]] * 400])
    placed = torch.arange(400)[None] < 399
    found = taught(box, placed, page)
    low, _ = bounds(found[:, :399])
    assert 0 < (low - torch.tensor([0.2, 0.3])).abs().median() < 4 / 256
    assert torch.equal(found[0, 399], page[0])
    assert (found[..., 2:] > 0).all()


def test_put_is_the_way_back_of_taken():
    which = torch.tensor([[4, 2]])
    moved = put(BOXES, which, taken(BOXES, which) + 1)
    assert torch.equal(moved[0, [4, 2]], BOXES[0, [4, 2]] + 1) and torch.equal(moved[0, :2], BOXES[0, :2])
    low, high = bounds(BOXES)
    assert torch.allclose(centred(low, high), BOXES)
