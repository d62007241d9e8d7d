"""metrics/<model>.json, its evidence, curves and pictures -> Model. A model without both files is left out."""

import csv
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from unrender.artifacts import why_left_out
from unrender.config import flatten
from unrender.evaluation.ceilings import gap_closed

ORDER = ("encoder", "abstractor", "decoder", "finetune", "innovate", "coder", "layout")
"""The order of the pipeline; others follow by name."""
NOT_MODELS = ("dataset", "readiness")
OWN_SECTIONS = ("groups", "confusion", "collapse")

DRAWN = "drawn_from_"
"""Starts the names of splits that hold what was drawn and not what was read."""
GIVEN = "given"
"""The split that was read with a part of the answer given."""

Groups = dict[str, dict[str, dict[str, "Score"]]]  # grouping -> group -> metric
Curve = dict[str, list[dict[str, float]]]  # train, val -> rows


@dataclass(frozen=True)
class Score:
    """A value with its 95 % interval and the number of examples, where they were published."""

    value: float
    low: float | None = None
    high: float | None = None
    n: int | None = None


@dataclass(frozen=True)
class Finding(Score):
    """A score with what it takes to judge it."""

    floor: float | None = None
    floor_arm: str | None = None
    ceiling: float | None = None
    gap_closed: float | None = None
    over_floor: Score | None = None
    nothing: Score | None = None
    """The same with nothing given, and what is gained: for scores of what was read with a part of the answer given."""
    gain: Score | None = None
    arms: dict[str, Score] = field(default_factory=dict)


@dataclass(frozen=True)
class Model:
    """Everything there is about one network."""

    name: str
    scores: dict[str, Any]  # as in metrics/<model>.json
    splits: dict[str, dict[str, Finding]]
    groups: dict[str, Groups]
    confusion: dict[str, dict[str, dict]]  # split -> label -> labels, counts
    collapse: dict[str, Any]
    tables: dict[str, list[dict]]  # lists of rows under names of their own
    rest: dict[str, Any]  # whatever else the evidence holds, flat
    pictures: list[Path] = field(default_factory=list)

    def main_first(self, splits: Mapping[str, Any]) -> list[str]:
        """The names of `splits`, the one shown large ahead of the others."""
        return sorted(splits, key=lambda split: split != self.main)

    @property
    def read(self) -> dict[str, dict[str, Finding]]:
        """The splits that were read, with nothing given."""
        return {split: found for split, found in self.splits.items() if split != GIVEN and not split.startswith(DRAWN)}

    @property
    def drawn(self) -> dict[str, dict[str, Finding]]:
        """What it was drawn from -> metric -> finding."""
        return {split.removeprefix(DRAWN): found for split, found in self.splits.items() if split.startswith(DRAWN)}

    @property
    def main(self) -> str:
        """The split that is shown large."""
        return "test" if "test" in self.splits else next(iter(self.splits), "")


def read_models(metrics: Path) -> list[Model]:
    """Every model with both metrics/<model>.json and metrics/evidence/<model>.json that was not left out."""
    names = [path.stem for path in metrics.glob("*.json") if (metrics / "evidence" / path.name).exists()]
    names = [name for name in names if name not in NOT_MODELS and not why_left_out(metrics / f"{name}.json")]
    return [_read_model(metrics, name) for name in sorted(names, key=rank)]


def read_left_out(metrics: Path) -> dict[str, str]:
    """The models that were left out, and why, in the order of the pipeline."""
    found = {path.stem: why for path in metrics.glob("*.json") if (why := why_left_out(path))}
    return {name: found[name] for name in sorted(found, key=rank)}


def read_curves(models: Path) -> dict[str, Curve]:
    """The tables of every models/<name>.curve."""
    folders = sorted(models.glob("*.curve"), key=lambda folder: rank(folder.stem))
    folders = [folder for folder in folders if not why_left_out(folder)]
    return {
        folder.stem: {kind: _rows(path) for kind in ("train", "val") if (path := folder / f"{kind}.csv").exists()}
        for folder in folders
    }


def read_json(path: Path) -> dict:
    """{} for a file that does not exist."""
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


def rank(name: str) -> tuple[int, str]:
    """Sorts names in the order of the pipeline."""
    return (ORDER.index(name) if name in ORDER else len(ORDER), name)


def parse(name: str, scores: dict, evidence: dict, pictures: list[Path] | None = None) -> Model:
    """What a model's two files hold, sorted by what it is."""
    tables = {key: value for key, value in evidence.items() if _is_table(value)}
    splits, rest = {}, {}
    for key, value in evidence.items():
        if key in tables or key in OWN_SECTIONS:
            continue
        found = {metric: _finding(entry) for metric, entry in _scored(value).items()}
        left = _left_over(value) if found else value
        splits |= {key: found} if found else {}
        rest |= flatten({key: left}) if left else {}
    groups = {split: _groups(found) for split, found in evidence.get("groups", {}).items()}
    confusion, collapse = evidence.get("confusion", {}), evidence.get("collapse", {})
    return Model(name, scores, _with_plain(splits, scores), groups, confusion, collapse, tables, rest, pictures or [])


def _read_model(metrics: Path, name: str) -> Model:
    scores, evidence = (read_json(folder / f"{name}.json") for folder in (metrics, metrics / "evidence"))
    return parse(name, scores, evidence, sorted((metrics / "plots").glob(f"{name}*.png")))


def _is_table(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(row, Mapping) for row in value)


def _scored(value: Any) -> dict[str, Mapping]:
    """The entries of a split that hold a value."""
    entries = value.items() if isinstance(value, Mapping) else ()
    return {name: entry for name, entry in entries if isinstance(entry, Mapping) and _is_number(entry.get("value"))}


def _left_over(split: Mapping) -> dict:
    """What a split holds beside the fields of its findings."""
    known, scored = set(Finding.__dataclass_fields__), _scored(split)
    extra = {name: {k: v for k, v in entry.items() if k not in known} for name, entry in scored.items()}
    return {name: left for name, left in extra.items() if left} | {k: v for k, v in split.items() if k not in scored}


def _with_plain(splits: dict[str, dict[str, Finding]], scores: dict) -> dict[str, dict[str, Finding]]:
    """Scores that have no evidence are shown all the same."""
    for split, found in scores.items():
        plain = (
            {name: value for name, value in found.items() if _is_number(value)} if isinstance(found, Mapping) else {}
        )
        if plain:
            splits[split] = {name: Finding(float(value)) for name, value in plain.items()} | splits.get(split, {})
    return splits


def _finding(entry: Mapping) -> Finding:
    known: dict[str, Any] = _fields(Finding, entry)
    if "gap_closed" not in known and {"floor", "ceiling"} <= known.keys():
        known["gap_closed"] = gap_closed(known["value"], known["floor"], known["ceiling"])
    known |= {name: _score(known[name]) for name in ("over_floor", "nothing", "gain") if name in known}
    known["arms"] = {arm: _score(score) for arm, score in entry.get("arms", {}).items()}
    return Finding(**known)


def _score(entry: Mapping | int | float) -> Score:
    """A plain number is a score without an interval."""
    return Score(**_fields(Score, entry)) if isinstance(entry, Mapping) else Score(float(entry))


def _fields(cls: type[Score], entry: Mapping) -> dict[str, Any]:
    """The fields of `cls` that were published, numbers as floats: JSON writes a whole one without its point."""
    found = {name: entry[name] for name in cls.__dataclass_fields__ if entry.get(name) is not None}
    return {name: float(value) if _is_number(value) and name != "n" else value for name, value in found.items()}


def _groups(found: Mapping) -> Groups:
    return {
        grouping: {group: {m: _score(s) for m, s in metrics.items()} for group, metrics in members.items()}
        for grouping, members in found.items()
    }


def _rows(path: Path) -> list[dict[str, float]]:
    with path.open(newline="", encoding="utf-8") as file:
        return [{name: float(value) for name, value in row.items() if value} for row in csv.DictReader(file)]


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
