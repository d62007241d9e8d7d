"""A verdict that cannot be had for free."""

import copy
import json
from pathlib import Path

import numpy as np
import pytest

from tests.data.labelled_pages import row
from unrender.config import UserError
from unrender.data.shards import write_manifest, write_split
from unrender.evaluation.readiness.encoder import EncoderLimits, encoder_checks
from unrender.evaluation.readiness.leaks import disjoint, leak_checks
from unrender.evaluation.readiness.process import deterministic, latency_checks
from unrender.evaluation.readiness.verdict import Check, Verdict, load_verdict, markdown, table, verdict

LIMITS = EncoderLimits(
    text_iou=0.9,
    image_iou=0.85,
    colour_accuracy=0.8,
    colour_gap=0.5,
    hierarchy_mse=0.05,
    hierarchy_of_constant=0.5,
    distinct_outputs=0.98,
    shuffled_margin=0.05,
)


def arms(constant: float, shuffled: float) -> dict:
    values = {"constant": constant, "mean_map": constant, "flat_page": constant, "shuffled": shuffled}
    return {arm: {"value": value, "low": value, "high": value} for arm, value in values.items()}


def facts(value: float, floor: float, ceiling: float) -> dict:
    difference = {"value": value - floor, "low": value - floor - 0.01, "high": value - floor + 0.01}
    found = {"value": value, "floor": floor, "floor_arm": "heuristic", "ceiling": ceiling, "over_floor": difference}
    return found | {"arms": arms(floor, floor)}


@pytest.fixture
def evidence() -> dict:
    test = {
        "text_iou": facts(0.93, 0.5, 1.0),
        "image_iou": facts(0.9, 0.5, 1.0),
        "colour_accuracy": facts(0.95, 0.8, 1.0),
        "hierarchy_mse": facts(0.02, 0.08, 0.0),
    }
    return {"test": test, "collapse": {"test": {"share": 1.0}}}


def failed(evidence: dict) -> set[str]:
    return {check.name.removeprefix("encoder.") for check in encoder_checks(evidence, LIMITS) if not check.passed}


def test_a_good_encoder_passes(evidence):
    assert failed(evidence) == set()


def spoil_threshold(e):
    e["test"]["text_iou"]["value"] = 0.89


def spoil_colour_gap(e):  # 0.85 is above the limit, yet only a quarter of the way from a flat page
    e["test"]["colour_accuracy"]["value"] = 0.85


def spoil_hierarchy(e):  # below 0.05, yet more than half of the constant's error
    e["test"]["hierarchy_mse"]["value"] = 0.045


def spoil_interval(e):
    e["test"]["image_iou"]["over_floor"]["low"] = -0.001


def spoil_error_interval(e):
    e["test"]["hierarchy_mse"]["over_floor"]["high"] = 0.001


def spoil_collapse(e):
    e["collapse"]["test"]["share"] = 1 / 500


def spoil_shuffled(e):  # knows the answer without looking at the image
    e["test"]["text_iou"]["arms"]["shuffled"]["value"] = 0.7


def spoil_shuffled_error(e):
    e["test"]["hierarchy_mse"]["arms"]["shuffled"]["value"] = 0.03


@pytest.mark.parametrize(
    ("spoil", "name"),
    [
        (spoil_threshold, "text_iou"),
        (spoil_colour_gap, "colour_accuracy_gap"),
        (spoil_hierarchy, "hierarchy_mse_of_constant"),
        (spoil_interval, "image_iou_over_floor"),
        (spoil_error_interval, "hierarchy_mse_over_floor"),
        (spoil_collapse, "distinct_outputs"),
        (spoil_shuffled, "text_iou_shuffled"),
        (spoil_shuffled_error, "hierarchy_mse_shuffled"),
    ],
)
def test_each_fault_fails_its_own_check(evidence, spoil, name):
    spoiled = copy.deepcopy(evidence)
    spoil(spoiled)
    assert failed(spoiled) == {name}


def test_leaks_and_emptiness_fail():
    assert disjoint("d", {1, 2}, {3}, "").passed
    assert not disjoint("d", {1, 2}, {2}, "").passed
    assert not disjoint("d", set(), {2}, "").passed  # nothing compared, nothing shown


def dataset(folder: Path, source: str, hashes: dict[str, str | None]) -> Path:
    """A page in each split, with this design hash."""
    shards = {}
    for i, (split, digest) in enumerate(hashes.items()):
        shards[split] = write_split(folder, split, [row(i, 64) | {"split": split, "design_hash": digest}])
    write_manifest(folder, shards, source=source)
    return folder


def test_of_our_own_pages_every_split_and_design_is_compared(tmp_path):
    hashes = {split: split for split in ("train", "val", "test", "test_composition", "test_theme")}
    found = leak_checks(dataset(tmp_path / "own", "synthetic", hashes))
    assert [check.name for check in found] == ["data.no_shared_pixels", "data.no_shared_designs"]
    assert all(check.passed for check in found)
    leaked = leak_checks(dataset(tmp_path / "leaked", "synthetic", hashes | {"test_theme": "val"}))
    assert [check.passed for check in leaked] == [True, False]
    nameless = leak_checks(dataset(tmp_path / "nameless", "synthetic", dict.fromkeys(hashes)))
    assert [check.passed for check in nameless] == [True, False]  # nothing compared, nothing shown
    del hashes["test_theme"]
    with pytest.raises(UserError, match="no split 'test_theme'"):
        leak_checks(dataset(tmp_path / "less", "synthetic", hashes))


def test_imported_pages_have_no_design_and_may_lack_splits(tmp_path):
    (check,) = leak_checks(dataset(tmp_path, "pix2code", {"train": None, "val": None, "test": None}))
    assert check.name == "data.no_shared_pixels" and check.passed


def test_durations_never_reach_the_file():
    checks = [*latency_checks(np.array([0.1, 0.2, 0.9]), 0.5), deterministic("a", "a")]
    found = verdict(checks)
    assert not found.ready
    assert set(found.measured()) == {"encoder.latency_p50", "encoder.latency_p95"}
    assert all("found" not in about for about in found.as_json()["checks"].values())
    slower = verdict([*latency_checks(np.array([0.11, 0.21, 0.91]), 0.5), deterministic("b", "b")])
    assert slower.as_json() == found.as_json()
    assert markdown(slower) == markdown(found)


def test_what_was_left_out_is_said_and_not_judged(tmp_path):
    why = {"encoder": "no row with all of text_mask"}
    found = verdict([Check("coder.exact_match", True, "at least 0.9", 0.95)], why)
    assert found.ready
    for text in (table(found), markdown(found)):
        assert "READY: all 1 checks passed; without encoder" in text and "no row with all of text_mask" in text
    (tmp_path / "readiness.json").write_text(json.dumps(found.as_json()))
    assert load_verdict(tmp_path / "readiness.json").left_out == why
    assert not verdict([], why).ready


def test_no_checks_is_not_ready():
    assert not Verdict(()).ready


def test_names_must_differ():
    with pytest.raises(ValueError, match="share a name: x"):
        verdict([Check("x", True, ""), Check("x", False, "")])


def test_survives_the_file(tmp_path):
    found = verdict([Check("a", True, "rule a", 0.5), Check("b", False, "rule b", "2 shared")])
    path = tmp_path / "readiness.json"
    path.write_text(json.dumps(found.as_json()))
    assert load_verdict(path) == found
    assert table(found).splitlines()[0].startswith("FAIL  b")  # failures first
    assert table(found).endswith("NOT READY: 1 of 2 checks failed")
