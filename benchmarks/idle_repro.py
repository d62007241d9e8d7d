"""What `dvc repro` costs where nothing is due, beside `dvc stage list`, which reads dvc.yaml and no other file. The
difference grows with what the stages depend on.

    PYTHONPATH=src python benchmarks/idle_repro.py [--times 3]

Prints the least seconds of processor time of either, and the ratio. Run `make repro` first.
"""

import argparse
import resource
import subprocess

from unrender.config import UserError, run_stage

IDLE, PEER = ("dvc", "repro"), ("dvc", "stage", "list")


def main() -> None:
    times = arguments().times
    seconds = {command: min(processor_seconds(command) for _ in range(times)) for command in (IDLE, PEER)}
    for command, least in seconds.items():
        print(f"{' '.join(command):<14} {least:.2f} s")
    print(f"{seconds[IDLE] / seconds[PEER]:.1f} x as long")


def processor_seconds(command: tuple[str, ...]) -> float:
    """Of the command and its children: what a clock shows on a machine with nothing else to do."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode or "Running stage" in done.stdout:
        raise UserError(f"`{' '.join(command)}` was not idle. Run `make repro` first")
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=3, help="how often each is run")
    return parser.parse_args()


if __name__ == "__main__":
    run_stage(main)
