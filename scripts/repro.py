"""`make repro`: what is due of the pipeline, two stages at a time, with a table of seconds and the verdict after it.

Small networks make poor use of a second core (1.3 to 1.5 times as fast as with one), so two stages with a core each
end sooner than one after the other. DVC runs one stage at a time, but several `dvc repro` may work in one folder: here
each runs one stage, and waits while another writes dvc.lock. Arguments are handed to `dvc repro` as it is.
"""

import graphlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from pathlib import Path

from unrender import config
from unrender.evaluation.readiness.verdict import VERDICT, headline, load_verdict

SECONDS = Path("runs/seconds.tsv")  # written by config.run_stage
CHATTER = ("Running stage", ">", "Updating lock file", "To track", "git add", "To enable", "dvc config", "Use `dvc")
"""What DVC says of every stage."""

Needs = Mapping[str, set[str]]
"""Stage -> the stages it needs."""


def main() -> None:
    config.check_file("params.yaml")
    start = time.time()
    if sys.argv[1:]:
        done = subprocess.run(["dvc", "repro", *sys.argv[1:]], check=False).returncode == 0
    else:
        done = run_due()
    print(table(start, time.time() - start))
    if done and not sys.argv[1:]:  # else the verdict may be older than what was run
        print(f"\n{headline(load_verdict(VERDICT))}. `make gate` lists them; the README says where to look next.")
    sys.exit(0 if done else 1)


def run_due() -> bool:
    """Run what is due. Whether all went well."""
    at_once, cores = jobs(), _cores()

    def run(stage: str, shared: bool) -> bool:
        threads = max(1, cores // at_once) if shared else cores
        tell(stage, f"begins, {threads} of {cores} cores\n")
        return repro(stage, threads)

    failed = run_all(due(), run, at_once)
    if failed:
        print(f"{' and '.join(failed)} failed. `make repro` goes on from there.", file=sys.stderr)
    return not failed


def jobs() -> int:
    """How many stages run at a time: $JOBS, or two where there is a core for each. A GPU is not shared."""
    asked = os.environ.get("JOBS", "")
    if asked and not (asked.isdecimal() and int(asked)):
        raise config.UserError(f"JOBS is {asked!r}; it must be a number of stages, 1 or more")
    return int(asked) if asked else 1 if shutil.which("nvidia-smi") else min(2, _cores())


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def due() -> Needs:
    """What changed since dvc.lock was written, and all that hangs on it. UserError where DVC cannot say."""
    from dvc.exceptions import DvcException
    from dvc.repo import Repo

    try:
        with Repo() as repo:
            graph = repo.index.graph.adj.items()
            needs = {stage.addressing: {need.addressing for need in after} for stage, after in graph}
            changed = set(repo.status())
    except DvcException as error:
        raise config.UserError(f"{error}. `dvc status` says where") from error
    found: set[str] = set()
    for stage in graphlib.TopologicalSorter(needs).static_order():
        if stage in changed or needs[stage] & found:
            found.add(stage)
    return {stage: needs[stage] & found for stage in needs if stage in found}


def run_all(needs: Needs, run: Callable[[str, bool], bool], at_once: int) -> list[str]:
    """Call run(stage, whether others may run beside it) for each, `at_once` at a time, those first that most hangs on.

    After the first that gives False nothing new is begun; what runs goes on to its end. Returns those that failed.
    """
    sorter = graphlib.TopologicalSorter(needs)
    sorter.prepare()
    ready: list[str] = []
    failed: list[str] = []
    running: dict[Future[bool], str] = {}
    ahead = _ahead(needs)
    with ThreadPoolExecutor(at_once) as pool:
        while running or (sorter.is_active() and not failed):
            ready = sorted([*ready, *sorter.get_ready()], key=lambda stage: (-ahead[stage], stage))
            shared = at_once > 1 and len(running) + len(ready) > 1
            while ready and len(running) < at_once and not failed:
                stage = ready.pop(0)
                running[pool.submit(run, stage, shared)] = stage
            ended, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in ended:
                stage = running.pop(future)
                if future.result():
                    sorter.done(stage)
                else:
                    failed.append(stage)
    return failed


def _ahead(needs: Needs) -> dict[str, int]:
    """How many stages the longest way from each to the end has."""
    ahead = dict.fromkeys(needs, 1)
    for stage in reversed([*graphlib.TopologicalSorter(needs).static_order()]):
        for need in needs[stage]:
            ahead[need] = max(ahead[need], ahead[stage] + 1)
    return ahead


def repro(stage: str, threads: int) -> bool:
    """Run one stage by DVC, its name before each of its lines. Whether it went well."""
    command = ["dvc", "--wait-for-lock", "repro", "--single-item", stage]
    env = os.environ | {"OMP_NUM_THREADS": str(threads)}
    with subprocess.Popen(
        command, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
    ) as process:
        assert process.stdout
        for line in process.stdout:
            if line.strip() and not line.lstrip().startswith(CHATTER):
                tell(stage, line)
    return process.returncode == 0


def tell(stage: str, line: str) -> None:
    """Show a line of a stage, its end included: written apart, it may come after another thread's line."""
    print(f"{stage:<21} {line}", end="", flush=True)


def table(start: float, total: float) -> str:
    """The stages that ended after `start`, in order, and how long all took: side by side, less than their sum."""
    rows = [line.split("\t") for line in SECONDS.read_text().splitlines()] if SECONDS.exists() else []
    stages = [(name, float(seconds)) for end, name, seconds in rows if float(end) >= start]
    return "\n" + "\n".join(f"{name:<24}{seconds:>8.1f} s" for name, seconds in [*stages, ("total", total)])


if __name__ == "__main__":
    config.run_stage(main)
