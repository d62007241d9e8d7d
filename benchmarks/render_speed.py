"""How fast designs are made, against Chromium on the same pages in the same run. Run by hand on an idle machine:

PYTHONPATH=src python benchmarks/render_speed.py [--count 300] [--workers 2]
PYTHONPATH=src python benchmarks/render_speed.py --memory 500 5000
"""

import argparse
import multiprocessing
import os
import time
from collections.abc import Callable
from functools import partial

import numpy as np
import psutil

from unrender.data import synthesise
from unrender.render import engines
from unrender.render.frame import paint_scale
from unrender.render.structure import structure_maps

FAULT_RATE = 0.3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=300, help="designs of the timed run")
    parser.add_argument("--pages", type=int, default=60, help="pages that Chromium renders")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--memory", type=int, nargs="+", metavar="N", help="peak memory of runs of N designs instead")
    options = parser.parse_args()
    if options.memory:
        compare_memory(options.memory, options.workers)
    else:
        compare_speed(options.count, options.pages, options.workers)


def compare_speed(count: int, pages: int, workers: int) -> None:
    started = time.perf_counter()
    made = list(synthesise.rows("train", count, 1, FAULT_RATE, "blitz", workers))
    ours = count / (time.perf_counter() - started)
    documents = [(row["html"], row["page_width"], row["page_height"]) for row in made[:pages]]
    shots, passes = (chromium_rate(documents, work, workers) for work in (screenshot, every_map))
    print(f"embedded engine, every label, {workers} workers: {ours:6.1f} designs/s")
    print(f"Chromium, one screenshot a page,  {workers} workers: {shots:6.1f} pages/s   ratio {ours / shots:.1f}")
    print(f"Chromium, boxes and every map,    {workers} workers: {passes:6.1f} pages/s   ratio {ours / passes:.1f}")


def screenshot(document: tuple[str, int, int]) -> None:
    html, width, height = document
    engines.get("chromium").open(html, width, height, paint_scale(width, height)).paint()


def every_map(document: tuple[str, int, int]) -> None:
    html, width, height = document
    page = engines.get("chromium").open(html, width, height, paint_scale(width, height))
    page.boxes()
    structure_maps(page)


def chromium_rate(documents: list, work: Callable, workers: int) -> float:
    """Pages a second, browsers already running."""
    shares = [documents[start::workers] for start in range(workers)]
    with multiprocessing.get_context("fork").Pool(workers) as pool:
        return sum(pool.map(partial(_timed, work), shares, chunksize=1))


def _timed(work: Callable, share: list) -> float:
    work(share[0])  # starts the browser
    started = time.perf_counter()
    for document in share:
        work(document)
    return len(share) / (time.perf_counter() - started)


def compare_memory(counts: list[int], workers: int) -> None:
    """Each count in a fresh process, which cannot keep what another left. Parent and workers together."""
    for count in counts:
        made = multiprocessing.get_context("spawn").Process(target=_write, args=(count, workers))
        made.start()
        peaks = []
        while made.is_alive():
            peaks.append(_resident(made.pid))
            time.sleep(0.1)
        print(f"{count:7d} designs: peak {max(peaks) / 2**20:6.0f} MiB, median {np.median(peaks) / 2**20:6.0f} MiB")


def _resident(pid: int | None) -> int:
    """Memory of a process and all below it. A shared page counts once: a worker forked late shares all that the parent
    has by then."""
    try:
        parent = psutil.Process(pid)
        return sum(process.memory_full_info().pss for process in [parent, *parent.children(recursive=True)])
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return 0


def _write(count: int, workers: int) -> None:
    import tempfile
    from pathlib import Path

    from unrender.data import shards

    with tempfile.TemporaryDirectory() as folder:
        rows = synthesise.rows("train", count, 1, FAULT_RATE, "blitz", workers)
        shards.write_split(Path(folder), "train", rows)


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    main()
