"""How far and how fast a training is: a bar on a terminal, a line now and then in a log file."""

import resource
import sys
import time
from types import TracebackType

import torch

LINE_SECONDS = 15.0


class Progress:
    """Use as a context; call `show` after each step. A silent one shows nothing."""

    def __init__(self, steps: int, start: int, silent: bool = False):
        self.steps, self.start, self.silent = steps, start, silent
        self.began = self.printed = time.monotonic()
        self.bar = _bar(steps, start) if sys.stderr.isatty() and not silent else None

    def __enter__(self) -> "Progress":
        if self.bar:
            self.bar.start()
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self.bar:
            self.bar.stop()

    def show(self, step: int, note: str = "") -> None:
        """`step` steps are done; `note` holds the latest scores."""
        if self.bar:
            self.bar.update(self.bar.task_ids[0], completed=step, note=note)
        elif not self.silent and (step == self.steps or time.monotonic() - self.printed >= LINE_SECONDS):
            self.printed = time.monotonic()
            print(self.line(step, note), file=sys.stderr, flush=True)

    def line(self, step: int, note: str) -> str:
        """step 120/450, 2.4 steps/s, 2:18 left, loss 0.71"""
        rate = (step - self.start) / max(time.monotonic() - self.began, 1e-6)
        left = round((self.steps - step) / rate) if rate else 0
        said = f", {note}" if note else ""
        return f"step {step}/{self.steps}, {rate:.2g} steps/s, {left // 60}:{left % 60:02d} left{said}"


def _bar(steps: int, start: int):
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
    from rich.progress import Progress as Rich

    columns = (BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn())
    bar = Rich(*columns, TextColumn("{task.fields[note]}"), console=Console(stderr=True))
    bar.add_task("train", total=steps, completed=start, note="")
    return bar


class Clock:
    """Throughput and memory: logged, but never part of a result."""

    def __init__(self, examples_per_step: int):
        self.examples, self.step, self.time = examples_per_step, None, time.monotonic()

    def read(self, step: int, device: torch.device) -> dict[str, float]:
        """Since the last reading."""
        now = time.monotonic()
        scalars = {"peak_memory_gb": _peak_memory(device)}
        if self.step is not None:  # the first interval holds the warm-up of kernels
            scalars["examples_per_second"] = self.examples * (step - self.step) / (now - self.time)
        self.step, self.time = step, now
        return scalars


def _peak_memory(device: torch.device) -> float:
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device) / 1e9
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9  # Linux counts in KiB
