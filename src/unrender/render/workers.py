"""Pages rendered by several processes: what comes out does not depend on how many."""

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

Item = TypeVar("Item")
Made = TypeVar("Made")
TASKS = 40
"""After which a worker is replaced, because the embedded engine leaks about 14 KB a render."""


def spread(
    task: Callable[[Sequence[Item]], list[Made]],
    items: Sequence[Item],
    chunk: int,
    preload: str,
    workers: int | None = None,
) -> Iterator[Made]:
    """What `task` makes of `items`, in order: `chunk` of them at a time, by `workers` processes (default: one a core).

    `preload` is the module that workers begin with, that of `task`; it and what is sent must be found by name.
    """
    workers = workers or os.cpu_count() or 1
    chunks = [items[start : start + chunk] for start in range(0, len(items), chunk)]
    if workers == 1:
        for some in chunks:
            yield from task(some)
        return
    context = multiprocessing.get_context("forkserver")  # forked from here, each new worker would copy what we hold
    context.set_forkserver_preload([preload])
    quietly = (signal.SIGINT, signal.SIG_IGN)  # Ctrl-C goes to us, and we end them
    with context.Pool(workers, signal.signal, quietly, maxtasksperchild=TASKS) as pool:
        for made in pool.imap(task, chunks):
            yield from made
