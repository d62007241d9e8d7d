"""The whole pipeline, tiny, in a temporary clone: this checkout's files with params.smoke.yaml laid over params.yaml.

Nothing here is changed: the clone has its own data, models, metrics and MLflow store, and is removed at the end.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from unrender import config
from unrender.overlay import lay_over


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="unrender-smoke-") as folder:
        clone = Path(folder) / "clone"
        copy_checkout(Path.cwd(), clone)
        shrink(clone)
        command = [sys.executable, "scripts/repro.py"]
        code = subprocess.run(command, cwd=clone, env=clean_env(), check=False).returncode
    if code == 0:
        print("Smoke test passed: every stage ran. Models this small are not meant to be READY.")
    sys.exit(code)


def copy_checkout(source: Path, clone: Path) -> None:
    """A git clone of `source` with its uncommitted and untracked (not ignored) files, all committed there."""
    subprocess.run(["git", "clone", "--quiet", "--no-hardlinks", source, clone], check=True)
    listed = subprocess.check_output(["git", "ls-files", "-z", "-co", "--exclude-standard"], cwd=source, text=True)
    for name in filter(None, listed.split("\0")):
        target = clone / name
        target.unlink(missing_ok=True)
        if (source / name).exists():  # else deleted, but not committed yet
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source / name, target)
    commit(clone, "The checkout as it is")


def shrink(clone: Path) -> None:
    """Lay params.smoke.yaml over params.yaml."""
    lay_over(clone / "params.yaml", clone / "params.smoke.yaml")
    commit(clone, "Tiny params")


def commit(clone: Path, message: str) -> None:
    author = ["-c", "user.name=smoke", "-c", "user.email=smoke@localhost"]
    subprocess.run(["git", "add", "--all"], cwd=clone, check=True)
    command = ["git", *author, "commit", "--quiet", "--allow-empty", "--no-verify", "--message", message]
    subprocess.run(command, cwd=clone, check=True)


def clean_env() -> dict[str, str]:
    """The environment without pointers to this checkout's DVC root and MLflow store."""
    return {key: value for key, value in os.environ.items() if not key.startswith(("DVC_", "MLFLOW_T", "MLFLOW_R"))}


if __name__ == "__main__":
    config.run_stage(main)
