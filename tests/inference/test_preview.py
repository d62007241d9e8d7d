"""A compiled page as a picture: as wide as asked within bounds, as high as its content."""

import numpy as np
import pytest

from unrender.design.languages import foreign, own
from unrender.inference.preview import WIDTH, preview

CODE = (
    "poster { theme { palette-linen, font-lato, scale-3, space-even, corner-soft } section-plain { row-1 { column {"
    " heading-1, text-2, button-primary } } } }"
)


@pytest.mark.parametrize(("asked", "wide"), [(1, 400), (400, 400), (600, 600), (5000, WIDTH)])
def test_width_is_that_of_the_screenshot_within_bounds(asked, wide):
    canvas = (400, 560)
    picture = preview(own().compiled(CODE, canvas), canvas, asked)
    assert picture.mode == "RGB"
    assert picture.size == (wide, round(560 * wide / 400))
    assert len(np.unique(np.asarray(picture).reshape(-1, 3), axis=0)) > 10


def test_a_page_grows_with_its_content():
    canvas = (400, 40)
    assert preview(own().compiled(CODE, canvas), canvas, 400).height > 100


def test_pages_of_pix2code_are_whole():
    canvas = foreign().canvas("header", (2400, 1380))
    page = foreign().compiled("header { btn-active } row { single { text, btn-green } }", canvas)
    assert preview(page, canvas, 2400).size == (WIDTH, 460)
