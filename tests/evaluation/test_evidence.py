"""Floors, ceilings and groups around a score."""

import json

import numpy as np
import pyarrow as pa
import pytest

from tests.evaluation.drawing import draw_batch
from unrender.config import UserError
from unrender.evaluation.ceilings import gap_closed, read_ceilings
from unrender.evaluation.evidence import by_group, evidence, strongest
from unrender.evaluation.floors import fit_floors
from unrender.evaluation.groups import difficulty_edges, group
from unrender.evaluation.metrics.maps import PERFECT, tallies
from unrender.evaluation.scoring import Scored, neighbours


@pytest.fixture(scope="module")
def scored() -> Scored:
    train, test = draw_batch(1, 16), draw_batch(3, 8)
    arms = fit_floors([train]).tallies(test) | {"shuffled": tallies(neighbours(test.true), test.true)}
    return Scored(tallies(test.true, test.true), arms, 8, 8)


def test_perfect_reading_closes_the_gap(scored):
    found = evidence(scored, PERFECT, resamples=200, seed=0)
    for name, facts in found.items():
        assert facts["value"] == facts["low"] == facts["high"] == PERFECT[name]
        assert facts["gap_closed"] == pytest.approx(1)
        assert facts["n"] == 8
        assert {"constant", "mean_map", "heuristic", "shuffled"} <= set(facts["arms"])
        assert facts["floor"] == facts["arms"][facts["floor_arm"]]["value"]
    assert found["text_iou"]["over_floor"]["low"] > 0
    assert found["hierarchy_mse"]["over_floor"]["high"] < 0


def test_shuffled_answers_are_no_floor(scored):
    arms = {"shuffled": scored.own["text_iou"], "constant": scored.arms["constant"]["text_iou"]}
    assert strongest("text_iou", arms) == "constant"


def test_the_strongest_arm_of_an_error_is_the_lowest(scored):
    arms = {arm: found["hierarchy_mse"] for arm, found in scored.arms.items() if "hierarchy_mse" in found}
    best = strongest("hierarchy_mse", arms)
    assert arms[best].value == min(tally.value for arm, tally in arms.items() if arm != "shuffled")


def test_shuffling_a_perfect_reading_ruins_it(scored):
    assert scored.arms["shuffled"]["text_iou"].value < 0.5


def test_gap_closed_by_hand():
    assert gap_closed(0.75, 0.5, 1.0) == pytest.approx(0.5)
    assert gap_closed(0.02, 0.06, 0.0) == pytest.approx(2 / 3)  # an error
    assert gap_closed(0.4, 0.5, 1.0) < 0  # worse than the floor shows as such


def test_groups_cover_each_labelled_page_once():
    table = pa.table(
        {
            "format": ["page", "poster", None, "page"],
            "elements": [3, 9, 20, None],
            **{f"fault_{name}": [0.0, 0.3, 0.9, 0.0] for name in ("alignment", "contrast", "crowding", "hierarchy")},
        }
    )
    groups = group(table, [5, 10])
    assert {name: rows.tolist() for name, rows in groups["difficulty"].items()} == {
        "1-5 elements": [0],
        "6-10 elements": [1],
        "over 10 elements": [2],
    }
    assert groups["format"]["page"].tolist() == [0, 3]
    assert {name: rows.tolist() for name, rows in groups["fault_contrast"].items()} == {
        "none": [0, 3],
        "mild": [1],
        "strong": [2],
    }


def test_group_scores_are_those_of_their_pages(scored):
    rows = np.array([1, 4])
    found = by_group(scored, {"format": {"page": rows}}, resamples=100, seed=0)["format"]["page"]
    assert found["colour_accuracy"]["value"] == scored.own["colour_accuracy"][rows].value
    assert found["colour_accuracy"]["n"] == 2


def test_difficulty_edges_are_distinct():
    assert difficulty_edges(np.array([5, 5, 5, 5])) == [5]
    assert difficulty_edges(np.arange(1, 101)) == [25, 50, 75]


def test_missing_ceilings_are_named(tmp_path):
    path = tmp_path / "dataset.json"
    with pytest.raises(UserError, match="missing"):
        read_ceilings(path)
    path.write_text(json.dumps({"rows": {}}))
    with pytest.raises(UserError, match="no ceilings"):
        read_ceilings(path)
    path.write_text(json.dumps({"ceiling": {"text_iou": 0.99, "image_iou": 1.0, "colour_accuracy": None}}))
    with pytest.raises(UserError, match="colour_accuracy, hierarchy_mse"):
        read_ceilings(path)
