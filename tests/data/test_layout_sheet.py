"""Pages beside their section layouts: the page, the true one, the one that was read."""

import numpy as np
import pytest
from PIL import Image

from tests.data.section_pages import LAYOUT, SIZE
from unrender.data.layout_sheet import GAP, GROUND, ZOOM, layout_sheet
from unrender.render.frame import SIZE as FRAME
from unrender.render.frame import fit
from unrender.render.wireframe import wireframe

SIDE = ZOOM * FRAME + 2 * GAP
NOTHING = {"structure": [], "props": {}}


def frame(size: tuple[int, int], colour: str) -> np.ndarray:
    return np.asarray(fit(Image.new("RGB", size, colour))[0]).transpose(2, 0, 1)


def tile(sheet: Image.Image, row: int, column: int) -> np.ndarray:
    left, top = column * SIDE, row * SIDE
    return np.asarray(sheet.crop((left, top, left + SIDE, top + SIDE)))


@pytest.fixture(scope="module")
def sheet() -> Image.Image:
    wide = (400, 100)
    return layout_sheet([(frame(SIZE, "red"), SIZE, LAYOUT, NOTHING), (frame(wide, "blue"), wide, NOTHING, NOTHING)])


def test_a_band_for_each_page(sheet):
    assert sheet.size == (3 * SIDE, 2 * SIDE)


def test_the_page_is_shown_in_its_own_shape_and_without_the_artboard(sheet):
    for row, colour, share in ((0, (255, 0, 0), 1 / 2), (1, (0, 0, 255), 1 / 4)):
        seen = tile(sheet, row, 0)
        page = (seen == colour).all(2)
        assert page.sum() == share * (ZOOM * FRAME) ** 2
        assert (seen[~page] == GROUND).all()


def test_truth_stands_before_what_was_read(sheet):
    true, read, empty = tile(sheet, 0, 1), tile(sheet, 0, 2), wireframe(NOTHING, *SIZE, ZOOM * FRAME)
    drawn = wireframe(LAYOUT, *SIZE, ZOOM * FRAME)
    for seen, expected in ((true, drawn), (read, empty)):
        left, top = (SIDE - expected.width) // 2, (SIDE - expected.height) // 2
        inside = seen[top : top + expected.height, left : left + expected.width]
        assert (inside == np.asarray(expected.convert("RGB"))).all()
    assert (np.asarray(drawn) != np.asarray(empty)).any()
