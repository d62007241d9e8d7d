"""Which pages are shown, in which order, and what the pictures hold."""

from dataclasses import replace

import numpy as np
import pytest

from tests.data.section_pages import write_sections
from tests.models.small_layout import network
from unrender.data.layout_pages import LayoutDataset
from unrender.design.section_tree import MERGED, Reading
from unrender.evaluation import layout_cases
from unrender.evaluation.layout import SplitReadings, page_of
from unrender.evaluation.layout_cases import (
    draw_drawn_layouts,
    draw_layout_cases,
    page_scores,
    worst_middling_best,
)
from unrender.evaluation.layout_ceilings import box_ceilings
from unrender.evaluation.layout_drawing import CONDITIONS, DrawnPage, DrawParams, arranged, evaluate_drawing
from unrender.evaluation.metrics.tally import Tally


@pytest.fixture(scope="module")
def data(tmp_path_factory) -> LayoutDataset:
    return LayoutDataset(write_sections(tmp_path_factory.mktemp("pages"), 6), "train")


def nothing(truth: Reading) -> Reading:
    return Reading(truth.kinds * 0, truth.owners * 0, np.full_like(truth.boxes, np.nan))


def split(data: LayoutDataset, right: list[int]) -> SplitReadings:
    """The network is right about some pages and says nothing of the others; one floor finds half of all elements."""
    pages = [page_of(data, i) for i in range(len(data.rows))]
    half = []
    for page in pages:
        kinds = page.truth.kinds.copy()
        kinds[page.truth.starts[1::2]] = MERGED
        half.append(replace(page.truth, kinds=kinds, boxes=np.where((kinds > 0)[:, None], page.truth.boxes, np.nan)))
    own = [page.truth if i in right else nothing(page.truth) for i, page in enumerate(pages)]
    arms = {"half": half, "none": [nothing(page.truth) for page in pages]}
    ceilings = {name: tally.value for name, tally in box_ceilings(pages).items() if not tally.empty}
    return SplitReadings(data, pages, own, arms, len(pages), ceilings)


@pytest.fixture
def shown(monkeypatch):
    """The bands that are put on a sheet."""
    seen = []
    draw = layout_cases._sheet

    def watched(heads, bands, side):
        seen.append((heads, bands))
        return draw(heads, bands, side)

    monkeypatch.setattr(layout_cases, "_sheet", watched)
    return seen


def test_no_row_twice_and_the_extremes_outermost():
    scores = np.array([0.3, 0.1, 0.2, 0.4, 0.5, 0.9, 0.0])
    assert worst_middling_best(scores, 1) == [("worst", 6), ("middling", 0), ("best", 5)]
    found = worst_middling_best(scores, 9)
    assert found == [("worst", 6), ("worst", 1), ("middling", 2), ("middling", 0), ("best", 5), ("best", 4)]
    assert worst_middling_best(scores[:2], 3) == []


def test_pages_are_ranked_by_what_was_measured():
    ones = np.ones(2)
    tallies = {"type_accuracy": Tally(np.array([1.0, 0.5]), ones), "element_f1": Tally(np.array([0.0, 3.0]), ones * 4)}
    assert page_scores(tallies).tolist() == [0.5, 0.625]
    assert page_scores({"type_accuracy": tallies["type_accuracy"], "box_iou": tallies["element_f1"]}).tolist() == [
        1,
        0.5,
    ]


def test_cases_show_truth_reading_and_the_strongest_floor(data, shown):
    said = split(data, right=[0, 2, 4, 5])
    picture = draw_layout_cases(said, said.scored, count=1)
    heads, bands = shown[0]
    assert heads[2] == "as half reads it"  # not "none", which finds nothing
    assert [title.partition(":")[0] for title, _ in bands] == ["worst", "middling", "best"]
    assert data.rows[1]["id"] in bands[0][0] or data.rows[3]["id"] in bands[0][0]
    truth, own, floor = bands[2][1]
    assert own.caption == "types 1.00   element F1 1.00   box IoU 1.00   similarity 1.00"
    assert np.array_equal(truth.picture, own.picture) and not np.array_equal(own.picture, floor.picture)
    truth, own, floor = bands[0][1]
    assert "element F1 0.00" in own.caption and "element F1 0.00" not in floor.caption
    assert not np.array_equal(truth.picture, own.picture)
    assert picture.height > sum(tiles[0].picture.height for _, tiles in bands)


def test_nothing_is_cut_off_at_the_right(data, shown):
    picture = draw_layout_cases(split(data, right=[0]), split(data, right=[0]).scored)
    drawn = evaluate_drawing(
        network(), data, arranged(data), DrawParams(pages=6, steps=1, twice=1), resamples=100, seed=0
    )
    others = draw_drawn_layouts(drawn.pages, count=3)
    for sheet in (picture, others):
        margin = np.asarray(sheet)[:, -6:]
        assert sum(map(int, (margin != margin[0]).any((1, 2)))) == 0  # rules end before it, too
    for (_, bands), side in zip(shown, (layout_cases.SIDE, layout_cases.DRAWN_SIDE), strict=True):
        captions = {tile.caption for _, tiles in bands for tile in tiles}
        assert max(map(layout_cases.font(layout_cases.BODY).getlength, captions)) <= side


def test_drawn_layouts_stand_beside_the_real_one_from_few_elements_to_many(data, shown):
    pages = []
    for i, truth in enumerate(data.readings):
        drawn = {condition.name: nothing(truth) if condition.types else truth for condition in CONDITIONS}
        pages.append(DrawnPage(data.rows[i]["id"], data.documents[i], data.size(i), truth, drawn))
    draw_drawn_layouts(pages, count=4)
    heads, bands = shown[0]
    assert heads == ["real", "drawn from tree", "drawn from types", "drawn from types and sizes"]
    counts = [int(title.split(", ")[1].split()[0]) for title, _ in bands]
    assert len(bands) == 4 and counts == sorted(counts)
    for _, (real, tree, types, sizes) in bands:
        assert np.array_equal(real.picture, tree.picture) and real.caption == tree.caption
        assert types.caption == sizes.caption == "no elements"
        assert not np.array_equal(real.picture, types.picture)


def test_few_pages_are_shown_once_each(data, shown):
    pages = []
    for i, truth in enumerate(data.readings[:2]):
        drawn = {condition.name: truth for condition in CONDITIONS}
        pages.append(DrawnPage(data.rows[i]["id"], data.documents[i], data.size(i), truth, drawn))
    draw_drawn_layouts(pages)
    assert len(shown[0][1]) == 2
