"""Pages before and after ascent on their noise, judged by an encoder that the ascent never saw."""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float, Int, Shaped, UInt8
from PIL import Image
from pydantic import Field

from unrender.artifacts import require
from unrender.config import Section, UserError
from unrender.design.grammar import NAMES
from unrender.evaluation.bootstrap import interval, paired_difference
from unrender.evaluation.decoder import best_attainable, real_pages
from unrender.evaluation.drawing import Ask
from unrender.evaluation.evidence import as_json
from unrender.evaluation.gains import Draws, changes, each_page
from unrender.evaluation.judged import Grammar, Judged, Readers
from unrender.evaluation.pages import spread
from unrender.evaluation.pictures import sheet

SPLIT = "innovated"
PAGES = "before.npy", "after.npy"
SCORES = "scores.csv"
WORDS = "goal", "format", "tone"
Row = dict[str, int | float]
Each = Shaped[np.ndarray, "n"]
SHOWN, POINTS = 8, 11  # pages in the picture, and steps in the table


class InnovateEvaluation(Section):
    """How pages are held against what they were before the ascent."""

    pages: int = Field(ge=16, description="Real pages judged beside them.")
    resamples: int = Field(ge=100, description="Bootstrap resamples behind each interval.")


@dataclass(frozen=True)
class Ascent:
    """What the stage that innovates left behind: n pages, s steps, 0 being the page before any."""

    before: UInt8[np.ndarray, "n h w 3"]
    after: UInt8[np.ndarray, "n h w 3"]
    asks: list[Ask]  # what each page is to be
    steps: Int[np.ndarray, "s"]
    predicted: Float[np.ndarray, "s n 4"]  # in the order of grammar.NAMES

    def mean_by_step(self) -> list[Row]:
        """Rows for a plot: step, the mean over pages of each score, and of all."""
        found = []
        for step, scores in zip(self.steps, self.predicted.mean(1), strict=True):
            named = {name: float(score) for name, score in zip(NAMES, scores, strict=True)}
            found.append({"step": int(step), "mean": float(scores.mean())} | named)
        return found


@dataclass(frozen=True)
class Report:
    """What the stage writes."""

    metrics: dict[str, dict[str, float]]
    evidence: dict[str, dict | list]
    steps: list[Row]
    pages: Image.Image


def read_ascent(folder: Path) -> Ascent:
    """What lies in the folder. UserError where pages and scores are not of the same seeds and steps; LeftOut where the
    search was left out."""
    require(folder)
    before, after = (_pages(folder / name) for name in PAGES)
    rows = _rows(folder / SCORES)
    pages, steps = (sorted({int(row[name]) for row in rows}) for name in ("page", "step"))
    if pages != list(range(len(before))) or before.shape != after.shape or len(rows) != len(pages) * len(steps):
        raise UserError(
            f"{folder}: {len(before)} pages before, {len(after)} after, and {len(rows)} rows of scores for "
            f"{len(pages)} pages and {len(steps)} steps do not belong together; run `dvc repro -f innovate`"
        )
    ordered = sorted(rows, key=lambda row: (int(row["step"]), int(row["page"])))
    scores = np.array([[float(row[name]) for name in NAMES] for row in ordered]).reshape(len(steps), len(pages), 4)
    asks = [Ask(row["goal"], row["format"], float(row["tone"])) for row in ordered[: len(pages)]]
    return Ascent(before, after, asks, np.array(steps), scores)


def evaluate_innovate(
    ascent: Ascent,
    blind: UInt8[np.ndarray, "n h w 3"],
    readers: Readers,
    data: Path,
    cfg: InnovateEvaluation,
    seed: int,
) -> Report:
    """Judge every page before and after, those that as many steps in any direction led to, and real ones."""
    pages = {
        "before": ascent.before,
        "after": ascent.after,
        "blind": blind,
        "real": real_pages(data, "test", cfg.pages),
    }
    seen = {name: Judged.of(images, readers) for name, images in pages.items()}
    attained = best_attainable(data, seen["real"].said)
    found, groups = compared(seen, ascent.asks, attained, {"resamples": cfg.resamples, "seed": seed})
    steps = ascent.mean_by_step()
    return Report(
        metrics={SPLIT: {name: about["value"] for name, about in found.items()}},
        evidence={SPLIT: found, "groups": {SPLIT: groups}, "predicted_by_step": _table(steps)},
        steps=steps,
        pages=picture(ascent, {name: each.grammar for name, each in seen.items()}),
    )


def compared(
    seen: Mapping[str, Judged], asks: Sequence[Ask], attained: dict[str, float], draws: Draws
) -> tuple[dict[str, dict], dict[str, dict]]:
    """Findings by metric, and the gain by format and goal. `seen`: before, after, blind and real."""
    before, after, blind = (seen[name] for name in ("before", "after", "blind"))
    found, groups = changes(seen, asks, attained, draws)
    won, by_chance = (each.grammar.mean(1) - before.grammar.mean(1) for each in (after, blind))
    found["grammar_gain"] = beside_blind(won, by_chance, draws)
    found["grammar_gain"]["floor"] = max(0.0, found["grammar_gain"]["floor"])
    return found | {"raised": raised(won, by_chance, draws), "emptied": emptied(before, after, blind, draws)}, groups


def raised(won: Each, by_chance: Each, draws: Draws) -> dict:
    """The share of pages whose mean score is higher than it was, by the judge; a change by luck would raise half, and
    the best of many, as steps in any direction find it, more."""
    return beside_blind(won > 0, by_chance > 0, draws) | {"ceiling": 1.0}


def emptied(before: Judged, after: Judged, blind: Judged, draws: Draws) -> dict:
    """The share of pages that lost more than half of their text: an empty page has few faults."""
    lost, by_chance = (each.text < before.text / 2 for each in (after, blind))
    return beside_blind(lost, by_chance, draws) | {"ceiling": 0.0}


def beside_blind(own: Each, blind: Each, draws: Draws) -> dict:
    """A number of each page, in the mean, beside the same after as many steps in any direction: the floor."""
    ours, others = each_page(own), each_page(blind)
    arm = as_json(interval(others, **draws))
    over = as_json(paired_difference(ours, others, **draws))
    about = {"n": len(own), "arms": {"blind": arm}, "floor": arm["value"], "floor_arm": "blind", "over_floor": over}
    return as_json(interval(ours, **draws)) | about


def picture(ascent: Ascent, independent: Mapping[str, Grammar]) -> Image.Image:
    """Pages before, and below them after: from the least gain by the judge to the greatest."""
    gains = (independent["after"] - independent["before"]).mean(1)
    some = np.argsort(gains, kind="stable")[spread(len(gains), SHOWN)]
    heads = [f"{ascent.asks[i].goal}, {ascent.asks[i].format}: {gains[i]:+.2f}" for i in some]
    rows = [(name, list(images[some])) for name, images in (("before", ascent.before), ("after", ascent.after))]
    return sheet(rows, heads)


def _table(steps: list[Row]) -> list[dict]:
    """A few steps, as rows that the report also draws as lines."""
    few = (steps[i] for i in spread(len(steps), POINTS))
    return [
        {"who": "abstractor", "steps": row["step"], "mean": row["mean"]} | {n: row[n] for n in NAMES} for row in few
    ]


def _pages(path: Path) -> UInt8[np.ndarray, "n h w 3"]:
    try:
        return np.load(path, allow_pickle=False)
    except (FileNotFoundError, ValueError) as error:
        raise UserError(f"{path} holds no pages ({error}); run `dvc repro -f innovate`") from None


def _rows(path: Path) -> list[dict[str, str]]:
    """The lines of the table. UserError where it lacks a column."""
    if not path.exists():
        raise UserError(f"{path} is missing; run `dvc repro -f innovate`")
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    lacking = {"page", "step", *WORDS, *NAMES} - set(rows[0] if rows else ())
    if lacking:
        raise UserError(f"{path} has no column {', '.join(sorted(lacking))}; run `dvc repro -f innovate`")
    return rows
