"""Pages -> rows of the dataset, in parallel: the same seed gives the same rows whatever the number of workers."""

import os
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from jaxtyping import UInt8
from PIL import Image

from unrender.config import UserError
from unrender.data.pictures import encode
from unrender.data.schema import SCHEMA
from unrender.design import pix2code
from unrender.render import engines
from unrender.render.engine import Engine
from unrender.render.frame import fit
from unrender.render.screenshot import open_screenshot
from unrender.render.workers import spread

CHUNK = 25
"""Pages per task."""
GENUINE, RENDERED = "pix2code", "pix2code-rendered"
"""What the column `source` says of a screenshot, and of a page that we drew."""
PAINTED = 4 / 3
"""Device px per CSS px of a render before it is fitted: finer than the frame, as screenshots are."""


@dataclass(frozen=True)
class Job:
    """A row to be made: of a screenshot, or else of the page of `code` in its `look`, 0 being the plain one."""

    id: str
    split: str
    name: str
    """Of the page; what its words and looks are drawn from."""
    code: str
    file: str
    screenshot: Path | None = None
    look: int = 0


def rows(jobs: list[Job], seed: int, engine: str, workers: int | None = None) -> Iterator[tuple[Job, dict | str]]:
    """Each job with its row, or with the sentence that says why its screenshot cannot be read; in order."""
    workers = min(workers or os.cpu_count() or 1, max(1, len(jobs) // CHUNK))
    return zip(jobs, spread(partial(_chunk, seed, engine), jobs, CHUNK, __name__, workers), strict=True)


def _chunk(seed: int, engine: str, jobs: Sequence[Job]) -> list[dict | str]:
    return [row(engines.get(engine), job, seed) for job in jobs]


def row(engine: Engine, job: Job, seed: int) -> dict | str:
    """Every column that a page has; what it does not say is null. A sentence for a screenshot that cannot be read."""
    tree = pix2code.decode(job.code)
    rng = np.random.default_rng([seed, zlib.crc32(job.name.encode()), job.look])
    look = pix2code.look(rng) if job.look else pix2code.Look()
    html = pix2code.html(tree, int(rng.integers(2**31)), look)
    try:
        frame, size = _seen(job.screenshot) if job.screenshot else (paint(engine, html), pix2code.SIZE)
    except UserError as error:
        return f"{str(error).replace(str(job.screenshot), 'The screenshot')}."
    return dict.fromkeys(SCHEMA.names) | {
        "id": job.id,
        "split": job.split,
        "source": GENUINE if job.screenshot else RENDERED,
        "seed": seed,
        "image": encode(frame),
        "page_width": size[0],
        "page_height": size[1],
        "dsl": job.code,
        "html": html,
        **pix2code.difficulty(tree),
    }


def _seen(path: Path) -> tuple[UInt8[np.ndarray, "256 256 3"], tuple[int, int]]:
    screenshot = open_screenshot(path)
    return np.asarray(fit(screenshot.picture)[0]), (screenshot.width, screenshot.height)


def paint(engine: Engine, html: str) -> UInt8[np.ndarray, "256 256 3"]:
    """A page as a model sees it: painted as large as a screenshot, then fitted as one."""
    pixels = engine.open(html, *pix2code.SIZE, PAINTED).paint()[..., :3]
    return np.asarray(fit(Image.fromarray(np.ascontiguousarray(pixels)))[0])
