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
from unrender.data.shards import read_table, write_manifest, write_split
from unrender.design.section_tree import KINDS, MERGED
from unrender.evaluation.encoder import SPLITS, EvaluateParams
from unrender.evaluation.evidence import NOT_A_FLOOR
from unrender.evaluation.layout import confusion, evaluate_layout
from unrender.evaluation.layout_given import PARTS, Given, compared, told
from unrender.evaluation.metrics.layouts import METRICS, Page
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
    return evaluate_layout(network(), dataset(tmp_path_factory.mktemp("data")), CFG, 0)


def test_every_metric_has_its_floor_ceiling_and_interval(found):
    for split in SPLITS:
        assert set(found.evidence[split]) == set(METRICS)
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
    blind = {split: [r.boxes.tobytes() for r in found.splits[split].arms["blind"]] for split in SPLITS}
    assert blind["test"] == blind["test_theme"]


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
        evaluate_layout(network(), folder, CFG, 0)


# What is given.


def test_given_parts_reach_the_network_exactly(tmp_path):
    data = LayoutDataset(write_sections(tmp_path, 2), "train")
    batch = stack([data[0], data[1]])
    types, boxes, sizes = (told(batch, PARTS[name]) for name in ("types", "boxes", "sizes"))
    assert torch.equal(types.kinds[batch["node"]], batch["kind"][batch["node"]])
    assert not types.boxes.any() and not types.given[..., 1:].any()
    assert (boxes.kinds == HIDDEN).all() and torch.equal(boxes.given[..., 1], batch["placed"])
    left = (boxes.boxes[..., 0] + 1) / 2 - (boxes.boxes[..., 2] + 1) / 4
    assert torch.allclose(left[batch["placed"]], batch["box"][..., 0][batch["placed"]], atol=1e-6)
    assert not sizes.given[..., 1].any() and torch.equal(sizes.given[..., 2], batch["placed"])
    assert all(state.sighted.all() and state.told.all() and not state.named.any() for state in (types, boxes, sizes))


def test_gains_by_hand():
    view = by_hand()
    page = Page(view.document, view.reading, 200, 400)
    boxed = view.reading.starts[np.isfinite(view.reading.boxes[view.reading.starts]).all(1)]
    narrow = view.reading.boxes.copy()
    narrow[:, 2] /= 2
    alone = replace(view.reading, boxes=narrow)  # every IoU is .5
    wrong = view.reading.kinds.copy()
    wrong[boxed[0]] = MERGED  # one element is not read: it has no box to compare
    alone = replace(alone, kinds=wrong)
    parts = {name: [view.reading] * 2 for name in PARTS}
    found = compared(Given([page] * 2, [alone] * 2, parts), resamples=100, seed=0)
    box, types = found["box_iou_with_types"], found["type_accuracy_with_boxes"]
    assert (box["value"], box["nothing"]["value"], box["gain"]["low"]) == pytest.approx((1, 0.5, 0.5))
    assert types["gain"]["value"] == pytest.approx(1 / (len(view.document) - 1))


def test_given_boxes_and_types_are_kept(found):
    given = found.evidence["given"]
    assert set(given) == {"box_iou_with_types", "box_iou_with_sizes", "type_accuracy_with_boxes"}
    for about in given.values():
        assert about["n"] == 5
        assert about["gain"]["value"] == pytest.approx(about["value"] - about["nothing"]["value"])
