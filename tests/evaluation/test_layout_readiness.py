"""The verdict on a layout network."""

import pytest

import unrender.inference.layout_probe
from tests.data.section_pages import write_sections
from tests.models.small_layout import network
from unrender.artifacts import save_model
from unrender.design.section_tree import KINDS
from unrender.evaluation.metrics.layouts import METRICS
from unrender.evaluation.readiness.layout import BOXES, GAINS, LayoutLimits, layout_checks, layout_process_checks

LIMITS = LayoutLimits(
    type_accuracy=0.85, element_precision=0.8, element_recall=0.8, visual_similarity=0.75, distinct_outputs=0.98,
    shuffled_margin=0.05, latency_p95=30, pages=3,
)  # fmt: skip


def facts(name: str) -> dict:
    errs = name == "tree_edit_distance"
    value, floor = (0.05, 0.2) if errs else (0.9, 0.5)
    arms = {arm: {"value": floor} for arm in ("lookup", "blind", "shuffled")}
    over = {"value": value - floor, "low": value - floor - 0.01, "high": value - floor + 0.01}
    return {"value": value, "floor": floor, "floor_arm": "lookup", "arms": arms, "over_floor": over}


@pytest.fixture
def evidence() -> dict:
    return {
        "test": {name: facts(name) for name in METRICS},
        "test_markup": {name: facts(name) for name in METRICS},
        "collapse": {"test": {"share": 1.0}},
        "given": {name: {"gain": {"value": 0.02, "low": 0.01}} for name in GAINS},
    }


def failed(evidence: dict) -> set[str]:
    return {check.name.removeprefix("layout.") for check in layout_checks(evidence, LIMITS) if not check.passed}


def test_a_good_network_passes(evidence):
    assert failed(evidence) == set()


def spoil_precision(e):
    e["test"]["element_precision"]["value"] = 0.79
    return {"element_precision"}


def spoil_floor(e):
    e["test"]["grouping_f1"]["over_floor"]["low"] = -0.001
    return {"grouping_f1_over_floor"}


def spoil_distance(e):  # an error: lower is better, and it must be lower than the floor's
    e["test"]["tree_edit_distance"]["over_floor"]["high"] = 0.001
    return {"tree_edit_distance_over_floor"}


def spoil_markup(e):
    e["test_markup"]["type_accuracy"]["over_floor"]["low"] = -0.001
    e["test_markup"]["props_f1"]["over_floor"]["low"] = -0.001  # not asked for: too few pages have any
    return {"type_accuracy_test_markup_over_floor"}


def spoil_collapse(e):
    e["collapse"]["test"]["share"] = 0.5
    return {"distinct_outputs"}


def spoil_shuffled(e):
    for name in BOXES:
        e["test"][name]["arms"]["shuffled"]["value"] = 0.8
    return {f"{name}_shuffled" for name in BOXES}


def spoil_given(e):
    e["given"]["type_accuracy_with_boxes"]["gain"]["low"] = -0.001
    return {"type_accuracy_with_boxes"}


def spoil_given_to_the_tree(e):
    e["given"]["box_iou_with_types_tree_only"]["gain"]["low"] = 0
    return {"box_iou_with_types_tree_only"}


@pytest.mark.parametrize(
    "spoil",
    [
        *(spoil_precision, spoil_floor, spoil_distance, spoil_markup, spoil_collapse, spoil_shuffled),
        *(spoil_given, spoil_given_to_the_tree),
    ],
)
def test_each_fault_fails_its_own_check(evidence, spoil):
    expected = spoil(evidence)
    assert failed(evidence) == expected


def test_a_gain_that_was_not_measured_is_no_pass(evidence):
    del evidence["given"]["type_accuracy_with_boxes"]
    with pytest.raises(KeyError):
        layout_checks(evidence, LIMITS)


def test_the_shipped_file_is_timed_and_run_twice(tmp_path):
    model = network()
    path, data = tmp_path / "layout.safetensors", write_sections(tmp_path / "data", 4, split="test")
    save_model(path, model.state_dict(), "layout", model.config.model_dump(), {"kinds": list(KINDS)})
    module = unrender.inference.layout_probe.__name__
    same, quick = layout_process_checks(path, data, tmp_path / "work", LIMITS, module)
    assert same.passed and quick.passed and 0 < (quick.measured or 0) < 30
    assert len(list((tmp_path / "work").rglob("structure.json"))) == LIMITS.pages
