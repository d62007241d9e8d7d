"""Trainings as processes: killed for real, and two at once."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.training.little_pages import write_pages

SCRIPT = Path(__file__).with_name("train_pages.py")
ENV = os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": str(Path(__file__).parents[2] / "src")}


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_pages(tmp_path_factory.mktemp("data"))


def run(*arguments: object) -> None:
    done = subprocess.run([sys.executable, *map(str, arguments)], env=ENV, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr[-3000:]


def test_kill_9_and_again_gives_the_same_bytes(data: Path, tmp_path: Path) -> None:
    run(SCRIPT, data, tmp_path / "run-whole", tmp_path / "whole")
    state, out = tmp_path / "run" / "last.pt", tmp_path / "out"
    with subprocess.Popen(
        [sys.executable, SCRIPT, data, state.parent, out], env=ENV, stdout=subprocess.DEVNULL
    ) as child:
        deadline = time.monotonic() + 120
        while not state.exists() and time.monotonic() < deadline:
            time.sleep(0.01)
        time.sleep(0.2)  # some steps further, at any point of one
        child.send_signal(signal.SIGKILL)
    assert child.returncode == -signal.SIGKILL
    assert state.exists()
    assert not (out / "shipped.safetensors").exists()
    run(SCRIPT, data, state.parent, out)
    assert (out / "shipped.safetensors").read_bytes() == (tmp_path / "whole" / "shipped.safetensors").read_bytes()


def test_two_processes_end_with_equal_weights_and_one_writes(data: Path, tmp_path: Path) -> None:
    command = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    done = subprocess.run(
        [sys.executable, *command, SCRIPT, data, tmp_path / "run", tmp_path / "out"],
        env=ENV, capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    out = tmp_path / "out"
    assert sorted(p.name for p in out.iterdir()) == ["rank0.safetensors", "rank1.safetensors", "shipped.safetensors"]
    assert (out / "rank0.safetensors").read_bytes() == (out / "rank1.safetensors").read_bytes()
    assert sorted(p.name for p in (tmp_path / "run").iterdir()) == ["last.pt", "lock"]
    assert done.stdout.count("rank 0 logs") == 10
    assert "rank 1 logs" not in done.stdout


def test_a_batch_that_two_processes_cannot_share_is_refused() -> None:
    from tests.training.little_pages import Points, small_net, squared_error
    from tests.training.test_fit import CFG
    from unrender.config import UserError
    from unrender.training.fit import fit
    from unrender.training.team import Team

    with pytest.raises(UserError, match="batch_size 6 cannot be shared by 4"):
        fit(
            small_net(), squared_error, Points(), Points(), CFG, seed=0, run_dir=Path("never"), fingerprint="f",
            log=lambda step, scalars: None, team=Team(size=4),
        )  # fmt: skip
