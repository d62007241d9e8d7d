"""What every test may rely on: this checkout's code in child processes too, and no inherited DVC or MLflow state."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

ROOT = Path(__file__).parent.parent

os.environ["PYTHONPATH"] = str(ROOT / "src")  # read by child processes
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # each child would compile mlflow and torch anew
os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
os.environ.setdefault("OMP_NUM_THREADS", "1")  # tests run side by side
for _name in [
    name for name in os.environ if name.startswith("DVC_") or name in ("MLFLOW_TRACKING_URI", "MLFLOW_RUN_ID")
]:
    del os.environ[_name]

settings.register_profile("untimed", deadline=None)  # a busy machine is no defect
settings.load_profile("untimed")


@pytest.fixture(scope="session")
def root() -> Path:
    """The checkout under test."""
    return ROOT
