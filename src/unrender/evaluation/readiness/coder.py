"""Does the coder write what a page shows, better than what sees less, in time, and always something that compiles?"""

import subprocess
import sys
from itertools import islice
from pathlib import Path

import numpy as np
from PIL import Image
from pydantic import Field

from unrender.config import Section
from unrender.data import shards
from unrender.data.pictures import decode
from unrender.design.dsl import SyntaxFault
from unrender.design.languages import Language
from unrender.evaluation.code_loading import load_coder
from unrender.evaluation.readiness import awkward
from unrender.evaluation.readiness.process import LONG_SIDE, deterministic, probed, within
from unrender.evaluation.readiness.scores import distinct, floor_beaten, shuffled, threshold
from unrender.evaluation.readiness.verdict import Check
from unrender.render.frame import SIZE, place

MODEL = "coder"
SPLIT = "test"
COMPARED = (SPLIT, "test_composition")
"""Splits on which the plain baseline must be far behind."""
BASELINE = "autoencoder"
BEATEN = (
    *("exact_match", "structure_match", "token_accuracy", "edit_similarity", "bleu4", "tree_edit_distance"),
    *("ssim", "element_iou", "block_match"),
)
"""All but what a constant has in full, too, as that it parses, and what counts only where something was found."""
SEEN = ("exact_match", "token_accuracy", "bleu4")
"""What must fall to the constant's when another page's screenshot is read."""
WRITTEN = ("code.gui", "page.html", "preview.png", "attention.gif", "code.json")


class CoderLimits(Section):
    """What the coder must reach on the test split."""

    exact_match: float = Field(ge=0, le=1, description="At least this share of codes right to the last word.")
    token_accuracy: float = Field(ge=0, le=1, description="At least this share of words right, too long is wrong.")
    parse_rate: float = Field(ge=0, le=1, description="At least this share of codes that parse.")
    distinct_outputs: float = Field(ge=0, le=1, description="At least this many distinct outputs per distinct input.")
    shuffled_margin: float = Field(ge=0, description="How far shuffled images may score above the constant code.")
    latency_p95: float = Field(gt=0, description="Seconds from a file to its HTML, greedily, 95th percentile.")
    beam_times: float = Field(gt=0, description="Times as long as greedily that a beam of 5 may take.")
    pages: int = Field(ge=2, description="Pages read to measure both.")


def coder_checks(evidence: dict, limits: CoderLimits) -> list[Check]:
    """All checks that the evidence of the evaluation can answer."""
    found = evidence[SPLIT]
    asked = ("exact_match", "token_accuracy", "parse_rate")
    return [
        *[threshold(MODEL, name, found[name]["value"], getattr(limits, name)) for name in asked],
        *[floor_beaten(MODEL, name, found[name]) for name in BEATEN],
        *[apart(split, evidence[split]["exact_match"]) for split in COMPARED if split in evidence],
        distinct(MODEL, evidence["collapse"][SPLIT]["share"], limits.distinct_outputs),
        *[shuffled(MODEL, name, found[name]["arms"], ("constant",), limits.shuffled_margin) for name in SEEN],
    ]


def apart(split: str, found: dict) -> Check:
    """The intervals of both must not even touch."""
    high = found["arms"][BASELINE]["high"]
    rule = f"more codes of {split} right than the plain {BASELINE}'s {high:.3g}, the intervals apart"
    return Check(f"{MODEL}.{split}_over_{BASELINE}", found["low"] > high, rule, found["low"])


def coder_process_checks(model: Path, data: Path, work: Path, limits: CoderLimits, probe: str, cli: str) -> list[Check]:
    """The shipped file in fresh processes: the same bytes, how long a page takes, and what becomes of input nobody
    wished for. Writes below `work`."""
    pages, inputs, out = work / "screens", work / "awkward", work / "codes"
    save_screens(data, pages, limits.pages)
    first, second = (probed(probe, model, pages) for _ in range(2))
    seconds, beam = (np.minimum(first[name], second[name]) for name in ("seconds", "beam_seconds"))
    expected = awkward.make(inputs)
    command = [sys.executable, "-m", cli, "code", str(inputs), "-o", str(out), "--model", str(model)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return [
        deterministic(first["digest"], second["digest"], MODEL, "codes"),
        within(MODEL, 95, seconds, limits.latency_p95),
        slower(float(beam.sum() / seconds.sum()), limits.beam_times),
        *awkward.read_or_refused(expected, out, done.returncode, done.stderr, WRITTEN, f"{MODEL}.input"),
        compiling(out, load_coder(model)[1]),
    ]


def slower(times: float, limit: float) -> Check:
    rule = f"a beam of 5 takes at most {limit:g} times as long as greedy search"
    return Check(f"{MODEL}.beam_times", times <= limit, rule, measured=times)


def compiling(out: Path, language: Language) -> Check:
    """Whatever the picture, its code is one of the language."""
    codes = [path.read_text(encoding="utf-8") for path in sorted(out.rglob(WRITTEN[0]))]
    right = sum(_compiles(code, language) for code in codes)
    rule = "every code parses and compiles, whatever was shown"
    return Check(f"{MODEL}.compiles", bool(codes) and right == len(codes), rule, f"{right} of {len(codes)}")


def _compiles(code: str, language: Language) -> bool:
    try:
        return language.canonical(code) == code and bool(language.compiled(code, (SIZE, SIZE)).html)
    except SyntaxFault:
        return False


def save_screens(data: Path, folder: Path, count: int) -> None:
    """Test pages as screenshots: cut out of their frame and brought to a usual size."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = shards.iterate(data, SPLIT, ["image", "page_width", "page_height", "dsl"])
    for i, row in enumerate(islice((row for row in rows if row["dsl"] is not None), count)):
        size = row["page_width"] or SIZE, row["page_height"] or SIZE
        page, shown = Image.fromarray(decode(row["image"])).crop(place(*size).box), place(*size, LONG_SIDE)
        page.resize((shown.width, shown.height)).save(folder / f"{i:04d}.png")
