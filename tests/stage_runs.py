"""Stages as DVC runs them, each in a folder of its own."""

import subprocess
import sys
from pathlib import Path

STAGES = Path(__file__).parents[1] / "stages"


def laid_out(folder: Path, params: str) -> Path:
    """A project that stages can run in, with this params.yaml."""
    (folder / "dvc.yaml").write_text("stages: {}\n")
    (folder / "params.yaml").write_text(params)
    return folder


def run(project: Path, name: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(STAGES / f"{name}.py")]
    return subprocess.run(command, cwd=project, capture_output=True, text=True, check=False, timeout=300)


def shipped(project: Path, kind: str) -> list[bytes]:
    """The files of a trained network."""
    names = (f"{kind}.safetensors", f"{kind}.curve/train.csv", f"{kind}.curve/val.csv")
    return [(project / "models" / name).read_bytes() for name in names]
