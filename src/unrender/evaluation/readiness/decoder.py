"""Does the decoder draw what it is asked for, pages that could be real, and none that it has seen?"""

import subprocess
import sys
import time
from pathlib import Path

from pydantic import Field

from unrender.config import Section
from unrender.evaluation.readiness.scores import threshold
from unrender.evaluation.readiness.verdict import Check

MODEL = "decoder"
SPOILT = ("blurred", "noise")
DRAWN = 8  # pages to measure drawing on


class DecoderLimits(Section):
    """What drawn pages must reach."""

    fidelity_goal: float = Field(ge=0, le=1, description="At least this share of goals recognised in what is drawn.")
    fidelity_format: float = Field(ge=0, le=1, description="At least this share of formats recognised.")
    frechet_of_spoilt: float = Field(gt=0, description="At most this share of the spoilt copies' Frechet distance.")
    draw_seconds: float = Field(gt=0, description="Seconds to draw a page.")


def decoder_checks(evidence: dict, limits: DecoderLimits) -> list[Check]:
    """All checks that the evidence of the evaluation can answer."""
    found = evidence["drawn"]
    return [
        *[
            threshold(MODEL, name, found[name]["value"], getattr(limits, name))
            for name in ("fidelity_goal", "fidelity_format")
        ],
        *[above_chance(name, found[f"fidelity_{name}"]) for name in ("goal", "format")],
        *[frechet_of(arm, found["frechet_distance"], limits.frechet_of_spoilt) for arm in SPOILT],
        original(found["copied"]),
    ]


def above_chance(name: str, found: dict) -> Check:
    """The interval must lie above what the pages score when held against another brief."""
    chance = found["arms"]["other_brief"]["high"]
    rule = f"the brief decides: above the score for another brief ({chance:.3g}), interval and all"
    return Check(f"{MODEL}.fidelity_{name}_over_chance", found["low"] > chance, rule, found["low"])


def frechet_of(arm: str, found: dict, limit: float) -> Check:
    """A distance has no scale of its own."""
    ratio = found["value"] / found["arms"][arm]["value"]
    rule = f"at most {limit:g} of the distance between real pages and {arm} ones"
    return Check(f"{MODEL}.frechet_of_{arm}", ratio <= limit, rule, ratio)


def original(found: dict) -> Check:
    """Real pages that nobody copied are the measure: some come as near to a page of train, plain ones above all."""
    chance = found["arms"]["real"]["high"]
    rule = f"no more pages as near to train as its nearest 1 % than of real test pages ({chance:.3g} at most)"
    return Check(f"{MODEL}.copied", found["value"] <= chance, rule, found["value"])


def drawing_checks(models: Path, work: Path, cli: str, limit: float) -> list[Check]:
    """The shipped files in two fresh processes: the same bytes for the same seed, and how long a page takes."""
    drawn, seconds = [], []
    for name in ("first", "second"):
        out, begun = work / name, time.perf_counter()
        options = ["-n", str(DRAWN), "--seed", "1", "--models", str(models)]
        command = [sys.executable, "-m", cli, "draw", "-o", str(out), *options]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"{cli} draw failed with exit code {done.returncode}: {done.stderr.strip()[-2000:]}")
        seconds.append((time.perf_counter() - begun) / DRAWN)
        drawn.append({path.name: path.read_bytes() for path in sorted(out.iterdir())})
    distinct = len(set(drawn[0].values()))
    return [
        Check(f"{MODEL}.deterministic", drawn[0] == drawn[1], "two fresh processes draw the same pages, byte for byte"),
        Check(
            f"{MODEL}.distinct_pages",
            distinct == DRAWN + 1,
            "pages of one seed differ from each other",
            f"{distinct - 1}",
        ),
        Check(
            f"{MODEL}.draw_seconds",
            min(seconds) <= limit,
            f"at most {limit:g} s a page, start included",
            measured=min(seconds),
        ),
    ]
