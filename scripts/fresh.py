"""Fail when dvc.lock is older than the code, params or data it stands for. Needs no data."""

import subprocess
from pathlib import Path

from unrender import config


def main() -> None:
    if not Path("dvc.lock").exists():
        print("dvc.lock: none yet")
        return
    done = subprocess.run(["dvc", "repro", "--dry", "--allow-missing"], capture_output=True, text=True, check=False)
    stale = [line for line in done.stdout.splitlines() if line.startswith("Running stage")]
    if done.returncode or stale:
        detail = " ".join(stale) or done.stderr.strip().splitlines()[0]
        raise config.UserError(f"dvc.lock is stale ({detail}). Run `make repro` and commit dvc.lock and metrics/.")
    print("dvc.lock: fresh")


if __name__ == "__main__":
    config.run_stage(main)
