"""The arms are what they claim to be."""

import numpy as np
import pytest

from tests.evaluation.drawing import draw_batch
from unrender.design.swatches import RGB, SWATCHES
from unrender.evaluation.floors import best_cut, fit_floors, flat_colour
from unrender.evaluation.heuristic import fit_heuristic, nearest_swatch
from unrender.evaluation.metrics.maps import OUTSIDE, overlap


@pytest.fixture(scope="module")
def train():
    return [draw_batch(seed=1, n=16), draw_batch(seed=2, n=16)]


def test_constant_text_scores_the_share_of_text(train, batch):
    found = fit_floors(train).tallies(batch)["constant"]["text_iou"].value
    page = batch.true.colour != OUTSIDE
    assert found == pytest.approx(batch.true.text[page].mean())


def test_constant_hierarchy_scores_the_variance_on_train(train):
    floors = fit_floors(train)
    values = np.concatenate([b.true.hierarchy[b.true.colour != OUTSIDE] for b in train])
    over = sum(floors.tallies(b)["constant"]["hierarchy_mse"].over.sum() for b in train)
    assert over / len(values) == pytest.approx(values.var(), rel=1e-4)


def test_flat_page_takes_each_pages_own_colour(batch):
    flat = flat_colour(batch.true.colour)
    for page, true in zip(flat, batch.true.colour, strict=True):
        counts = np.bincount(true[true != OUTSIDE])
        assert (page == counts.argmax()).all()


def test_blind_arms_ignore_the_image(train, batch):
    floors = fit_floors(train)
    dark = type(batch)(batch.rows, np.zeros_like(batch.images), batch.true)
    for arm in ("constant", "mean_map", "flat_page"):
        for name, tally in floors.tallies(batch)[arm].items():
            assert tally.value == floors.tallies(dark)[arm][name].value
    assert floors.tallies(batch)["heuristic"]["text_iou"].value != floors.tallies(dark)["heuristic"]["text_iou"].value


def test_heuristic_finds_busy_stripes_and_pictures(train, batch):
    maps = fit_heuristic(train)(batch.images)
    page = batch.true.colour != OUTSIDE
    assert overlap(maps.image, batch.true.image, page).value > 0.5
    assert overlap(maps.text, batch.true.text, page).value > 0.3
    assert not (maps.text & maps.image).any()


def test_best_cut_by_hand():
    # shares 1, 1/2, 0 on pages seen twice: {first} gives 2/3, {first, second} 3/4, all 3/6
    hits, page = np.array([[2.0, 1.0, 0.0]]), np.full((1, 3), 2.0)
    np.testing.assert_array_equal(best_cut(hits, page), [[True, True, False]])


def test_nearest_swatch_knows_every_swatch():
    pixels = np.array([[[RGB[name] for name in SWATCHES[1:]]]], np.uint8)
    np.testing.assert_array_equal(nearest_swatch(pixels)[0, 0], np.arange(1, len(SWATCHES)))
