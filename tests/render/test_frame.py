"""The frame: fit, place and embed agree on where a page lies."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from unrender.render.frame import ARTBOARD, SIZE, embed, find_page, fit, place

SIDES = st.integers(1, 1500)


@given(SIDES, SIDES)
def test_a_page_lies_centred_inside(width, height):
    at = place(width, height)
    left, top, right, bottom = at.box
    assert left >= 0 and top >= 0 and right <= SIZE and bottom <= SIZE
    assert abs(left - (SIZE - right)) <= 1 and abs(top - (SIZE - bottom)) <= 1
    assert max(at.width, at.height) == SIZE


@given(st.integers(1, 400), st.integers(1, 400))
def test_fit_puts_the_page_where_place_says(width, height):
    framed, at = fit(Image.new("RGB", (width, height), (255, 0, 0)))
    pixels = np.asarray(framed)
    left, top, right, bottom = at.box
    assert (pixels[top:bottom, left:right] == [255, 0, 0]).all()
    outside = np.ones((SIZE, SIZE), bool)
    outside[top:bottom, left:right] = False
    assert (pixels[outside] == ARTBOARD).all()


@given(st.integers(1, SIZE))
def test_embed_agrees_with_fit(height):
    """A page already at frame scale lands on the same pixels either way."""
    page = np.full((height, SIZE, 3), 9, np.uint8)
    assert (embed(page, ARTBOARD) == np.asarray(fit(Image.fromarray(page))[0])).all()


def test_embed_cuts_what_is_too_large():
    assert embed(np.ones((300, 300), np.uint8), 0).sum() == SIZE * SIZE


def test_the_page_is_found_in_its_frame():
    page = Image.new("RGB", (100, 200), (250, 250, 250))
    frame, at = fit(page)
    found = find_page(np.asarray(frame))
    rows, columns = np.flatnonzero(found.any(1)), np.flatnonzero(found.any(0))
    assert (columns[0], rows[0], columns[-1] + 1, rows[-1] + 1) == at.box
    assert not find_page(np.full((256, 256, 3), ARTBOARD, np.uint8)).any()
