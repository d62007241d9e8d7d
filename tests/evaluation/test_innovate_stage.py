"""stages/innovate.py as DVC runs it: killed and run again it leaves what a run in one go leaves, byte for byte."""

import csv
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import yaml

from tests.objectives.small_drawing import save_drawing
from tests.stage_runs import STAGES, laid_out, run

PAGES = 17  # three batches
PARAMS = {
    "base": {"seed": 0},
    "innovate": {"pages": PAGES, "steps": 1, "sampler_steps": 2},
    "tracking": {"enabled": False},
}
OUTPUTS = ["after.npy", "before.npy", "scores.csv", "search.gif", "sheet.png"]


def project(folder: Path) -> Path:
    folder.mkdir()
    save_drawing(folder / "models")
    return laid_out(folder, yaml.safe_dump(PARAMS))


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted((folder / "models/innovate").iterdir())}


@pytest.mark.slow
def test_killed_and_run_again_it_leaves_the_same_bytes(tmp_path: Path) -> None:
    whole, broken = project(tmp_path / "whole"), project(tmp_path / "broken")
    done = run(whole, "innovate")
    assert done.returncode == 0, done.stderr[-3000:]
    assert list(contents(whole)) == OUTPUTS
    assert list((whole / "runs/innovate").iterdir()) == []
    assert np.load(whole / "models/innovate/before.npy").shape == (PAGES, 256, 256, 3)
    rows = list(csv.DictReader((whole / "models/innovate/scores.csv").open()))
    assert len(rows) == PAGES * 2 and len({(row["goal"], row["format"]) for row in rows}) == PAGES

    killed = subprocess.Popen([sys.executable, str(STAGES / "innovate.py")], cwd=broken, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 120
    while not finished(broken) and time.monotonic() < deadline:
        time.sleep(0.02)
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    assert 1 <= len(finished(broken)) < 3
    assert not (broken / "models/innovate").exists()
    first = finished(broken)[0].stat().st_mtime_ns
    again = subprocess.Popen([sys.executable, str(STAGES / "innovate.py")], cwd=broken)
    seen = set()
    while again.poll() is None:
        seen |= {path.stat().st_mtime_ns for path in finished(broken)[:1]}
        time.sleep(0.02)
    assert again.returncode == 0
    assert seen == {first}  # the finished batch was not searched again
    assert contents(broken) == contents(whole)


def finished(folder: Path) -> list[Path]:
    """Batches that a run has put away."""
    return sorted((folder / "runs").glob("innovate/*/[0-9]*.npz"))
