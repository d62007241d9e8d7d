"""The shipped file in fresh processes: speed, memory, determinism, and behaviour on input nobody wished for."""

import json
import resource
import subprocess
import sys
from pathlib import Path

import numpy as np
from PIL import Image
from pydantic import Field

from unrender.config import Section
from unrender.evaluation.metrics.maps import OUTSIDE
from unrender.evaluation.pages import decode, labelled, sample
from unrender.evaluation.readiness import awkward
from unrender.evaluation.readiness.verdict import Check

LONG_SIDE = 1280  # pixels of the pages that latency is measured on


class ProcessLimits(Section):
    """What the shipped model may cost."""

    latency_p95: float = Field(gt=0, description="Seconds from a file to its maps, 95th percentile.")
    peak_memory: float = Field(gt=0, description="GB of resident memory, whatever the input.")
    pages: int = Field(ge=2, description="Pages read to measure latency.")
    blank_marked: float = Field(ge=0, le=1, description="Share of a blank page that may be marked as text or image.")


def process_checks(model: Path, data: Path, work: Path, limits: ProcessLimits, probe: str, cli: str) -> list[Check]:
    """Run everything, writing pages and readings below `work`. `probe` and `cli` are modules to run."""
    pages, inputs, out = work / "pages", work / "inputs", work / "out"
    save_pages(data, pages, limits.pages)
    first, second = (probed(probe, model, pages) for _ in range(2))
    expected = awkward.make(inputs)
    command = [sys.executable, "-m", cli, "read", str(inputs), "-o", str(out), "--model", str(model)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return [
        *latency_checks(np.minimum(first["seconds"], second["seconds"]), limits.latency_p95),
        deterministic(first["digest"], second["digest"]),
        *awkward.judge(expected, out, done.returncode, done.stderr, limits.blank_marked),
        memory(limits.peak_memory),
    ]


def save_pages(data: Path, folder: Path, count: int) -> None:
    """Test pages as screenshots: cut out of their frame and brought to a usual size."""
    folder.mkdir(parents=True, exist_ok=True)
    batch = decode(sample(labelled(data, "test"), count))
    for i, (image, colour) in enumerate(zip(batch.images, batch.true.colour, strict=True)):
        rows, columns = (np.flatnonzero((colour != OUTSIDE).any(axis)) for axis in (1, 0))
        page = Image.fromarray(image[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1])
        scale = LONG_SIDE / max(page.size)
        page.resize((round(page.width * scale), round(page.height * scale))).save(folder / f"{i:04d}.png")


def latency_checks(seconds: np.ndarray, limit: float) -> list[Check]:
    """p50 and p95 of one page at a time, of the quicker of two runs: the model's cost, not its neighbours'."""
    return [within("encoder", share, seconds, limit) for share in (50, 95)]


def within(model: str, share: int, seconds: np.ndarray, limit: float) -> Check:
    """`share` per cent of the pages take no longer than the limit."""
    slowest = float(np.quantile(seconds, share / 100))
    pages = "half" if share == 50 else f"{share} %"
    rule = f"{pages} of the pages within {limit:g} s"
    return Check(f"{model}.latency_p{share}", slowest <= limit, rule, measured=slowest)


def deterministic(first: str, second: str, model: str = "encoder", read: str = "maps") -> Check:
    """Two processes, the same bytes."""
    rule = f"two fresh processes read the same {read}, byte for byte"
    return Check(f"{model}.deterministic", first == second, rule)


def memory(limit: float) -> Check:
    """The largest process started so far, huge input included."""
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * (1 if sys.platform == "darwin" else 1024) / 1e9
    rule = f"at most {limit:g} GB resident, huge input included"
    return Check("encoder.peak_memory", peak <= limit, rule, measured=peak)


def probed(module: str, model: Path, pages: Path) -> dict:
    """What a module prints that is run by itself on a model and a folder of pages."""
    done = subprocess.run(
        [sys.executable, "-m", module, str(model), str(pages)], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"{module} failed with exit code {done.returncode}: {done.stderr.strip()[-2000:]}")
    return json.loads(done.stdout)
