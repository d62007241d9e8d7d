"""The order in which `make repro` runs stages side by side; DVC itself runs in test_experiments."""

import io
import subprocess
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


def test_a_line_is_written_in_one_go(monkeypatch):
    written = []

    class Screen(io.StringIO):
        def write(self, text):
            written.append(text)
            return len(text)

    monkeypatch.setattr("sys.stdout", Screen())
    repro.tell("train", "begins\n")
    assert [text for text in written if text] == ["train                 begins\n"]


@pytest.mark.parametrize("asked", ["0", "-1", "two"])
def test_a_wrong_number_of_jobs_is_named(asked, monkeypatch):
    monkeypatch.setenv("JOBS", asked)
    with pytest.raises(UserError, match="JOBS"):
        repro.jobs()


PIPELINE = """
stages:
  one: {cmd: cp in one, deps: [in], outs: [one]}
  two: {cmd: cp one two, deps: [one], outs: [two]}
  aside: {cmd: cp other aside, deps: [other], outs: [aside]}
"""


@pytest.fixture
def pipeline(tmp_path, monkeypatch):
    """Three stages in a folder of DVC's, all of them up to date."""
    monkeypatch.chdir(tmp_path)
    for name, text in {"in": "a", "other": "b", "dvc.yaml": PIPELINE}.items():
        (tmp_path / name).write_text(text)
    subprocess.run(["dvc", "init", "--no-scm", "--quiet"], check=True)
    subprocess.run(["dvc", "repro", "--quiet"], check=True)
    return tmp_path


def test_what_changed_is_due_and_all_that_hangs_on_it(pipeline):
    assert repro.due() == {}
    (pipeline / "in").write_text("c")
    assert repro.due() == {"one": set(), "two": {"one"}}
    (pipeline / "aside").unlink()
    assert repro.due() == {"one": set(), "two": {"one"}, "aside": set()}


def test_a_broken_dvc_yaml_is_a_sentence(pipeline):
    (pipeline / "dvc.yaml").write_text("stages: [")
    with pytest.raises(UserError, match=r"dvc\.yaml"):
        repro.due()


def test_stages_run_by_dvc_leave_nothing_due(pipeline, capsys):
    (pipeline / "in").write_text("c")
    (pipeline / "other").write_text("d")
    assert repro.run_due()
    assert repro.due() == {}
    assert (pipeline / "two").read_text() == "c"
    said = capsys.readouterr().out
    assert all(f"{stage:<21} begins" in said for stage in ("one", "two", "aside"))
    assert "Updating lock file" not in said


def test_a_stage_that_fails_is_named_and_nothing_after_it_runs(pipeline, capsys):
    (pipeline / "in").unlink()
    assert not repro.run_due()
    assert "one failed" in capsys.readouterr().err
    assert (pipeline / "two").read_text() == "a"
