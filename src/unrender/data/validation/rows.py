"""Rules over all rows in parallel, a row group at a time, so memory stays flat."""

import multiprocessing
import os
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa

from unrender.data import shared_maps
from unrender.data.validation.files import Group, read_group
from unrender.data.validation.findings import Finding, Key
from unrender.data.validation.inspection import Facts, Inspection, inspect
from unrender.data.validation.rendering import Repaint, repaint
from unrender.progress import counted
from unrender.render import engines

Map = Callable[[Callable, Iterable], Iterator]


@contextmanager
def pool(workers: int | None) -> Generator[Map]:
    """An ordered parallel map over `workers` processes (default: one per core); for one, in this process."""
    workers = workers or os.cpu_count() or 1
    if workers == 1:
        yield map
        return
    with multiprocessing.get_context("fork").Pool(workers) as processes:
        yield processes.imap


def inspect_all(source: Path, groups: list[Group], parallel: Map) -> tuple[list[Inspection], list[Finding]]:
    """Every row against the rules of one row; and the shards whose bytes are damaged."""
    inspections: list[Inspection] = []
    damaged: list[Finding] = []
    for made in counted(parallel(partial(_inspect, source), groups), len(groups), "row groups checked"):
        if isinstance(made, Finding):
            damaged.append(made)
        else:
            inspections += made
    return inspections, damaged


def _inspect(source: Path, group: Group) -> list[Inspection] | Finding:
    try:
        rows = read_group(source, group)
    except (pa.ArrowException, OSError) as error:
        place = f"{source / group.file} is damaged in row group {group.number}"
        return Finding("unreadable_file", f"{place}: {str(error).splitlines()[0].rstrip('.')}.", group.file)
    return [inspect(row, group.split, group.key(offset)) for offset, row in enumerate(rows)]


def choose(facts: list[Facts], sample: int, seed: int) -> tuple[set[Key], set[Key]]:
    """Rows to paint again: `sample` of all, every suspect, and `sample` of test, which serve the ceilings too."""
    able = [row for row in facts if row.can_render]
    test = [row for row in able if row.split == "test" and row.page]
    rng = np.random.default_rng(seed)
    chosen = {able[i].key for i in rng.permutation(len(able))[:sample]}
    measured = {test[i].key for i in rng.permutation(len(test))[:sample]}
    return chosen | measured | {row.key for row in able if row.suspect}, measured


def paint(
    source: Path, engine: str, groups: list[Group], wanted: set[Key], measured: set[Key], parallel: Map
) -> tuple[dict[Key, Repaint], dict[Key, shared_maps.Shared]]:
    """The wanted rows painted again; for those of `measured` also what two rasterisations share."""
    tasks = [(group, [offset for offset in range(group.rows) if group.key(offset) in wanted]) for group in groups]
    tasks = [(group, offsets) for group, offsets in tasks if offsets]
    painted: dict[Key, Repaint] = {}
    shared: dict[Key, shared_maps.Shared] = {}
    for made in counted(
        parallel(partial(_paint, source, engine, measured), tasks), len(tasks), "row groups painted again"
    ):
        painted |= {found.key: found for found, _ in made}
        shared |= {found.key: counts for found, counts in made if counts is not None}
    return painted, shared


def _paint(
    source: Path, engine_name: str, measured: set[Key], task: tuple[Group, list[int]]
) -> list[tuple[Repaint, shared_maps.Shared | None]]:
    group, offsets = task
    engine = engines.get(engine_name)
    rows = read_group(source, group)
    made = []
    for offset in offsets:
        found = repaint(engine, rows[offset], group.key(offset))
        if found is not None:
            whole = found.key in measured and not found.findings
            made.append((found, shared_maps.measure(engine, rows[offset]) if whole else None))
    return made
