"""Everything there is to say about an encoder on the held-out splits."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
from PIL import Image
from pydantic import Field

from unrender.config import Section
from unrender.evaluation.cases import draw_cases
from unrender.evaluation.evidence import by_group, evidence, scores
from unrender.evaluation.floors import Floors, fit_floors
from unrender.evaluation.groups import COLUMNS, difficulty_edges, group
from unrender.evaluation.metrics.maps import METRICS
from unrender.evaluation.pages import Batch, batch_count, batches, labelled, sample
from unrender.evaluation.scored import Scored
from unrender.evaluation.scoring import score_split
from unrender.evaluation.selftest import check_map_metrics
from unrender.models.encoder import Encoder
from unrender.progress import counted

SPLITS = ("test", "test_composition", "test_theme")


class EvaluateParams(Section):
    """How predictions are scored."""

    batch_size: int = Field(ge=2, description="Pages read at once.")
    resamples: int = Field(ge=100, description="Bootstrap resamples behind each interval.")
    floor_pages: int = Field(ge=1, description="Pages of train that the floors are fitted on.")


@dataclass(frozen=True)
class Report:
    """What the stage writes."""

    metrics: dict[str, dict[str, float]]  # split -> metric -> value
    evidence: dict[str, dict]
    difficulty: list[dict]  # rows for a plot: group of pages, and each metric with its interval
    cases: Image.Image


def evaluate_encoder(model: Encoder, data: Path, ceilings: dict[str, float], cfg: EvaluateParams, seed: int) -> Report:
    """Score the encoder on every held-out split against floors fitted on train.

    Raises MetricFault, before anything is scored, when a metric fails its self-test on these labels.
    """
    train = labelled(data, "train", COLUMNS)
    floors = _fit_floors(train, cfg)
    edges = difficulty_edges(train["elements"].drop_null().to_numpy())
    tables = {split: labelled(data, split, ["id", *COLUMNS]) for split in SPLITS}
    scored = {split: _score(model, table, floors, cfg.batch_size, split) for split, table in tables.items()}
    draws = {"resamples": cfg.resamples, "seed": seed}
    groups = {split: by_group(found, group(tables[split], edges), **draws) for split, found in scored.items()}
    return Report(
        metrics={split: scores(found) for split, found in scored.items()},
        evidence={split: evidence(found, ceilings, **draws) for split, found in scored.items()}
        | {"groups": groups, "collapse": {split: found.collapse() for split, found in scored.items()}},
        difficulty=[row for split in SPLITS for row in _difficulty_rows(split, groups[split]["difficulty"])],
        cases=draw_cases(model, tables["test"], scored["test"].own),
    )


def _score(model: Encoder, table: pa.Table, floors: Floors, batch_size: int, split: str) -> Scored:
    check_map_metrics(next(batches(table, batch_size)).true)
    return score_split(model, _watched(table, batch_size, split), floors)


def _fit_floors(train: pa.Table, cfg: EvaluateParams) -> Floors:
    return fit_floors(_watched(sample(train, cfg.floor_pages), cfg.batch_size, "floors, on train"))


def _watched(table: pa.Table, size: int, name: str) -> Iterable[Batch]:
    return counted(batches(table, size), batch_count(table, size), name)


def _difficulty_rows(split: str, groups: dict[str, dict]) -> list[dict]:
    """One row per group, flat, because a plot reads columns."""
    return [
        {"group": f"{split}, {name}", "split": split, "pages": found["colour_accuracy"]["n"]}
        | {metric: found[metric]["value"] for metric in METRICS if metric in found}
        | {f"{metric}_{side}": found[metric][side] for metric in METRICS if metric in found for side in ("low", "high")}
        for name, found in groups.items()
    ]
