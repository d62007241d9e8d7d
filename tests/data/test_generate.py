"""The generate stage, run as DVC runs it."""

import os
import signal
import subprocess
import sys
import time

import psutil
import pytest
import yaml

SPLITS = {"train": 100_000, "val": 1, "test": 1, "test_composition": 1, "test_theme": 1}


@pytest.fixture
def project(tmp_path):
    params = {
        "base": {"seed": 0},
        "render": {"engine": "blitz"},
        "data": {"source": "synthetic", "fault_rate": 0.3, "splits": SPLITS},
        "tracking": {"enabled": False},
    }
    (tmp_path / "dvc.yaml").write_text("stages: {}\n")
    (tmp_path / "params.yaml").write_text(yaml.safe_dump(params))
    return tmp_path


def test_ctrl_c_is_one_sentence_and_leaves_nobody_behind(project, root):
    """A terminal sends the signal to the stage and to all its workers."""
    stage = subprocess.Popen(
        [sys.executable, root / "stages" / "generate.py"],
        cwd=project, env=os.environ | {"PYTHONPATH": str(root / "src")}, stderr=subprocess.PIPE, text=True,
        start_new_session=True, preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )  # fmt: skip
    helpers = working_helpers(stage.pid)
    os.killpg(stage.pid, signal.SIGINT)
    assert stage.communicate(timeout=30)[1].strip() == "error: Interrupted. Run again to continue."
    assert stage.returncode == 130
    _, alive = psutil.wait_procs(helpers, timeout=10)
    assert not alive
    assert list((project / "data").rglob("*.parquet")) == []


def working_helpers(pid: int) -> list[psutil.Process]:
    """The processes below `pid`, as soon as they have worked for two seconds."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        helpers = psutil.Process(pid).children(recursive=True)
        if sum(helper.cpu_times().user for helper in helpers if helper.is_running()) > 2.0:
            return helpers
        time.sleep(0.1)
    raise AssertionError("nobody is working")
