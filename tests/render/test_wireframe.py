"""Wireframes: every type has a sign, what is drawn lies where it should, and nothing covers the page's content."""

import numpy as np
import pytest
from PIL import Image

from unrender.design.sections import LAYOUT_TYPES
from unrender.render.wireframe import ink_map, over, wireframe
from unrender.render.wireframe_signs import GROUP_OF, LOOKS


def layout(*elements):
    return {"structure": [{"type": kind, "box": box, "children": []} for kind, box in elements], "props": {}}


def test_every_type_has_a_look_and_a_group():
    assert set(LOOKS) == set(GROUP_OF) == set(LAYOUT_TYPES)


@pytest.mark.parametrize("kind", LAYOUT_TYPES)
@pytest.mark.parametrize("box", [[20, 30, 60, 40], [20, 30, 60, 0.4], [20, 30, 0, 0], [-30, -30, 400, 10]])
def test_every_type_can_be_drawn_at_any_size(kind, box):
    page = layout((kind, box))
    drawn = np.asarray(wireframe(page, 100, 100, labels=False))
    marked = np.asarray(over(Image.new("RGB", (100, 100), "white"), page))
    assert marked.shape[0] > 100
    if box[3] == 40:
        assert (drawn[29:72, 19:82] < 255).any()
        drawn = drawn.copy()
        drawn[29:72, 19:82] = 255
        assert (drawn == 255).all()


def test_small_boxes_between_pixels_can_be_drawn():
    ground, sizes = Image.new("RGB", (40, 40), "white"), np.arange(1, 14, 0.75).tolist()
    for kind in ("masonry", "section", "button"):
        page = layout(*((kind, [10.25, 12.3, wide, high]) for wide in sizes for high in sizes))
        for width in (40, 28, 20):
            assert np.asarray(over(ground, page, width)).min() < 200
        assert np.asarray(wireframe(page, 40, 40, 57, labels=False)).min() < 255


def test_every_type_has_a_drawing_of_its_own():
    box = [10, 10, 80, 80]
    drawn = {kind: wireframe(layout((kind, box)), 100, 100, labels=False).tobytes() for kind in LAYOUT_TYPES}
    containers = {drawn[kind] for kind in ("section", "grid", "column")}
    assert len(containers) == 1 and len(set(drawn.values())) == len(LAYOUT_TYPES) - 2


def test_names_tell_containers_apart():
    named = {kind: wireframe(layout((kind, [10, 10, 80, 80])), 100, 100).tobytes() for kind in LAYOUT_TYPES}
    assert len(set(named.values())) == len(LAYOUT_TYPES)


def test_sizes():
    assert wireframe(layout(), 300, 150).size == (300, 150)
    assert wireframe(layout(), 300, 150, size=100).size == (100, 50)
    assert wireframe(layout(), 1000, 1, size=100).size == (100, 1)
    assert ink_map(layout(), 300, 150).shape == (128, 256)


def test_elements_without_a_box_are_left_out():
    inside = {"type": "grid", "children": [{"type": "image", "box": [10, 10, 50, 50], "children": []}]}
    with_grid, without = ({"structure": tree} for tree in ([inside], inside["children"]))
    assert wireframe(with_grid, 100, 100).tobytes() == wireframe(without, 100, 100).tobytes()


def test_ink_by_hand():
    ink = ink_map(layout(("grid", [0, 0, 256, 256]), ("heading", [64, 64, 32, 16])), 256, 256)
    assert ink[70, 80] == LOOKS["heading"].strength and ink[0, 0] == ink[255, 255] == LOOKS["grid"].strength
    assert (ink == LOOKS["heading"].strength).sum() == 32 * 16
    assert ink[128, 128] == 0


def test_the_overlay_keeps_the_resolution_and_puts_the_legend_below():
    screenshot = Image.new("RGB", (400, 300), (20, 30, 40))
    empty, drawn = over(screenshot, layout()), over(screenshot, layout(("button", [50, 50, 60, 30])), page_width=200)
    assert drawn.width == 400 and drawn.height > 300
    before, after = np.asarray(empty)[:300], np.asarray(drawn)[:300]
    changed = np.argwhere((before != after).any(-1))
    assert changed.min(0)[0] >= 60 and changed.max(0)[0] <= 165  # scaled by two; the name stands above
    assert changed.min(0)[1] >= 95 and changed.max(0)[1] <= 225


def test_the_screenshot_is_not_touched():
    screenshot = Image.new("RGB", (50, 50), (20, 30, 40))
    over(screenshot, layout(("image", [0, 0, 50, 50])))
    assert screenshot.getpixel((10, 10)) == (20, 30, 40)
