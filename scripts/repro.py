"""`dvc repro`, with params.yaml checked before any work, and a table of seconds per stage and the verdict after it.

Arguments are handed to dvc. Stages that DVC skipped are not in the table.
"""

import subprocess
import sys
import time
from pathlib import Path

from unrender import config
from unrender.evaluation.readiness.verdict import VERDICT, headline, load_verdict

SECONDS = Path("runs/seconds.tsv")  # written by config.run_stage


def main() -> None:
    config.check_file("params.yaml")
    start = time.time()
    code = subprocess.run(["dvc", "repro", *sys.argv[1:]], check=False).returncode
    print(table(start, time.time() - start))
    if code == 0 and not sys.argv[1:]:  # else the verdict may be older than what was run
        print(f"\n{headline(load_verdict(VERDICT))}. `make gate` lists them; the README says where to look next.")
    sys.exit(code)


def table(start: float, total: float) -> str:
    """The stages that ended after `start`, in order, with what DVC itself took."""
    rows = [line.split("\t") for line in SECONDS.read_text().splitlines()] if SECONDS.exists() else []
    stages = [(name, float(seconds)) for end, name, seconds in rows if float(end) >= start]
    overhead = total - sum(seconds for _, seconds in stages)
    lines = [*stages, ("dvc and failed stages", overhead), ("total", total)]
    return "\n" + "\n".join(f"{name:<24}{seconds:>8.1f} s" for name, seconds in lines)


if __name__ == "__main__":
    config.run_stage(main)
