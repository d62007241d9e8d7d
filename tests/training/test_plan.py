"""The phase follows from the number of examples; what is written in params wins."""

import json
import time

import pytest

from unrender.config import Section, UserError
from unrender.data import shards
from unrender.training import plan
from unrender.training.plan import LAYOUT, LayoutPlan, Plan, choose, expected_seconds, load, phase_of, resolved


@pytest.mark.parametrize(
    ("count", "phase"),
    [(0, 1), (1, 1), (2_000, 1), (2_001, 2), (10_000, 2), (10_001, 3), (100_000, 3), (100_001, 4), (10**7, 4)],
)
def test_phases_end_where_the_specification_says(count, phase):
    assert phase_of(count) == phase
    assert choose({"train": count, "val": 10**6}) == Plan(
        phase=phase, examples={"train": count, "val": 10**6}, layout=LAYOUT[phase]
    )


def test_a_phase_in_params_overrules_the_count():
    assert choose({"train": 5}, 4).layout == LAYOUT[4]


def test_more_examples_never_mean_less_training():
    ordered = [LAYOUT[phase] for phase in (1, 2, 3, 4)]
    for name in ("width", "layers", "heads", "steps", "batch_size"):
        values = [getattr(settings, name) for settings in ordered]
        assert values == sorted(values)
    assert [settings.augment for settings in ordered] == sorted((s.augment for s in ordered), reverse=True)


def test_heads_share_the_width_evenly():
    with pytest.raises(ValueError, match="multiple of heads"):
        LayoutPlan(width=100, layers=1, heads=3, steps=1, batch_size=1, augment=1)


class Given(Section):
    width: int | None = None
    steps: int | None = None
    augment: int | None = None
    dropout: float | None = None
    lr: float = 1e-3


def test_what_params_say_wins_and_null_takes_the_plan():
    found = resolved(Given(steps=7, augment=None), LAYOUT[2])
    assert found == {"width": 128, "steps": 7, "augment": 4, "dropout": None, "lr": 1e-3}


def test_a_zero_in_params_is_no_null():
    assert resolved(Given(width=0), LAYOUT[2])["width"] == 0


def test_a_plan_comes_back_as_it_was_written(tmp_path):
    chosen = choose({"train": 3, "val": 1})
    path = tmp_path / "plan.json"
    path.write_text(json.dumps(chosen.model_dump(mode="json")))
    assert load(path) == chosen


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b"\xff\xfe", b'{"phase": 1}', b'{"phase": 9, "examples": {}, "layout": {}}', b"[" * 10**5],
)
def test_a_broken_plan_is_one_sentence(tmp_path, content):
    path = tmp_path / "plan.json"
    path.write_bytes(content)
    with pytest.raises(UserError, match="dvc repro -f plan") as error:
        load(path)
    assert "\n" not in str(error.value)


def test_a_missing_plan_is_named(tmp_path):
    with pytest.raises(UserError, match="dvc repro plan"):
        load(tmp_path / "plan.json")


def test_the_median_of_the_timed_steps_counts(monkeypatch):
    clock, waits = [0.0], iter([0.4, 0.1, 0.5, 0.1])  # the first warms up, and one is disturbed

    def step():
        clock[0] += next(waits)

    monkeypatch.setattr(time, "perf_counter", lambda: clock[0])
    assert expected_seconds(step, steps=1000) == pytest.approx(100)


def test_rows_that_lack_a_document_are_counted_apart(tmp_path):
    document = {"structure": "{}", "layout": "{}"}
    rows = [document, document | {"layout": None}, {"structure": None, "layout": None}, document]
    image = {"bytes": b"", "path": None}
    described = [{"id": str(k), "split": "train", "source": "x", "image": image} | row for k, row in enumerate(rows)]
    shards.write_manifest(tmp_path, {"train": shards.write_split(tmp_path, "train", described)})
    assert plan.usable(tmp_path, "train") == (2, 2)
