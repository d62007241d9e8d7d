"""The verdict on a coder."""

import pytest

import unrender.cli
import unrender.inference.code_probe
from tests.inference.small_coder import save_coder
from unrender.data import shards, synthesise
from unrender.design.languages import foreign
from unrender.evaluation.readiness.coder import (
    BEATEN,
    SEEN,
    CoderLimits,
    coder_checks,
    coder_process_checks,
    compiling,
)

LIMITS = CoderLimits(
    exact_match=0.77, token_accuracy=0.97, parse_rate=1, distinct_outputs=0.9, shuffled_margin=0.05, latency_p95=30,
    beam_times=1000, pages=2,
)  # fmt: skip


def facts(name: str) -> dict:
    errs = name == "tree_edit_distance"
    value, floor = (0.02, 0.2) if errs else (0.98, 0.5)
    arms = {
        arm: {"value": floor, "low": floor - 0.02, "high": floor + 0.02}
        for arm in ("constant", "nearest", "autoencoder", "shuffled")
    }
    over = {"value": value - floor, "low": value - floor - 0.01, "high": value - floor + 0.01}
    about = {"value": value, "low": value - 0.01, "high": value + 0.01, "floor": floor, "floor_arm": "nearest"}
    return about | {"arms": arms, "over_floor": over}


@pytest.fixture
def evidence() -> dict:
    test = {name: facts(name) for name in BEATEN}
    nothing = {"value": 0.0, "low": 0.0, "high": 0.0}
    test["parse_rate"] = facts("parse_rate") | {"value": 1.0, "over_floor": nothing}
    return {
        "test": test,
        "test_composition": {"exact_match": facts("exact_match")},
        "collapse": {"test": {"share": 0.95}},
    }


def failed(evidence: dict) -> set[str]:
    return {check.name.removeprefix("coder.") for check in coder_checks(evidence, LIMITS) if not check.passed}


def test_a_good_coder_passes_though_constants_parse_as_well(evidence):
    assert failed(evidence) == set()


def spoil_accuracy(e):
    e["test"]["token_accuracy"]["value"] = 0.969
    return {"token_accuracy"}


def spoil_parsing(e):
    e["test"]["parse_rate"]["value"] = 0.999
    return {"parse_rate"}


def spoil_floor(e):
    e["test"]["ssim"]["over_floor"]["low"] = -0.001
    return {"ssim_over_floor"}


def spoil_distance(e):
    e["test"]["tree_edit_distance"]["over_floor"]["high"] = 0.001
    return {"tree_edit_distance_over_floor"}


def spoil_baseline(e):  # better, and yet the intervals touch
    e["test"]["exact_match"]["arms"]["autoencoder"]["high"] = e["test"]["exact_match"]["low"]
    return {"test_over_autoencoder"}


def spoil_baseline_elsewhere(e):
    e["test_composition"]["exact_match"]["low"] = 0.51
    return {"test_composition_over_autoencoder"}


def spoil_collapse(e):
    e["collapse"]["test"]["share"] = 0.89
    return {"distinct_outputs"}


def spoil_shuffled(e):
    for name in SEEN:
        e["test"][name]["arms"]["shuffled"]["value"] = 0.56
    return {f"{name}_shuffled" for name in SEEN}


@pytest.mark.parametrize(
    "spoil",
    [
        *(spoil_accuracy, spoil_parsing, spoil_floor, spoil_distance, spoil_baseline, spoil_baseline_elsewhere),
        *(spoil_collapse, spoil_shuffled),
    ],
)
def test_each_fault_fails_its_own_check(evidence, spoil):
    expected = spoil(evidence)
    assert failed(evidence) == expected


def test_codes_that_do_not_compile_are_found(tmp_path):
    assert not compiling(tmp_path, foreign()).passed  # nothing was written
    (tmp_path / "a").mkdir()
    (tmp_path / "a/code.gui").write_text("row {\nsingle {\ntext\n}\n}\n")
    assert compiling(tmp_path, foreign()).passed
    (tmp_path / "code.gui").write_text("row { single { text }")
    assert compiling(tmp_path, foreign()).found == "1 of 2"


@pytest.mark.slow
def test_the_shipped_file_is_timed_run_twice_and_shown_what_nobody_wished_for(tmp_path):
    rows = list(synthesise.rows("test", 2, 0, 0.3, "blitz", workers=1))
    shards.write_manifest(tmp_path / "data", {"test": shards.write_split(tmp_path / "data", "test", rows)}, source="s")
    modules = unrender.inference.code_probe.__name__, unrender.cli.__name__
    path = save_coder(tmp_path / "coder.safetensors")
    checks = coder_process_checks(path, tmp_path / "data", tmp_path / "work", LIMITS, *modules)
    assert [check.name for check in checks if not check.passed] == []
    found = {check.name.removeprefix("coder."): check for check in checks}
    assert {"deterministic", "latency_p95", "beam_times", "compiles", "input.huge", "input.text"} <= set(found)
    assert (found["latency_p95"].measured or 0) > 0 and (found["beam_times"].measured or 0) > 1
    assert len(list((tmp_path / "work/screens").iterdir())) == 2
