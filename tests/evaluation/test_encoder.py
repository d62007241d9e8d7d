"""From shards and a model file to a report, on drawn pages."""

import numpy as np
import pytest
import torch

from tests.evaluation.drawing import draw_batch
from unrender.artifacts import write_json
from unrender.config import UserError
from unrender.data.pictures import encode
from unrender.data.schema import SCHEMA, SPLITS
from unrender.data.shards import write_manifest, write_split
from unrender.evaluation import selftest
from unrender.evaluation.encoder import EvaluateParams, evaluate_encoder
from unrender.evaluation.metrics.maps import PERFECT, tallies
from unrender.evaluation.pages import batch_count, batches, labelled, sample
from unrender.evaluation.readiness.leaks import leak_checks
from unrender.models.encoder import Config, Encoder

CFG = EvaluateParams(batch_size=4, resamples=100, floor_pages=8)


def rows(split: str, seed: int, n: int = 10) -> list[dict]:
    batch = draw_batch(seed, n)
    return [
        dict.fromkeys(SCHEMA.names)
        | {
            "id": f"{split}-{i}",
            "split": split,
            "source": "drawn",
            "design_hash": f"{seed}-{i}",
            "image": encode(batch.images[i]),
            "text_mask": encode(batch.true.text[i].astype(np.uint8) * 255),
            "image_mask": encode(batch.true.image[i].astype(np.uint8) * 255),
            "colour": encode(batch.true.colour[i]),
            "hierarchy": encode((batch.true.hierarchy[i] * 255).round().astype(np.uint8)),
            "format": ("page", "poster")[i % 2],
            "elements": i + 1,
            **{f"fault_{name}": i / 10 for name in ("alignment", "contrast", "crowding", "hierarchy")},
        }
        for i in range(n)
    ]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("clean")
    write_manifest(path, {split: write_split(path, split, rows(split, seed)) for seed, split in enumerate(SPLITS)})
    return path


@pytest.fixture(scope="module")
def model():
    torch.manual_seed(0)
    return Encoder(Config(base=4)).eval()


@pytest.fixture(scope="module")
def report(model, folder):
    return evaluate_encoder(model, folder, PERFECT, CFG, seed=0)


def test_reports_every_split_and_metric(report, tmp_path):
    assert set(report.metrics) == {"test", "test_composition", "test_theme"}
    for split, scores in report.metrics.items():
        assert set(scores) == set(PERFECT)
        for name, value in scores.items():
            facts = report.evidence[split][name]
            assert facts["low"] <= value <= facts["high"]
            assert facts["n"] == 10
    write_json(tmp_path / "evidence.json", report.evidence)  # nothing in it is NaN


def test_same_model_same_report(model, folder, report):
    again = evaluate_encoder(model, folder, PERFECT, CFG, seed=0)
    assert again.evidence == report.evidence
    assert again.cases.tobytes() == report.cases.tobytes()


def test_groups_and_plot_rows(report):
    groups = report.evidence["groups"]["test"]
    assert set(groups["format"]) == {"page", "poster"}
    assert set(groups["fault_contrast"]) == {"none", "mild", "strong"}
    assert {row["split"] for row in report.difficulty} == set(report.metrics)
    assert sum(row["pages"] for row in report.difficulty if row["split"] == "test") == 10


def test_a_broken_metric_publishes_nothing(model, folder, monkeypatch):
    monkeypatch.setattr(selftest, "tallies", lambda predicted, true: tallies(true, true))  # always perfect
    with pytest.raises(selftest.MetricFault):
        evaluate_encoder(model, folder, PERFECT, CFG, seed=0)


def test_collapse_is_counted(report, folder):
    assert report.evidence["collapse"]["test"]["distinct_inputs"] == 10
    dead = Encoder(Config(base=4)).eval()
    for parameter in dead.parameters():
        parameter.data.zero_()
    collapsed = evaluate_encoder(dead, folder, PERFECT, CFG, seed=0)
    assert collapsed.evidence["collapse"]["test"]["distinct_outputs"] == 1
    shuffled = collapsed.evidence["test"]["text_iou"]["arms"]["shuffled"]["value"]
    assert shuffled == collapsed.metrics["test"]["text_iou"]


def test_unlabelled_rows_are_left_out_and_an_empty_split_is_named(tmp_path):
    mixed = rows("test", 0, 4)
    mixed[1]["colour"] = None
    bare = [row | {"hierarchy": None} for row in rows("val", 1, 2)]
    write_manifest(tmp_path, {"test": write_split(tmp_path, "test", mixed), "val": write_split(tmp_path, "val", bare)})
    assert labelled(tmp_path, "test", ["id"])["id"].to_pylist() == ["test-0", "test-2", "test-3"]
    with pytest.raises(UserError, match="'val' holds no page"):
        labelled(tmp_path, "val")


@pytest.mark.parametrize("size", [2, 3, 4, 7, 64])
def test_batches_cover_each_page_once_and_none_is_alone(folder, size):
    table = labelled(folder, "test")
    lengths = [len(batch.true) for batch in batches(table, size)]
    assert sum(lengths) == 10 and min(lengths) >= 2
    assert len(lengths) == batch_count(table, size)


def test_sample_is_spread_over_the_table(folder):
    assert sample(labelled(folder, "test", ["id"]), 3)["id"].to_pylist() == ["test-0", "test-4", "test-9"]


def test_leaks_are_found(folder, tmp_path):
    assert all(check.passed for check in leak_checks(folder))
    leaky = {split: rows(split, seed) for seed, split in enumerate(SPLITS)}
    leaky["test_theme"][3]["image"] = leaky["train"][5]["image"]
    leaky["test"][0]["design_hash"] = leaky["val"][1]["design_hash"]
    write_manifest(tmp_path, {split: write_split(tmp_path, split, some) for split, some in leaky.items()})
    assert [(check.passed, check.found) for check in leak_checks(tmp_path)] == [(False, "1 shared")] * 2
