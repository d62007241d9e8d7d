"""Metrics of section layouts on a page worked out by hand, the floors, the ceilings and the self-test."""

from dataclasses import replace

import numpy as np
import pytest
from apted import APTED
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.pages import first_sound
from unrender.design import sections
from unrender.design.section_tree import KINDS, Reading, assemble, flatten, labels
from unrender.evaluation import layout_ceilings, layout_floors, layout_selftest
from unrender.evaluation.bootstrap import interval
from unrender.evaluation.layout_floors import Example, chains, fit_layout_floors, joined
from unrender.evaluation.metrics import arrangements, layouts, likeness, trees
from unrender.evaluation.metrics.arrangements import Arrangement
from unrender.evaluation.metrics.layouts import METRICS, PERFECT, Page, tallies
from unrender.evaluation.selftest import MetricFault
from unrender.evaluation.thumbnails import coarse

KIND = {name: index for index, name in enumerate(KINDS)}
NAN = float("nan")
STRUCTURE = {
    "id": "r",
    "tag": "main",
    "children": [
        {
            "id": "s",
            "tag": "section",
            "children": [
                {
                    "id": "d",
                    "tag": "div",
                    "children": [{"id": "h", "tag": "h1", "children": [{"id": "t", "tag": "b"}]}],
                },
                {"id": "i", "tag": "div", "src": "x"},
                {"id": "v", "tag": "div"},
            ],
        }
    ],
}
DOCUMENT = flatten(STRUCTURE)  # r s d h t i v


def reading(kinds, owners, boxes):
    rows = [box or (NAN,) * 4 for box in boxes]
    return Reading(np.array([KIND[kind] for kind in kinds]), np.array(owners), np.array(rows, np.float64))


TRUTH = reading(
    ["merged", "section", "merged", "heading", "merged", "image", "background_overlay"],
    [0, 1, 1, 3, 3, 5, 6],
    [None, (0, 0, 100, 100), None, (0, 0, 100, 20), None, (0, 50, 50, 50), None],
)
PAGE = Page(DOCUMENT, TRUTH, 100, 100)
GUESS = reading(  # the heading starts a node too early and is narrower; the image is called a video; no layer is named
    ["merged", "section", "heading", "merged", "merged", "video", "merged"],
    [0, 1, 2, 2, 2, 5, 1],
    [None, (0, 0, 100, 100), (0, 0, 60, 20), None, None, (0, 50, 50, 25), None],
)


def score(guess, page=PAGE):
    found = tallies([page], [guess])
    return {name: found[name].value for name in METRICS if not found[name].empty}


def test_a_perfect_copy_scores_best():
    assert score(TRUTH) == pytest.approx(PERFECT)


def test_scores_worked_out_by_hand():
    found = score(GUESS)
    assert found["type_accuracy"] == pytest.approx(2 / 6)  # s and t; the root does not count
    assert found["element_precision"] == found["element_recall"] == found["element_f1"] == pytest.approx(2 / 3)
    assert found["box_iou"] == pytest.approx((1 + 0 + 0.5) / 3)  # the heading's first node starts nothing
    assert found["matched_box_iou"] == pytest.approx((1 + 0.6) / 2)
    assert found["grouping_f1"] == pytest.approx(2 * 1 / (2 + 4))  # h-t in both; s-d, h-t against d-h, d-t, h-t, s-v
    assert found["tree_edit_distance"] == pytest.approx(1 / 6)  # one type, of three elements in each
    assert found["props_accuracy"] == found["props_f1"] == 0


def test_the_root_never_counts():
    said = replace(TRUTH, kinds=np.r_[KIND["image"], TRUTH.kinds[1:]])
    assert layouts.type_accuracy(TRUTH, said) == (6, 6)
    assert layouts.grouping_f1(TRUTH, said) == layouts.grouping_f1(TRUTH, TRUTH) == (1, 1)
    assert layouts.props(TRUTH, replace(TRUTH, kinds=np.r_[KIND["background_video"], TRUTH.kinds[1:]]))[0] == (1, 1)


def test_silence_has_a_score():
    nothing = replace(TRUTH, kinds=TRUTH.kinds * 0, owners=TRUTH.owners * 0)
    found = score(nothing)
    assert found["type_accuracy"] == pytest.approx(2 / 6)
    assert found["element_precision"] == found["element_recall"] == found["box_iou"] == found["grouping_f1"] == 0
    assert found["tree_edit_distance"] == 1
    assert found["visual_similarity"] < layout_selftest.BLANK


def test_as_many_elements_as_can_be_are_matched():
    """The greatest sum of IoU would pair the middle boxes (1.0) and leave 0.4 aside; two pairs of 0.6 are found."""
    kinds = ["merged", "image", "image"]
    a = reading(kinds, [0, 1, 2], [None, (0, 0, 100, 10), (25, 0, 100, 10)])
    b = reading(kinds, [0, 1, 2], [None, (25, 0, 100, 10), (50, 0, 100, 10)])
    assert layouts.box_ious(a.boxes[1:], b.boxes[1:]) == pytest.approx(np.array([[0.6, 1 / 3], [1, 0.6]]))
    assert layouts.matched_ious(a, b) == pytest.approx([0.6, 0.6])


def test_boxes_that_are_unknown_or_inside_out_cover_nothing():
    boxes = np.array([(0, 0, 10, 10), (NAN,) * 4, (5, 5, -5, 5), (3, 3, 0, 0)], np.float64)
    found = layouts.box_ious(boxes, boxes)
    assert found[0, 0] == 1 and found[3, 3] == 1
    assert found[0, 1:].tolist() == [0, 0, 0] and found[1, 1] == 0


def test_pages_without_boxes_have_no_box_metrics():
    bare = replace(TRUTH, boxes=TRUTH.boxes * NAN)
    assert {"type_accuracy", "grouping_f1"} <= set(score(GUESS, replace(PAGE, truth=bare)))
    assert not {"element_f1", "visual_similarity"} & set(score(GUESS, replace(PAGE, truth=bare)))


def test_pages_without_groups_score_one():
    alone = reading(["merged", "section", "column"], [0, 1, 2], [None, None, None])
    assert layouts.grouping_f1(alone, alone) == (1.0, 1.0)


def test_nodes_that_point_to_no_element_are_in_no_group():
    lost = replace(TRUTH, owners=np.array([0, 1, 4, 3, 2, 5, 6]))  # d and t point to merged nodes
    assert layouts.grouping_f1(TRUTH, lost) == (0.0, 1.0)


def test_a_guess_about_other_nodes_is_an_error():
    with pytest.raises(ValueError, match="about 3 nodes, but the page has 7"):
        tallies([PAGE], [Reading(np.zeros(3, int), np.zeros(3, int), np.zeros((3, 4)))])


def element(kind, *children):
    return {"type": kind, "children": list(children)}


@pytest.mark.parametrize(
    ("a", "b", "edits"),
    [
        ([], [element("section", element("grid"))], 2),
        ([element("section", element("heading"))], [element("section", element("button"))], 1),
        ([element("grid", element("column", element("image")))], [element("grid", element("image"))], 1),
        ([element("image"), element("heading")], [element("heading"), element("image")], 2),
    ],
)
def test_edits_counted_by_hand(a, b, edits):
    assert trees.edit_distance(a, b) == trees.edit_distance(b, a) == edits


def trees_of(kinds):
    return st.recursive(
        st.builds(element, st.sampled_from(kinds)),
        lambda inner: st.builds(lambda kind, some: element(kind, *some), st.sampled_from(kinds), st.lists(inner)),
        max_leaves=5,
    )


FORESTS = st.lists(trees_of(["section", "image"]), max_size=4)


@settings(max_examples=200, deadline=None)
@given(FORESTS, FORESTS, FORESTS, FORESTS)
def test_what_both_begin_and_end_with_costs_nothing(start, a, b, end):
    """The library is asked for the whole trees, of which `edit_distance` leaves the common parts out."""
    whole = APTED(("page", start + a + end), ("page", start + b + end), trees._Typed()).compute_edit_distance()
    assert trees.edit_distance(start + a + end, start + b + end) == whole


@pytest.fixture(scope="module")
def pages():
    """Twelve drawn pages and their pictures."""
    found = []
    for seed in range(12):
        _, drawn = first_sound(seed)
        document = flatten(sections.structure(drawn.root))
        truth = labels(document, sections.layout(drawn.root, drawn.boxes))
        found.append(Example(Page(document, truth, drawn.width, drawn.height), coarse(drawn.maps.image)))
    return found


def test_similarity_falls_with_every_step_away(pages):
    rng = np.random.default_rng(0)

    def moved(page, pixels):
        boxes = page.truth.boxes + rng.normal(0, pixels * max(page.width, page.height) / 256, page.truth.boxes.shape)
        return replace(page.truth, boxes=boxes)

    steps = [
        np.mean([layouts.layout_similarity(e.page, moved(e.page, pixels))[0] for e in pages])
        for pixels in (0, 1.5, 3, 6)
    ]
    assert steps[0] == 1 and steps == sorted(steps, reverse=True) and steps[1] > 0.7


def test_one_box_is_not_like_a_page(pages):
    for kind in ("section", "paragraph", "image"):
        scores = []
        for page in (example.page for example in pages):
            box = {"type": kind, "box": [0, 0, page.width, page.height], "children": []}
            true = assemble(page.document, page.truth)
            scores.append(likeness.visual_similarity(true, {"structure": [box]}, page.width, page.height))
        assert np.mean(scores) < 0.35


def test_two_blank_layouts_look_alike():
    assert likeness.visual_similarity({"structure": []}, {"structure": []}, 300, 20) == 1


# Arrangements


def flat(*boxes, kinds=None, parents=None):
    count = len(boxes)
    kinds = np.array(kinds if kinds is not None else [1] * count)
    return Arrangement(kinds, np.array(boxes, np.float64), np.array(parents if parents is not None else [-1] * count))


def test_alignment_by_hand():
    """Lines 0, .1, .2 | 0, .1, .2 against .5, .65, .8 | .5, .65, .8: like lines are .5, .55, .6 apart."""
    assert arrangements.alignment(flat((0, 0, 0.2, 0.2), (0.5, 0.5, 0.3, 0.3))) == pytest.approx(-np.log(0.5))
    assert arrangements.alignment(flat((0, 0, 0.2, 0.2), (0, 0.5, 0.3, 0.3))) == 0
    assert arrangements.alignment(flat((0, 0, 1, 1))) == 0


def test_overlap_by_hand():
    a, b = (0, 0, 0.4, 0.4), (0.2, 0, 0.4, 0.2)  # share .2 x .2
    assert arrangements.overlap(flat(a, b)) == pytest.approx((0.04 / 0.16 + 0.04 / 0.08) / 2)


def test_those_that_hold_each_other_are_no_overlap():
    outer, inner, innermost = (0, 0, 1, 1), (0, 0, 0.5, 0.5), (0, 0, 0.5, 0.5)
    assert arrangements.overlap(flat(outer, inner, innermost, parents=[-1, 0, 1])) == 0
    assert arrangements.overlap(flat(outer, inner, innermost, parents=[-1, 0, 0])) == pytest.approx(2 / 3)


def test_evenness_by_hand():
    def column(*tops):
        return flat(*((0, top, 0.5, 0.1) for top in tops))

    assert arrangements.evenness(column(0, 0.2, 0.4)) == pytest.approx(1)
    assert arrangements.evenness(column(0, 0.1, 0.6)) == pytest.approx(0.5)  # gaps 0 and .4: Gini 1/2
    assert arrangements.evenness(column(0, 0.5)) == 1


def test_the_aesthetic_score_falls_with_each_fault():
    neat = flat(*((0.1, top, 0.8, 0.1) for top in (0.1, 0.3, 0.5, 0.7)))
    assert arrangements.aesthetic(neat) == pytest.approx(1)
    for fault in ((0, 0.113, 0, 0, 0.027, 0), (1, 0, 0.05, 0, 0, 0), (1, 0, 0.15, 0, 0, 0)):
        boxes = neat.boxes.copy()
        boxes[fault[0]] += (fault[1], fault[2], fault[4], fault[5])
        assert arrangements.aesthetic(replace(neat, boxes=boxes)) < 0.99


def test_max_iou_pairs_elements_and_layouts():
    a = flat((0, 0, 0.5, 0.5), (0.5, 0.5, 0.5, 0.5))
    swapped = flat((0.5, 0.5, 0.5, 0.5), (0, 0, 0.5, 0.5))
    half = flat((0, 0, 0.5, 0.25), (0.5, 0.5, 0.5, 0.5))
    other = flat((0, 0, 1, 1), kinds=[2])
    assert arrangements.max_iou([a], [half, swapped, other]) == pytest.approx([1])
    assert sorted(arrangements.max_iou([half, a, other], [a, half])) == pytest.approx([1, 1])
    assert len(arrangements.max_iou([other], [a])) == 0


def test_arrangements_are_shares_of_the_page():
    layout = {
        "structure": [{"type": "section", "box": [0, 10, 50, 40], "children": [element("grid", element("image"))]}]
    }
    made = arrangements.arrangement(layout, 100, 200)
    assert made.boxes.tolist() == [[0, 0.05, 0.5, 0.2]] and made.parents.tolist() == [-1]


# Floors


def test_chains_by_hand():
    assert chains(DOCUMENT) == [(1, 1), (2, 4), (5, 5), (6, 6)]


def test_merged_nodes_join_the_element_around_them():
    made = joined(DOCUMENT, TRUTH.kinds)
    assert made.kinds.tolist() == TRUTH.kinds.tolist() and made.owners.tolist() == TRUTH.owners.tolist()


def test_floors_never_ask_for_the_truth(pages):
    floors = fit_layout_floors(pages[:8])
    for example in pages[8:]:
        blank = replace(example.page.truth, kinds=example.page.truth.kinds * 0, boxes=example.page.truth.boxes * NAN)
        hidden = floors(replace(example, page=replace(example.page, truth=blank)))
        for arm, said in floors(example).items():
            assert said.kinds.tolist() == hidden[arm].kinds.tolist()
            np.testing.assert_equal(said.boxes, hidden[arm].boxes)


def test_floors_say_something_that_can_be_scored_of_every_page(pages):
    floors = fit_layout_floors(pages[:8])
    said = [floors(example) for example in pages]
    scored = {arm: tallies([e.page for e in pages], [one[arm] for one in said]) for arm in said[0]}
    accuracy = {arm: found["type_accuracy"].value for arm, found in scored.items()}
    assert accuracy["lookup_named"] >= accuracy["lookup"] > accuracy["chain_merging"] > accuracy["majority"]
    assert scored["all_merged"]["element_f1"].value == 0
    for found in scored.values():
        assert interval(found["element_precision"], resamples=20).value <= 1
    for one in said:
        boxes = one["lookup"].boxes[one["lookup"].starts]
        assert np.isfinite(boxes).all() and (boxes[:, 2:] > 0).all()


def test_the_nearest_page_is_the_page_itself_where_it_is_known(pages):
    floors = fit_layout_floors([replace(e, picture=e.picture + index) for index, e in enumerate(pages)])
    for index, example in enumerate(pages):
        said = floors(replace(example, picture=example.picture + index))["nearest"]
        assert score(said, example.page) == pytest.approx({k: PERFECT[k] for k in score(said, example.page)})


def test_no_train_is_an_error():
    with pytest.raises(ValueError, match="no element in 0 pages"):
        fit_layout_floors([])


def test_tables_fall_back_to_what_was_seen():
    modes = layout_floors.Modes()
    for key, value in ((("a", 1), 5), (("a", 2), 6), (("a", 2), 6), (("b", 1), 7)):
        modes.add(key, value)
    assert (modes["a", 1], modes["a", 9], modes["b", 9], modes["c", 1]) == (5, 6, 7, 6)


# Ceilings and self-test


def test_rounding_costs_what_a_pixel_costs():
    page = Page(DOCUMENT, replace(TRUTH, boxes=TRUTH.boxes + 0.4), 256, 100)
    assert layout_ceilings.rounded(page).boxes[1].tolist() == [0, 0, 101, 101]  # 0.4 to 0, 100.8 to 101


def test_siblings_that_are_alike_bound_a_reader_of_the_document():
    """Of i and v without the file, one is an image and one a layer: the best single answer is right once."""
    bare = replace(DOCUMENT, pictured=(False,) * 7)
    ceiling = layout_ceilings.document_ceilings([replace(PAGE, document=bare)])
    assert (ceiling.over.tolist(), ceiling.under.tolist()) == ([5], [6])
    assert layout_ceilings.document_ceilings([PAGE]).value == 1


def test_class_names_tell_nodes_apart():
    classes = replace(DOCUMENT, pictured=(False,) * 7, classes=((), (), (), (), (), ("img",), ("veil",)))
    page = replace(PAGE, document=classes)
    assert layout_ceilings.document_ceilings([page]).value == 1
    assert layout_ceilings.document_ceilings([page], named=False).value == pytest.approx(5 / 6)


def test_sound_metrics_pass(pages):
    assert layout_selftest.check_layout_metrics([example.page for example in pages]) == 7
    for example in pages:
        layout_selftest.check_layout_metrics([example.page])


def constant(name, value):
    def broken(true, said):
        found = tallies(true, said)
        return found | {name: layouts.Tally(np.full(len(true), value), np.ones(len(true)))}

    return broken


@pytest.mark.parametrize("name", [name for name in METRICS if name != "matched_box_iou"])
def test_constants_are_stopped(pages, monkeypatch, name):
    monkeypatch.setattr(layout_selftest, "tallies", constant(name, PERFECT[name]))
    with pytest.raises(MetricFault):
        layout_selftest.check_layout_metrics([example.page for example in pages[:3]])


def test_padding_that_counts_is_stopped(pages, monkeypatch):
    def padded(true, said):
        found = tallies(true, said)
        types = found["type_accuracy"]
        return found | {"type_accuracy": layouts.Tally(types.over + 128, types.under + 128)}

    monkeypatch.setattr(layout_selftest, "tallies", padded)
    with pytest.raises(MetricFault, match="type_accuracy"):
        layout_selftest.check_layout_metrics([example.page for example in pages[:3]])


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=30, deadline=None)
def test_whatever_is_said_scores_between_worst_and_best(seed):
    rng = np.random.default_rng(seed)
    kinds = rng.integers(0, len(KINDS), 7) * (np.arange(7) > 0)
    owners = np.where(kinds == 0, [rng.integers(0, max(i, 1)) for i in range(7)], np.arange(7))
    found = score(Reading(kinds, owners, rng.uniform(-20, 120, (7, 4))))
    assert all(0 <= value <= 1 for value in found.values())
