"""Boxes out of maps, and pages out of boxes, by hand; and there and back."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.data.labelled_pages import write_labelled
from unrender.data.boxes import (
    ELLIPSE,
    INK,
    MOST,
    PICTURE,
    SURFACE,
    TEXT,
    WEDGE,
    Box,
    BoxDataset,
    boxes_of,
    painted,
)
from unrender.design.swatches import RGB, SWATCHES

WHITE, RED, INKED = (SWATCHES.index(name) for name in ("white", "red", "ink"))
FRAME = (0, 32, 256, 224)


def blank() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Text, picture and colour of a white page at FRAME."""
    colour = np.zeros((256, 256), np.uint8)
    colour[32:224] = WHITE
    return np.zeros((256, 256), bool), np.zeros((256, 256), bool), colour


def test_a_page_without_anything_is_one_surface():
    assert boxes_of(*blank()) == [Box(SURFACE, 0, 32, 256, 224, WHITE)]


def test_no_page_no_boxes():
    text, picture, colour = blank()
    assert boxes_of(text, picture, 0 * colour) == []


def test_a_card_with_two_lines():
    text, picture, colour = blank()
    colour[64:128, 40:140] = RED
    for rows, columns in ((slice(70, 78), slice(48, 130)), (slice(78, 86), slice(48, 100))):
        text[rows, columns] = True
        colour[rows, columns] = INKED
    assert boxes_of(text, picture, colour) == [
        Box(SURFACE, 0, 32, 256, 224, WHITE),
        Box(SURFACE, 40, 64, 140, 128, RED),
        Box(TEXT, 48, 70, 130, 78, INKED),
        Box(TEXT, 48, 78, 100, 86, INKED),
    ]


def test_shapes_within_a_picture():
    text, picture, colour = blank()
    picture[100:160, 50:170] = True
    colour[100:160, 50:170] = INKED
    y, x = np.mgrid[:256, :256]
    colour[(y - 130) ** 2 + (x - 80) ** 2 < 20**2] = RED
    colour[(np.abs(x + 0.5 - 140) < (y + 0.5 - 110) / 2) & (y < 150)] = WHITE
    found = boxes_of(text, picture, colour)
    assert [box.kind for box in found] == [SURFACE, PICTURE, WEDGE, ELLIPSE] or [box.kind for box in found] == [
        SURFACE, PICTURE, ELLIPSE, WEDGE,
    ]  # fmt: skip
    assert Box(PICTURE, 50, 100, 170, 160, INKED) in found
    ellipse = next(box for box in found if box.kind == ELLIPSE)
    assert (ellipse.left, ellipse.right, ellipse.colour) == (61, 100, RED)


def test_of_too_many_the_smallest_are_left_out():
    text, picture, colour = blank()
    for number in range(100):
        row, column = 40 + number // 10 * 18, 4 + number % 10 * 25
        colour[row : row + 8, column : column + 3 + number // 10] = RED
    found = boxes_of(text, picture, colour)
    assert len(found) == MOST
    assert min(box.area for box in found) >= 8 * 6
    assert [box.top for box in found] == sorted(box.top for box in found)


def test_painted_by_hand():
    boxes = [Box(TEXT, 40, 40, 80, 48, INKED), Box(SURFACE, 0, 32, 256, 224, WHITE), Box(SURFACE, 32, 36, 96, 60, RED)]
    page = painted(boxes, FRAME)
    mixed = np.array(RGB["red"]) + INK * (np.array(RGB["ink"]) - RGB["red"])
    assert page.image[:, 44, 60] * 255 == pytest.approx(mixed, abs=1e-3)
    assert page.image[:, 50, 60] * 255 == pytest.approx(RGB["red"], abs=1e-3)
    assert page.image[:, 100, 60] * 255 == pytest.approx(RGB["white"], abs=1e-3)
    assert page.masks[0].sum() == 40 * 8
    assert not page.masks[1].any()


def test_a_box_beyond_the_page_is_cut_or_left_out():
    page = painted(
        [Box(SURFACE, -20, 0, 300, 64, RED), Box(SURFACE, 10, 230, 60, 250, RED), Box(TEXT, 9, 80, 3, 90, 1)], FRAME
    )
    red = (np.abs(page.image * 255 - np.array(RGB["red"]).reshape(3, 1, 1)) < 1).all(0)
    assert red[32:224].all() and red.sum() == 192 * 256  # the largest surface is the page's own colour
    assert not page.masks.any()


def test_shapes_do_not_leave_their_picture():
    frame = Box(PICTURE, 50, 100, 150, 160, RED)
    page = painted([Box(SURFACE, 0, 32, 256, 224, WHITE), frame, Box(ELLIPSE, 30, 110, 130, 150, INKED)], FRAME)
    inked = (np.abs(page.image * 255 - np.array(RGB["ink"]).reshape(3, 1, 1)) < 1).all(0)
    assert inked.any() and not inked[:, :50].any()
    alone = painted([Box(SURFACE, 0, 32, 256, 224, WHITE), Box(ELLIPSE, 30, 110, 130, 150, INKED)], FRAME)
    assert (np.abs(alone.image * 255 - np.array(RGB["ink"]).reshape(3, 1, 1)) < 1).all(0)[130, 31]


@settings(deadline=None, max_examples=30)
@given(st.data())
def test_there_and_back(data: st.DataObject):
    """Cards in a grid, some with a line of text: what is found is what was painted."""
    drawn = [Box(SURFACE, 0, 32, 256, 224, WHITE)]
    for row, column in {(r, c) for r in range(3) for c in range(3) if data.draw(st.booleans())}:
        top, left = 40 + 60 * row, 8 + 80 * column
        height, width = data.draw(st.integers(24, 50)), data.draw(st.integers(30, 70))
        drawn.append(Box(SURFACE, left, top, left + width, top + height, RED))
        if data.draw(st.booleans()):
            drawn.append(Box(TEXT, left + 5, top + 6, left + width - 5, top + 14, INKED))
    text, picture, colour = blank()
    for box in sorted(drawn, key=lambda box: (box.kind == TEXT, -box.area)):
        colour[box.inside] = box.colour
        text[box.inside] |= box.kind == TEXT
    found = boxes_of(text, picture, colour)
    assert sorted(found) == sorted(drawn)
    assert np.array_equal(painted(found, FRAME).image, painted(drawn, FRAME).image)


def test_what_a_dataset_gives(tmp_path):
    pages = BoxDataset(write_labelled(tmp_path, side=256), "train")
    item = pages[0]
    count = int(item["count"])
    assert item["kind"].shape == item["colour"].shape == (MOST,) and item["box"].shape == (MOST, 4)
    assert 1 <= count <= MOST and not item["box"][count:].any() and not item["colour"][count:].any()
    assert (item["box"] >= 0).all() and (item["box"] <= 1).all()
    assert (item["box"][:count, 2:] > item["box"][:count, :2]).all()
    assert pages.ratio[0] == pytest.approx(
        (item["frame"][3] - item["frame"][1]) / (item["frame"][2] - item["frame"][0])
    )
