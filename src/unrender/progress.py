"""Progress on standard error: a bar with the time left on a terminal, a plain line now and then elsewhere."""

import sys
import time
from collections.abc import Iterable, Iterator
from typing import TypeVar

T = TypeVar("T")
SECONDS = 15.0
"""Time between two lines where there is no terminal."""


def counted(items: Iterable[T], total: int, label: str) -> Iterator[T]:
    """Pass `items` on while showing how many of `total` are done and how long the rest will take."""
    if sys.stderr.isatty():
        from rich.console import Console
        from rich.progress import track

        yield from track(items, label, total, console=Console(stderr=True))
    else:
        yield from _lines(items, total, label)


def _lines(items: Iterable[T], total: int, label: str) -> Iterator[T]:
    start = said = time.monotonic()
    for done, item in enumerate(items, 1):
        yield item
        now = time.monotonic()
        if now - said >= SECONDS:
            said = now
            left = (now - start) / done * (total - done)
            print(f"{label}: {done} of {total}, {left:.0f} s left", file=sys.stderr, flush=True)
