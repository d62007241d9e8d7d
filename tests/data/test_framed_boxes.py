"""Boxes of a page in the frame, and back."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.data.section_pages import by_hand
from unrender.data.framed_boxes import framed, unframed
from unrender.data.layout_pages import inputs
from unrender.render.frame import SIZE as FRAME

sides = st.integers(1, 5000)
numbers = st.floats(-3000, 3000, allow_nan=False)


@given(st.lists(st.tuples(numbers, numbers, numbers, numbers), min_size=1, max_size=5), sides, sides)
def test_into_the_frame_and_back(boxes, width, height):
    before = np.array(boxes)
    assert unframed(framed(before, (width, height)), (width, height)) == pytest.approx(before, abs=1e-6)


@given(sides, sides)
def test_the_whole_page_is_what_the_frame_shows_of_it(width, height):
    (box,) = framed(np.array([[0.0, 0.0, width, height]]), (width, height))
    at = inputs(by_hand().document, (width, height))["page"]
    assert box[:2] == pytest.approx(at[:2], abs=1e-6)
    assert box[:2] + box[2:] == pytest.approx(at[2:], abs=1 / FRAME)  # a whole pixel at least
