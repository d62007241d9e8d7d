"""The order in which `make repro` runs stages side by side; DVC itself runs in test_experiments."""

import threading

import pytest

from scripts import repro
from unrender.config import UserError

NEEDS = {"data": set(), "short": {"data"}, "long": {"data"}, "last": {"long"}, "report": {"short", "last"}}


class Stages:
    """Notes what runs; `pairs` of stages end only once both have begun."""

    def __init__(self, fails=(), pairs=()):
        self.begun, self.shared, self.fails = [], {}, fails
        self.gates = {stage: barrier for pair in pairs for barrier in [threading.Barrier(len(pair))] for stage in pair}

    def __call__(self, stage, shared):
        self.begun.append(stage)
        self.shared[stage] = shared
        if stage in self.gates:
            self.gates[stage].wait(timeout=10)
        return stage not in self.fails


def test_two_stages_run_side_by_side_and_one_alone_has_all_cores():
    stages = Stages(pairs=[("long", "short")])
    assert repro.run_all(NEEDS, stages, 2) == []
    assert stages.begun[0] == "data"
    assert stages.begun[-1] == "report"
    assert {stage for stage, shared in stages.shared.items() if not shared} >= {"data", "report"}
    assert stages.shared["long"]
    assert stages.shared["short"]


def test_what_most_hangs_on_comes_first():
    stages = Stages()
    assert repro.run_all(NEEDS, stages, 1) == []
    assert stages.begun == ["data", "long", "last", "short", "report"]
    assert not any(stages.shared.values())


def test_after_a_failure_nothing_is_begun_and_what_runs_ends():
    stages = Stages(fails=("short",), pairs=[("long", "short")])
    assert repro.run_all(NEEDS, stages, 2) == ["short"]
    assert sorted(stages.begun) in (["data", "long", "short"], ["data", "last", "long", "short"])  # long may end first


@pytest.mark.parametrize("asked", ["0", "-1", "two"])
def test_a_wrong_number_of_jobs_is_named(asked, monkeypatch):
    monkeypatch.setenv("JOBS", asked)
    with pytest.raises(UserError, match="JOBS"):
        repro.jobs()
