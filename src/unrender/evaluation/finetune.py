"""The fine-tuned decoder beside the one it started from: the same briefs and seeds, drawn by both."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float, UInt8
from PIL import Image
from pydantic import Field

from unrender.config import Section
from unrender.design.brief import FORMATS, GOALS, KINDS
from unrender.evaluation.decoder import (
    balanced,
    best_attainable,
    draw_all,
    frechet_distances,
    kernel_distances,
    real_pages,
)
from unrender.evaluation.drawing import Artist, Ask
from unrender.evaluation.evidence import as_json
from unrender.evaluation.features import page_features
from unrender.evaluation.gains import bounds, changes
from unrender.evaluation.judged import Judged, Readers
from unrender.evaluation.metrics.change import diversity_change, frechet_growth
from unrender.evaluation.metrics.generation import diversity, fit_reduced
from unrender.evaluation.pictures import sheet

SPLIT = "finetuned"


class FinetuneEvaluation(Section):
    """How the fine-tuned decoder is held against the one before."""

    pages: int = Field(ge=48, description="Pages that both draw, and real ones beside them; 500 or more, please.")
    resamples: int = Field(ge=20, description="Bootstrap resamples behind each interval.")


@dataclass(frozen=True)
class Seen(Judged):
    """What is known of a set of pages."""

    features: Float[np.ndarray, "n d"]

    @classmethod
    def of(cls, pages: UInt8[np.ndarray, "n h w 3"], readers: Readers) -> "Seen":
        """Look at every page."""
        return cls(**vars(Judged.of(pages, readers)), features=page_features(pages))


@dataclass(frozen=True)
class Report:
    """What the stage writes."""

    metrics: dict[str, dict[str, float]]
    evidence: dict[str, dict]
    samples: Image.Image


def evaluate_finetune(
    before: Artist, after: Artist, readers: Readers, data: Path, cfg: FinetuneEvaluation, seed: int
) -> Report:
    """Draw as many pages with both as are compared, balanced over goals and formats, and judge them."""
    asks = balanced(cfg.pages, seed)
    pages = {"before": draw_all(before, asks, seed), "after": draw_all(after, asks, seed)}
    real, train = (real_pages(data, split, cfg.pages) for split in ("test", "train"))
    seen = {name: Seen.of(images, readers) for name, images in (pages | {"real": real}).items()}
    attained = best_attainable(data, seen["real"].said)
    found, groups = compared(seen, page_features(train), asks, attained, {"resamples": cfg.resamples, "seed": seed})
    return Report(
        metrics={SPLIT: {name: about["value"] for name, about in found.items()}},
        evidence={SPLIT: found, "groups": {SPLIT: groups}},
        samples=samples(pages, {name: seen[name].grammar.mean(1) for name in pages}),
    )


def compared(
    seen: Mapping[str, Seen],
    train: Float[np.ndarray, "m d"],
    asks: list[Ask],
    attained: dict[str, float],
    draws: dict[str, int],
) -> tuple[dict[str, dict], dict[str, dict]]:
    """Findings by metric, and the gain by format and goal. `seen`: before, after and real."""
    found, groups = changes(seen, asks, attained, draws | {"resamples": max(100, draws["resamples"])})
    return found | _likeness({name: each.features for name, each in seen.items()}, train, draws), groups


def _likeness(features: dict, train: Float[np.ndarray, "m d"], draws: dict[str, int]) -> dict[str, dict]:
    """Distances to real pages and variety, before and after; pages of train are the ceiling, as they are real."""
    arms = {"before": features["before"], "real": train}
    sets = arms | {"after": features["after"], "test": features["real"]}
    reduced = fit_reduced(train, dims=min(64, len(train) - 1, train.shape[1]))
    near = {name: reduced(values) for name, values in sets.items()}
    distance, kernel = frechet_distances(near, draws), kernel_distances(sets)
    spread = {name: {"value": diversity(values) / diversity(train)} for name, values in sets.items() if name != "test"}
    growth = as_json(frechet_growth(near["before"], near["after"], near["test"], **draws))
    change = as_json(diversity_change(features["before"], features["after"], **draws))
    size = {"n": len(features["after"])}
    return {
        "frechet_distance": _armed("frechet_distance", distance) | size,
        "frechet_growth": growth | size | {"floor": 0.0, "ceiling": _ratio(distance, "real") - 1},
        "kernel_distance": _armed("kernel_distance", kernel) | size,
        "diversity": _armed("diversity", spread) | size,
        "diversity_change": change | size | {"floor": 0.0},
    }


def _armed(metric: str, scored: dict[str, dict]) -> dict:
    """What holds after, beside before and real pages."""
    arms = {name: scored[name] for name in ("before", "real")}
    return scored["after"] | {"arms": arms} | bounds(metric, arms)


def _ratio(scored: dict[str, dict], name: str) -> float:
    return scored[name]["value"] / scored["before"]["value"]


def samples(
    pages: Mapping[str, UInt8[np.ndarray, "n h w 3"]], scores: Mapping[str, Float[np.ndarray, "n"]]
) -> Image.Image:
    """One page for each goal and format: a row before, and the same seeds after in the row below."""
    rows = []
    for i, form in enumerate(FORMATS):
        some = slice(i * len(GOALS), (i + 1) * len(GOALS))
        for arm, images in pages.items():
            caption = f"{form}, {arm}; grammar {', '.join(f'{score:.2f}' for score in scores[arm][some])}"
            rows.append((caption, list(images[some])))
    return sheet(rows, [goal for goal, _ in KINDS[: len(GOALS)]])
