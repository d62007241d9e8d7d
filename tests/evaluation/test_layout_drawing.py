"""Drawn layouts beside real pages and floors: what each floor is, worked out by hand, and which way scores go."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Generator

from tests.data.section_pages import write_sections
from tests.models.small_layout import network
from unrender.config import UserError
from unrender.data.batches import stack
from unrender.data.layout_pages import LayoutDataset
from unrender.design.section_tree import MERGED, assemble
from unrender.evaluation.layout_drawing import CONDITIONS, PREFIX, DrawParams, arranged, draw, evaluate_drawing, known
from unrender.evaluation.layout_yardstick import (
    Yardstick,
    multiset,
    other_pages,
    scattered,
    shuffled,
)
from unrender.evaluation.metrics.arrangements import Arrangement, arrangement, max_iou
from unrender.models.layout_state import HIDDEN

PARAMS = DrawParams(pages=6, steps=2, twice=3)
DRAWS = {"resamples": 100, "seed": 0}


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def flat(*boxes, kinds=None) -> Arrangement:
    count = len(boxes)
    kinds = np.arange(1, count + 1) if kinds is None else np.array(kinds)
    return Arrangement(kinds, np.array(boxes, np.float64).reshape(-1, 4), np.full(count, -1))


A = flat((0, 0, 0.5, 0.5), (0.5, 0.5, 0.5, 0.5))
B = flat((0, 0, 0.5, 0.25), (0.5, 0.5, 0.5, 0.5))
THREE = flat((0, 0, 0.1, 0.1), (0.2, 0.2, 0.3, 0.3), (0.6, 0.6, 0.1, 0.4))


@pytest.fixture(scope="module")
def data(tmp_path_factory) -> LayoutDataset:
    return LayoutDataset(write_sections(tmp_path_factory.mktemp("pages"), 6), "train")


@pytest.fixture(scope="module")
def real(data) -> list[Arrangement]:
    return arranged(data)


@pytest.fixture(scope="module")
def yardstick(real) -> Yardstick:
    return Yardstick.of(real, real, **DRAWS)


# Floors


def test_shuffled_boxes_are_the_same_boxes_on_other_elements(real):
    for page in real:
        found = shuffled(page, rng())
        assert sorted(map(tuple, found.boxes)) == sorted(map(tuple, page.boxes))
        assert (found.boxes != page.boxes).any()
        assert found.kinds is page.kinds and found.parents is page.parents


def test_scattered_elements_keep_their_sizes_and_stay_on_the_page(real):
    for page in real:
        found = scattered(page, rng())
        assert (found.boxes[:, 2:] == page.boxes[:, 2:]).all() and (found.boxes != page.boxes).any()
        inside = (page.boxes[:, 2:] <= 1).all(1)
        assert (found.boxes[inside, :2] >= 0).all() and (found.boxes[inside, :2] + found.boxes[inside, 2:] <= 1).all()


def test_boxes_of_another_page_are_those_of_the_one_with_the_nearest_count():
    found = other_pages([A, B, THREE], rng())
    assert found[0].boxes.tolist() == B.boxes.tolist() and found[1].boxes.tolist() == A.boxes.tolist()
    assert found[2].boxes[:2].tolist() in (A.boxes.tolist(), B.boxes.tolist())
    assert found[2].boxes[2].tolist() == found[2].boxes[0].tolist()  # two boxes for three elements: the first again
    assert [page.kinds.tolist() for page in found] == [page.kinds.tolist() for page in (A, B, THREE)]


def test_floors_need_a_second_page():
    with pytest.raises(ValueError, match="there are 1"):
        Yardstick.of([A], [A], **DRAWS)


# Scores


def test_scores_by_hand():
    """A drawn for A and B: like A, and by (1/2 + 1) / 2 like B. The only other page is B."""
    found = Yardstick.of([A, B], [B], **DRAWS).judged([A, A], [A, B], types_given=True)
    assert found["max_iou"]["value"] == pytest.approx((1 + 0.75) / 2)
    assert found["max_iou"]["ceiling"] == 1 and found["max_iou"]["arms"]["other_page"]["value"] == 1
    assert found["diversity"]["value"] == pytest.approx((0 + 0.25) / 2)  # the second of B is B
    assert found["diversity"]["ceiling"] == pytest.approx((0.25 + 0) / 2)
    assert found["overlap"]["value"] == found["overlap"]["ceiling"] == 0


def test_max_iou_is_of_pages_that_have_a_like_of_their_own_types():
    found = Yardstick.of([A, B, THREE], [A], **DRAWS).judged([A, B, THREE], [], types_given=True)
    assert found["max_iou"]["n"] == 2 and found["max_iou"]["value"] == 1
    assert found["aesthetic"]["n"] == 3
    lonely = Yardstick.of([A, B], [THREE], **DRAWS).judged([A, B], [A], types_given=True)
    assert not {"max_iou", "diversity"} & lonely.keys()


def test_a_page_without_elements_is_not_beautiful():
    nothing = flat()
    found = Yardstick.of([A, B], [A, B], **DRAWS).judged([nothing, nothing], [nothing], types_given=False)
    assert found["aesthetic"]["value"] == found["elements"]["value"] == found["types_paired"]["value"] == 0
    assert not {"overlap", "alignment_distance", "max_iou"} & found.keys()
    half = Yardstick.of([A, B], [A, B], **DRAWS).judged([A, nothing], [A], types_given=False)
    assert half["overlap"]["n"] == 1 and half["elements"]["value"] == half["types_paired"]["value"] == 0.5


def test_real_pages_are_better_than_every_floor(yardstick, real):
    found = yardstick.judged(real, real, types_given=True)
    for name in ("max_iou", "aesthetic"):
        assert found[name]["value"] == found[name]["ceiling"]
        assert all(found[name]["value"] > arm["value"] for key, arm in found[name]["arms"].items() if key != "real")
        assert found[name]["gap_closed"] == 1 and found[name]["over_floor"]["low"] > 0
    for name in ("alignment_distance", "overlap"):
        assert all(found[name]["value"] < arm["value"] for key, arm in found[name]["arms"].items() if key != "real")
    assert found["diversity"]["value"] == pytest.approx(0)


def test_a_floor_closes_nothing_of_its_gap(yardstick):
    for arm, layouts in yardstick.floors.items():
        found = yardstick.judged(layouts, layouts, types_given=True)
        about = [found[name] for name in ("max_iou", "overlap", "aesthetic") if found[name]["floor_arm"] == arm]
        assert all(abs(each["gap_closed"]) < 1e-9 and each["over_floor"]["value"] == 0 for each in about)


def test_types_by_chance_find_no_partner(yardstick, real):
    found = yardstick.judged(real, real, types_given=False)["types_paired"]
    assert found["value"] == found["ceiling"] == 1 and found["floor"] < 0.5
    wrong = [replace(page, kinds=page.kinds % 3 + 20) for page in real]
    assert yardstick.judged(wrong, wrong, types_given=False)["types_paired"]["value"] == 0


# Drawing


def test_only_what_the_condition_gives_is_known(data):
    batch = stack([data[0], data[1]])
    states = {condition.name: known(batch, condition) for condition in CONDITIONS}
    assert not any(state.sighted.any() or state.told.any() or state.named.any() for state in states.values())
    assert (states["tree"].kinds == HIDDEN).all() and not states["tree"].given.any()
    for name in ("tree", "types"):
        assert not states[name].boxes.any()
    for name in ("types", "types_and_sizes"):
        assert (states[name].kinds[batch["node"]] == batch["kind"][batch["node"]]).all()
    sizes = states["types_and_sizes"]
    assert (sizes.given[..., 2] == batch["placed"]).all() and not sizes.given[..., 1].any()
    assert not sizes.boxes[..., :2].any()
    assert torch.allclose((sizes.boxes[..., 2:] + 1)[batch["placed"]] / 2, batch["box"][..., 2:][batch["placed"]])


def test_what_is_given_is_drawn_and_the_rest_varies_with_the_seed(data):
    model, pages = network(), [0, 3]

    def drawn(condition, seed=0):
        return draw(model, data, pages, condition, 2, Generator().manual_seed(seed))

    for condition in CONDITIONS:
        one, again, other = drawn(condition), drawn(condition), drawn(condition, 1)
        for page, (a, b) in zip(pages, zip(one, again, strict=True), strict=True):
            np.testing.assert_equal(a.boxes, b.boxes)
            assert a.kinds.tolist() == b.kinds.tolist() and a.kinds[0] == MERGED
            if condition.types:
                assert a.kinds.tolist() == data.readings[page].kinds.tolist()
            if condition.sizes:
                starts = a.starts
                assert a.boxes[starts, 2:] == pytest.approx(data.readings[page].boxes[starts, 2:], abs=1e-2)
        assert any(not np.array_equal(a.boxes, b.boxes, equal_nan=True) for a, b in zip(one, other, strict=True))


def test_an_untrained_network_is_judged_under_every_condition(data, real):
    found = evaluate_drawing(network(), data, real, PARAMS, **DRAWS)
    assert list(found.evidence) == [PREFIX + condition.name for condition in CONDITIONS]
    for split, metrics in found.evidence.items():
        assert "aesthetic" in metrics
        assert ("types_paired" in metrics) == split.endswith("tree")
        assert ({"max_iou", "diversity"} <= metrics.keys()) == (not split.endswith("tree"))
        assert found.metrics[split] == {name: about["value"] for name, about in metrics.items()}
        for about in metrics.values():
            assert np.isfinite([about["value"], about["low"], about["high"], about["ceiling"]]).all()
    given = found.evidence[PREFIX + "types_and_sizes"]
    assert given["max_iou"]["n"] == len(real) and given["max_iou"]["value"] < given["max_iou"]["ceiling"] == 1
    assert [page.id for page in found.pages] == [row["id"] for row in data.rows]
    assert all(page.drawn.keys() == {condition.name for condition in CONDITIONS} for page in found.pages)


def test_layouts_of_a_page_are_scored_as_shares_of_it(data, real):
    page = evaluate_drawing(network(), data, real, DrawParams(pages=2, steps=1, twice=1), **DRAWS).pages[0]
    layout = assemble(page.document, page.truth)
    assert page.arranged(page.truth).boxes.tolist() == arrangement(layout, *page.size).boxes.tolist()
    assert multiset(page.arranged(page.truth)) == multiset(real[0])
    assert max_iou([page.arranged(page.truth)], [real[0]]) == pytest.approx([1])


def test_pages_without_boxes_are_not_drawn_for(tmp_path, data, real):
    def bare(i, row):
        return {"layout": row["layout"].replace('"box"', '"was"')} if i > 1 else {}

    some = LayoutDataset(write_sections(tmp_path / "some", 4, bare), "train")
    assert len(evaluate_drawing(network(), some, real, PARAMS, **DRAWS).pages) == 2
    one = LayoutDataset(write_sections(tmp_path / "one", 3, lambda i, row: bare(i + 1, row)), "train")
    with pytest.raises(UserError, match="1 pages of the split have boxes"):
        evaluate_drawing(network(), one, real, PARAMS, **DRAWS)
