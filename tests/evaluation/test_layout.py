"""The evaluation of section layouts, end to end on a few rendered pages and an untrained network."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from tests.data.section_pages import by_hand, write_sections
from tests.models.small_layout import network
from unrender.config import UserError
from unrender.data.batches import stack
from unrender.data.layout_pages import LayoutDataset
from unrender.data.shards import read_manifest, read_table, write_manifest, write_split
from unrender.design.section_tree import KINDS, MERGED, Reading
from unrender.evaluation.encoder import SPLITS, EvaluateParams
from unrender.evaluation.evidence import NOT_A_FLOOR
from unrender.evaluation.layout import REWRITTEN, confusion, evaluate_layout, exchanged
from unrender.evaluation.layout_given import PARTS, SITUATIONS, compared, read_with_parts, told
from unrender.evaluation.metrics.layouts import METRICS, Page
from unrender.models.layout_reading import read, readings
from unrender.models.layout_state import HIDDEN

CFG = EvaluateParams(batch_size=3, resamples=100, floor_pages=4)


def dataset(folder, change=lambda i, row: {}):
    """The same few pages as every split: nothing here is about scores."""
    write_sections(folder, 5, change)
    rows = read_table(folder, "train").to_pylist()
    splits = ("train", "val", *SPLITS)
    write_manifest(
        folder, {split: write_split(folder, split, [row | {"split": split} for row in rows]) for split in splits}
    )
    return folder


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    return evaluate_layout(network(), dataset(tmp_path_factory.mktemp("data")), CFG, again=4, seed=0)


def test_every_metric_has_its_floor_ceiling_and_interval(found):
    for split in (*SPLITS, REWRITTEN):
        held = {name for name in METRICS if name != "props_f1"}  # no page has any
        assert set(found.evidence[split]) == held
        for about in found.evidence[split].values():
            assert about["low"] <= about["value"] <= about["high"]
            assert about["floor_arm"] not in NOT_A_FLOOR
            assert {"floor", "ceiling", "gap_closed", "over_floor"} <= set(about)
        assert found.metrics[split] == {name: about["value"] for name, about in found.evidence[split].items()}


def test_floors_that_saw_the_pages_score_above_a_network_that_learnt_nothing(found):
    about = found.evidence["test"]["type_accuracy"]
    assert about["arms"]["lookup"]["value"] > 0.8 > about["value"]
    assert about["over_floor"]["high"] < 0
    assert about["value"] <= about["document_alone"] <= 1


def test_other_screenshots_other_readings(found):
    said = found.splits["test"]
    for arm in ("shuffled", "blind"):
        pairs = zip(said.own, said.arms[arm], strict=True)
        assert any(not np.array_equal(a.boxes, b.boxes, equal_nan=True) for a, b in pairs)
    others = exchanged(len(said.pages))
    batch = stack([said.data[row] | {"image": said.data.image(int(others[row]))} for row in range(3)])
    expected = readings(read(network(), batch), batch["node"], [said.data.size(row) for row in range(3)])
    for a, b in zip(said.arms["shuffled"][:3], expected, strict=True):
        np.testing.assert_equal((a.kinds, a.owners, a.boxes), (b.kinds, b.owners, b.boxes))


def test_the_same_pages_are_read_written_otherwise_beside_floors_that_know_such_markup(found):
    usual, other = found.splits["test"], found.splits[REWRITTEN]
    assert [page.document.tags for page in other.pages] != [page.document.tags for page in usual.pages]
    assert [row["id"] for row in other.data.rows] == [row["id"] for row in usual.data.rows]
    assert found.evidence[REWRITTEN]["type_accuracy"]["arms"]["lookup"]["value"] > 0.7  # train is these pages here


@pytest.mark.parametrize("count", [2, 3, 50])
def test_every_page_is_shown_once_and_never_beside_its_own_document(count):
    others = exchanged(count)
    assert sorted(others) == list(range(count)) and (others != np.arange(count)).all()


def test_what_the_network_reads_otherwise_is_measured_on_test_alone(found):
    assert {"named", "shuffled", "blind", "lookup_named"} <= set(found.splits["test"].arms)
    for split in (*SPLITS[1:], REWRITTEN):
        assert set(found.splits[split].arms) == set(found.splits["test"].arms) - set(NOT_A_FLOOR)


def test_groups_collapse_and_confusion(found):
    assert {"difficulty", "format"} <= set(found.evidence["groups"]["test"])
    assert found.evidence["collapse"]["test"]["distinct_inputs"] == 5
    counts = np.array(found.evidence["confusion"]["test"]["types"]["counts"])
    nodes = sum(len(page.document) - 1 for page in found.splits["test"].pages)
    right = np.trace(counts) / nodes
    assert counts.sum() == nodes and right == pytest.approx(found.metrics["test"]["type_accuracy"])


def test_confusion_leaves_the_root_out():
    view = by_hand()
    page = Page(view.document, view.reading, 200, 400)
    said = replace(view.reading, kinds=np.zeros_like(view.reading.kinds))
    counts = np.array(confusion([page], [said])["counts"])
    assert counts[:, MERGED].sum() == len(view.document) - 1
    assert counts[KINDS.index("heading"), MERGED] == 1


def test_pages_without_layouts_are_named(tmp_path):
    folder = dataset(tmp_path, lambda i, row: {"layout": None})
    with pytest.raises(UserError, match=r"has no row with all of .*layout"):
        evaluate_layout(network(), folder, CFG, again=4, seed=0)


def test_imported_pages_may_lack_splits_and_boxes(tmp_path):
    def bare(i, row):
        return {"layout": row["layout"].replace('"box"', '"was"')}

    folder = dataset(tmp_path, bare)
    manifest = read_manifest(folder)
    kept = {name: manifest["splits"][name]["shards"] for name in ("train", "test")}
    write_manifest(folder, kept)
    found = evaluate_layout(network(), folder, CFG, again=4, seed=0)
    assert list(found.splits) == ["test", REWRITTEN] and found.evidence["given"] == {}
    unboxed = {"type_accuracy", "grouping_f1", "tree_edit_distance", "props_accuracy"}
    assert set(found.metrics["test"]) == set(found.evidence["test"]) == unboxed
    write_manifest(folder, {"train": kept["train"]})
    with pytest.raises(UserError, match="no split 'test'; it has train"):
        evaluate_layout(network(), folder, CFG, again=4, seed=0)


# What is given.


def test_given_parts_reach_the_network_exactly(tmp_path):
    data = LayoutDataset(write_sections(tmp_path, 2), "train")
    batch = stack([data[0], data[1]])
    nothing, types, boxes, sizes = (told(batch, PARTS[name]) for name in ("nothing", "types", "boxes", "sizes"))
    assert (nothing.kinds == HIDDEN).all() and not nothing.given.any() and not nothing.boxes.any()
    assert torch.equal(types.kinds[batch["node"]], batch["kind"][batch["node"]])
    assert not types.boxes.any() and not types.given[..., 1:].any()
    assert (boxes.kinds == HIDDEN).all() and torch.equal(boxes.given[..., 1], batch["placed"])
    left = (boxes.boxes[..., 0] + 1) / 2 - (boxes.boxes[..., 2] + 1) / 4
    assert torch.allclose(left[batch["placed"]], batch["box"][..., 0][batch["placed"]], atol=1e-6)
    assert not sizes.given[..., 1].any() and torch.equal(sizes.given[..., 2], batch["placed"])
    assert not sizes.boxes[..., :2].any() and torch.equal(sizes.boxes[..., 2:], boxes.boxes[..., 2:])
    assert all(state.sighted.all() and state.told.all() and not state.named.any() for state in (types, boxes, sizes))


def test_gains_by_hand():
    """Nothing given: boxes half as wide, one element not read. Types given: all right. Sizes given: 3/4 as wide."""
    view = by_hand()
    page = Page(view.document, view.reading, 200, 400)
    first = view.reading.starts[0]
    alone, sized = narrowed(view.reading, 0.5), narrowed(view.reading, 0.75)
    alone.kinds[first] = MERGED
    said = dict.fromkeys(("types", "boxes"), view.reading) | {"nothing": alone, "sizes": sized}
    said = {part + suffix: [reading] * 2 for part, reading in said.items() for suffix in SITUATIONS}
    found = compared([page] * 2, said, resamples=100, seed=0)
    for suffix in SITUATIONS:
        types, sizes = found[f"box_iou_with_types{suffix}"], found[f"box_iou_with_sizes{suffix}"]
        assert (types["value"], types["nothing"]["value"], types["gain"]["low"]) == pytest.approx((1, 0.5, 0.5))
        assert (sizes["value"], sizes["gain"]["high"]) == pytest.approx((0.75, 0.25))
        assert found[f"box_iou_with_nothing{suffix}"]["value"] == pytest.approx(0.5)
        boxes = found[f"type_accuracy_with_boxes{suffix}"]
        assert boxes["value"] == 1 and boxes["gain"]["value"] == pytest.approx(1 / (len(view.document) - 1))


def narrowed(reading: Reading, share: float) -> Reading:
    """Every element covers a share of its true box."""
    return replace(reading, kinds=reading.kinds.copy(), boxes=reading.boxes * (1, 1, share, 1))


def test_only_elements_that_are_read_as_such_under_every_part_are_compared():
    view = by_hand()
    page = Page(view.document, view.reading, 200, 400)
    blank = replace(view.reading, kinds=np.zeros_like(view.reading.kinds))
    said = {part + suffix: [view.reading] for part in PARTS for suffix in SITUATIONS} | {"sizes": [blank]}
    found = compared([page], said, resamples=100, seed=0)
    assert "box_iou_with_types" not in found  # nothing is left to compare
    assert found["box_iou_with_types_tree_only"]["value"] == 1 and found["type_accuracy_with_boxes"]["value"] == 1


def test_what_is_given_is_kept_and_the_rest_comes_from_the_network(tmp_path):
    data = LayoutDataset(write_sections(tmp_path, 4), "train")
    model, pages = network(), [0, 2, 3]
    said = read_with_parts(model, data, pages, 2)
    assert set(said) == {part + suffix for part in PARTS for suffix in SITUATIONS}
    for row, page in enumerate(pages):
        truth = data.readings[page]
        for suffix in SITUATIONS:
            assert np.array_equal(said["types" + suffix][row].kinds, truth.kinds)
            boxes = said["boxes" + suffix][row]
            same = np.intersect1d(boxes.starts, truth.starts)
            np.testing.assert_allclose(boxes.boxes[same], truth.boxes[same], atol=1e-2)
            assert not np.array_equal(said["nothing" + suffix][row].kinds, truth.kinds)
    again = read_with_parts(model, data, pages, 2)
    np.testing.assert_equal([each.boxes for each in said["types"]], [each.boxes for each in again["types"]])
    dark = [each.boxes for each in said["types_tree_only"]]
    data.image = lambda page, view=0: np.zeros((3, 256, 256), np.uint8)  # ty: ignore[invalid-assignment]
    unseen = read_with_parts(model, data, pages, 2)
    np.testing.assert_equal([each.boxes for each in unseen["types_tree_only"]], dark)
    assert any(not np.array_equal(a.boxes, b.boxes, True) for a, b in zip(said["types"], unseen["types"], strict=True))


def test_gains_are_told_of_the_pages_that_were_read_again(found):
    given = found.evidence["given"]
    assert {f"type_accuracy_with_boxes{suffix}" for suffix in SITUATIONS} <= set(given)
    for name, about in given.items():
        assert about["n"] == 4 and found.metrics["given"][name] == about["value"]
        if "_with_nothing" not in name:
            assert about["gain"]["value"] == pytest.approx(about["value"] - about["nothing"]["value"])
