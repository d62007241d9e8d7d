"""Everything there is to say about an abstractor on the held-out splits: what it reads through the encoder."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa
from PIL import Image

from unrender.data import labels, pictures
from unrender.data.measured import measured
from unrender.data.packed_maps import true_maps, within
from unrender.data.schema import MAPS
from unrender.design.brief import FORMATS, GOALS
from unrender.design.grammar import NAMES
from unrender.evaluation.bootstrap import statistic_interval
from unrender.evaluation.encoder import SPLITS, EvaluateParams
from unrender.evaluation.evidence import as_json, by_group, evidence, scores
from unrender.evaluation.groups import COLUMNS, difficulty_edges, group
from unrender.evaluation.meaning_cases import draw_meaning_cases
from unrender.evaluation.meaning_floors import MeaningFloors, coarse, fit_meaning_floors
from unrender.evaluation.meanings import read_meanings
from unrender.evaluation.metrics.briefs import Meanings, concatenate, confusion, r2, rank_correlation, tallies
from unrender.evaluation.pages import slices
from unrender.evaluation.predictions import read_packed
from unrender.evaluation.scored import Scored
from unrender.evaluation.scoring import digests
from unrender.models.abstractor import Abstractor
from unrender.models.encoder import Encoder
from unrender.progress import counted


@dataclass(frozen=True)
class Report:
    """What the stage writes."""

    metrics: dict[str, dict[str, float]]  # split -> metric -> value
    evidence: dict[str, dict]
    cases: Image.Image


def evaluate_abstractor(
    encoder: Encoder, abstractor: Abstractor, data: Path, ceilings: dict[str, float], cfg: EvaluateParams, seed: int
) -> Report:
    """Score the abstractor on every held-out split, through the encoder and beside what it says of the true maps."""
    train = labels.fully_labelled(data, "train", MAPS)
    floors = _fit_floors(train)
    edges = difficulty_edges(train["elements"].drop_null().to_numpy())
    read = partial(_read, encoder, abstractor, floors, cfg.batch_size)
    draws = {"resamples": cfg.resamples, "seed": seed}
    found: dict[str, dict] = {"groups": {}, "collapse": {}, "confusion": {}}
    metrics, tables, seen = {}, {}, {}
    for split in SPLITS:
        table = tables[split] = labels.fully_labelled(data, split, ("image", *MAPS), tuple(COLUMNS))
        pages = seen[split] = read(table, split)
        scored = _scored(pages)
        correlations = _correlations(pages, **draws)
        found[split] = evidence(scored, ceilings, **draws) | correlations
        found["groups"][split] = by_group(scored, group(table, edges), **draws)
        found["collapse"][split] = scored.collapse()
        found["confusion"][split] = _confusions(pages)
        metrics[split] = scores(scored) | {name: about["value"] for name, about in correlations.items()}
    cases = draw_meaning_cases(encoder, tables["test"], seen["test"].own, seen["test"].true)
    return Report(metrics, found, cases)


@dataclass(frozen=True)
class Read:
    """A split: its labels, what was read through the encoder, from the true maps, and what the floors say."""

    true: Meanings
    own: Meanings
    from_true_maps: Meanings
    floors: dict[str, Meanings]
    distinct_inputs: int
    distinct_outputs: int


def meanings(table: pa.Table) -> Meanings:
    """The labels."""
    goal, form = (labels.classes(table, name) for name in ("goal", "format"))
    return Meanings(goal, form, labels.tone(table), labels.grammar(table))


def _fit_floors(train: pa.Table) -> MeaningFloors:
    parts = slices(train, 100)
    maps = [coarse(true_maps(part)) for part in counted(parts, len(parts), "floors, on train")]
    return fit_meaning_floors(np.concatenate(maps), meanings(train))


def _read(
    encoder: Encoder, abstractor: Abstractor, floors: MeaningFloors, batch_size: int, table: pa.Table, split: str
) -> Read:
    own, from_true, arms, shown, said = [], [], [], set(), set()
    parts = slices(table, batch_size)
    for part in counted(parts, len(parts), split):
        images = np.stack([pictures.decode(cell) for cell in part["image"].to_pylist()])
        true = true_maps(part)
        read = within(read_packed(encoder, images), true)
        known = measured(read)
        likely = read_meanings(abstractor, read, known)
        own.append(likely.meanings())
        from_true.append(read_meanings(abstractor, true).meanings())
        arms.append(floors(read, known))
        shown |= digests([images])
        said |= digests([likely.goal, likely.grammar])
    found = [concatenate(parts) for parts in (own, from_true)]
    baselines = {name: concatenate([arm[name] for arm in arms]) for name in arms[0]}
    return Read(meanings(table), *found, baselines, len(shown), len(said))


def _scored(pages: Read) -> Scored:
    others = pages.floors | {
        "true_maps": pages.from_true_maps,
        "shuffled": pages.own[_others(len(pages.own))],
    }
    arms = {name: tallies(said, pages.true) for name, said in others.items()}
    return Scored(tallies(pages.own, pages.true), arms, pages.distinct_inputs, pages.distinct_outputs)


def _others(count: int) -> np.ndarray:
    """Another page for each, in no order: neighbours share their format."""
    return np.random.default_rng(0).permutation(count)


def _correlations(pages: Read, *, resamples: int, seed: int) -> dict[str, dict]:
    """R2 and Spearman's rank correlation of every number; floor 0 by definition, ceiling 1, not attained."""
    columns = {"tone": (pages.own.tone, pages.true.tone)}
    columns |= {f"grammar_{name}": (pages.own.grammar[:, i], pages.true.grammar[:, i]) for i, name in enumerate(NAMES)}
    return {
        f"{name}_{kind}": as_json(statistic_interval(statistic, *pair, resamples=resamples, seed=seed))
        | {"n": len(pages.own), "floor": 0.0, "ceiling": 1.0}
        for name, pair in columns.items()
        for kind, statistic in (("r2", r2), ("rank", rank_correlation))
    }


def _confusions(pages: Read) -> dict[str, dict]:
    return {
        name: {
            "labels": list(words),
            "counts": confusion(getattr(pages.own, name), getattr(pages.true, name), len(words)).tolist(),
        }
        for name, words in (("goal", GOALS), ("format", FORMATS))
    }
