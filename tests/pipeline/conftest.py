"""A temporary clone of this checkout with tiny params, for tests that run DVC for real."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from scripts import smoke


@dataclass
class Project:
    """A checkout to run commands in. Its MLflow store is its own."""

    folder: Path

    def run(self, *command: str, check: bool = True, **env: str) -> subprocess.CompletedProcess[str]:
        """Run a command; with `check`, fail the test with its output unless it exits 0."""
        everything = smoke.clean_env() | {"PYTHONPATH": "src", "PATH": path_with_venv()} | env
        # Files, not pipes: DVC's queue workers inherit the output, and now and then one stays (treeverse/dvc#10398).
        with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
            code = subprocess.call(command, cwd=self.folder, env=everything, stdout=out, stderr=err)
            out.seek(0)
            err.seek(0)
            done = subprocess.CompletedProcess(command, code, out.read(), err.read())
        assert not check or done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
        return done

    def end_queue_workers(self) -> None:
        """Kill the queue workers that DVC left behind."""
        for path in (self.folder / ".dvc" / "tmp" / "exps" / "celery").glob("*.pid"):
            pid = int(path.read_text())
            if psutil.pid_exists(pid) and "queue-worker" in psutil.Process(pid).cmdline():
                psutil.Process(pid).kill()

    def runs(self) -> list:
        """Every run of its MLflow store."""
        from mlflow import MlflowClient

        client = MlflowClient(f"sqlite:///{self.folder}/.mlflow/mlflow.db")
        experiment = client.get_experiment_by_name("unrender")
        return client.search_runs([experiment.experiment_id]) if experiment else []


def path_with_venv() -> str:
    """DVC's stages call `python`: it must be the one that runs the tests."""
    return f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"


@pytest.fixture(scope="session")
def finished(tmp_path_factory, root) -> Iterator[Project]:
    """The clone after one whole `make repro`."""
    folder = tmp_path_factory.mktemp("pipeline") / "clone"
    smoke.copy_checkout(root, folder)
    smoke.shrink(folder)
    project = Project(folder)
    project.run("git", "config", "user.email", "test@localhost")
    project.run("git", "config", "user.name", "test")
    project.run("python", "scripts/repro.py")
    project.run("git", "add", "--all")
    project.run("git", "commit", "--quiet", "--no-verify", "-m", "First results")
    yield project
    project.end_queue_workers()
