"""Grammar read off maps: a page drawn by hand scores what its boxes score; and true maps give nearly the labels."""

import numpy as np
import pytest

from unrender.data.measured import MEASURED, SCORED, SIZES, measured
from unrender.data.packed_maps import packed
from unrender.design import grammar
from unrender.design.grammar import NAMES, Mark
from unrender.design.swatches import COLOUR_ID, contrast_ratio

WEIGHTS = 0.4, 1.0  # of body and title
SEEN = 0.41, 0.97, 0.4  # nearly those


def page_of(boxes, ink="slate", ground="white") -> np.ndarray:
    """Texts of one colour on a page that fills its frame; boxes are left, top, width, height."""
    masks, colour = np.zeros((1, 2, 256, 256), bool), np.full((1, 256, 256), COLOUR_ID[ground], np.uint8)
    weight = np.zeros((1, 256, 256), np.uint8)
    for number, (left, top, width, height) in enumerate(boxes):
        place = np.s_[..., top : top + height, left : left + width]
        masks[:, 0][place], colour[place], weight[place] = True, COLOUR_ID[ink], round(255 * SEEN[number])
    return packed(masks, colour, weight)


@pytest.mark.parametrize("boxes", [[(20, 20, 100, 30), (20, 80, 60, 10)], [(20, 20, 100, 30), (33, 80, 60, 10)]])
def test_boxes_are_found_and_scored(boxes):
    ratio = contrast_ratio("slate", "white")
    marks = [
        Mark((float(left), float(top), float(wide), float(high)), True, weight, float(high), ratio, True)
        for (left, top, wide, high), weight in zip(boxes, WEIGHTS, strict=True)
    ]
    expected = grammar.scores(marks, 256, 256)
    names = (*NAMES, "alignment", "whitespace")
    assert measured(page_of(boxes))[0, :SCORED].tolist() == pytest.approx([expected[name] for name in names], abs=1e-6)


def test_what_is_thin_has_no_edges():
    """A strip beside a text shifts its box; alignment and whitespace are those of what is solid, and those of all are
    said beside them."""
    boxes = [(20, 20, 100, 30), (20, 80, 60, 10)]
    clean, frayed = measured(page_of(boxes))[0], measured(page_of([*boxes, (200, 120, 6, 40)])[:])[0]
    solid = [NAMES.index(name) for name in ("alignment", "whitespace")]
    assert frayed[solid].tolist() == pytest.approx(clean[solid].tolist())
    assert np.abs(frayed[[4, 5]] - clean[[4, 5]]).min() > 0.01


def test_specks_and_empty_pages_do_no_harm():
    clean = page_of([(20, 20, 100, 30), (20, 80, 60, 10)])
    specked = clean.copy()
    specked[0, 0, 200, 200] |= 32
    assert measured(specked).tolist() == measured(clean).tolist()
    nothing = [0.5] * SCORED + [0.0] * len(SIZES)
    assert measured(np.zeros((2, 2, 256, 256), np.uint8)).tolist() == [nothing] * 2
    assert measured(np.zeros((0, 2, 256, 256), np.uint8)).shape == (0, MEASURED)
    assert np.isfinite(measured(page_of([]))).all()


def test_controls_do_not_compete_with_copy():
    """A button's weight, however small its letters, says nothing of the hierarchy."""
    page = page_of([(20, 20, 100, 30), (20, 80, 60, 10)])
    page[0, 1][page[0, 1] == round(255 * SEEN[1])] = round(255 * 0.75)
    assert measured(page)[0, 3] == 1


def test_sizes_of_two_texts_by_hand():
    """A body text of 100 x 30 px and a title of 60 x 10."""
    found = dict(zip(SIZES, measured(page_of([(20, 20, 100, 30), (20, 80, 60, 10)]))[0, SCORED:].tolist(), strict=True))
    low, high = np.log(10), np.log(30)
    assert found == pytest.approx(
        {
            "texts": np.log(3),
            "mean height": (low + high) / 2,
            "spread of heights": (high - low) / 2,
            "greatest height": high,
            "least height": low,
            "mean weight": 0.7,
            "spread of weights": 0.3,
            "greatest weight": 1.0,
            "least weight": 0.4,
            "height of the largest": high,
            "weight of the largest": 0.4,
            "weight of the tallest": 0.4,
            "width of the tallest": 100 / 256,
            "height of the weightiest": low,
        },
        abs=1e-6,
    )
