"""Ceilings and floors of every label: the best any reader of a page can do, and what a constant answer gets.

All are measured on `test`; floors are fitted on `train`. For an error (tone_mae, hierarchy_mse, grammar_mae_*) the
ceiling is the lower number.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np

from unrender.data.format_reader import held_out_hits
from unrender.data.shared_maps import Shared
from unrender.data.validation.findings import Key
from unrender.data.validation.inspection import Facts
from unrender.design.grammar import NAMES

RESAMPLES = 1000


@dataclass(frozen=True)
class Bound:
    """Ceiling and floor of one metric. `value` is the ceiling, `low` and `high` its 95 % bootstrap interval."""

    value: float
    low: float
    high: float
    floor: float
    ceiling: float
    n: int
    method: str


def bounds(rows: list[Facts], shared: Mapping[Key, Shared], seed: int) -> dict[str, Bound]:
    """Every bound that these rows allow; what their source does not label is left out."""
    train, val, test = ([row for row in rows if row.split == split] for split in ("train", "val", "test"))
    found: dict[str, Bound | None] = {
        "goal_accuracy": _goal(train, test, seed),
        "format_accuracy": _format(train, val, test, seed),
        "tone_mae": _error("tone", "tone_error", lambda row: row.tone, train, test, seed),
        **{f"grammar_mae_{name}": _score(index, name, train, test, seed) for index, name in enumerate(NAMES)},
        **_maps(train, test, shared, seed),
    }
    return {name: bound for name, bound in found.items() if bound is not None}


def published(found: Mapping[str, Bound]) -> tuple[dict[str, float], dict[str, float], dict[str, dict]]:
    """(ceilings, floors, evidence), each by metric."""
    ceilings = {name: bound.ceiling for name, bound in found.items()}
    floors = {name: bound.floor for name, bound in found.items()}
    return ceilings, floors, {name: asdict(bound) for name, bound in found.items()}


# --- classes and numbers -------------------------------------------------------------------------


def _goal(train: list[Facts], test: list[Facts], seed: int) -> Bound | None:
    test = [row for row in test if row.attainable and row.goal]
    if not test or not train:
        return None
    best = np.array([row.attainable["goal_accuracy"] for row in test if row.attainable])
    method = (
        "Ceiling: mean over test of the largest posterior probability of a goal given the page's blocks and format, "
        "under the generator's own probabilities. Floor: the most common goal of train, always."
    )
    return _mean(best, _majority([row.goal for row in train], [row.goal for row in test]), method, seed)


def _format(train: list[Facts], val: list[Facts], test: list[Facts], seed: int) -> Bound | None:
    known, tuned, asked = (
        [(row.shape, row.format) for row in rows if row.shape and row.format] for rows in (train, val, test)
    )
    if not known or not tuned or not asked:
        return None
    hits, k = held_out_hits(known, tuned, asked)
    floor = _majority([name for _, name in known], [name for _, name in asked])
    method = (
        f"Ceiling: attainable; accuracy on test of the {k} nearest neighbours in train by true structure (log aspect, "
        "sections, nav, footer, columns, elements), k chosen on val. Floor: the most common format of train, always."
    )
    return _mean(hits, floor, method, seed)


def _score(index: int, name: str, train: list[Facts], test: list[Facts], seed: int) -> Bound | None:
    return _error(f"grammar_{name}", f"{name}_error", lambda row: row.scores[index], train, test, seed)


_ERRORS = {
    "tone": "the expected absolute error of the posterior median of the tone given type scale and palette",
    "grammar": "the change of the score when every box is known to the frame pixel only",
}


def _error(label: str, key: str, read: Callable, train: list[Facts], test: list[Facts], seed: int) -> Bound | None:
    test = [row for row in test if row.attainable and read(row) is not None]
    known = [read(row) for row in train if read(row) is not None]
    if not test or not known:
        return None
    least = np.array([row.attainable[key] for row in test if row.attainable])
    floor = float(np.abs(np.array([read(row) for row in test]) - np.median(known)).mean())
    method = (
        f"Ceiling: mean over test of {_ERRORS[label.partition('_')[0]]}. Floor: mean absolute error of train's median."
    )
    return _mean(least, floor, method, seed)


def _majority(train: Sequence[str | None], test: Sequence[str | None]) -> float:
    """Accuracy on test of train's most common class."""
    common = Counter(train).most_common(1)[0][0]
    return sum(value == common for value in test) / len(test)


def _mean(values: np.ndarray, floor: float, method: str, seed: int) -> Bound:
    return _ratio(values, np.ones(len(values)), floor, method, seed)


# --- maps ----------------------------------------------------------------------------------------

_RASTER = (
    "Ceiling: stored maps against those of the same page painted at twice the scale and averaged down, {n} pages of "
    "test that are laid out alike at both scales"
)
_FLOORS = {
    "text_iou": "; times the share of text area that can be seen at all. Floor: everything is text.",
    "image_iou": ". Floor: everything is an image.",
    "colour_accuracy": ". Floor: each page flat in its own most common colour.",
    "hierarchy_mse": ". Floor: the mean of train, inside the page.",
}


def _maps(train: list[Facts], test: list[Facts], shared: Mapping[Key, Shared], seed: int) -> dict[str, Bound]:
    floors = _map_floors(train, test)
    measured = [shared[row.key] for row in test if row.key in shared]
    if floors is None or not measured:
        return {}
    seen = [row.attainable["text_seen"] for row in test if row.attainable]
    factors = {"text_iou": float(np.mean(seen)) if seen else 1.0}
    found = {}
    for name, floor in floors.items():
        over, under = np.array([getattr(counts, name.partition("_")[0]) for counts in measured]).T
        if under.sum() > 0:
            method = _RASTER.format(n=len(measured)) + _FLOORS[name]
            found[name] = _ratio(over * factors.get(name, 1.0), under, floor, method, seed)
    return found


def _map_floors(train: list[Facts], test: list[Facts]) -> dict[str, float] | None:
    known = [np.array([row.page for row in rows if row.page]) for rows in (train, test)]
    if not all(map(len, known)):
        return None
    fitted, (area, text, image, flat, weight, square) = known[0].sum(0), known[1].sum(0)
    mean = fitted[4] / fitted[0]
    error = square - 2 * mean * weight + mean**2 * area
    return {
        "text_iou": text / area,
        "image_iou": image / area,
        "colour_accuracy": flat / area,
        "hierarchy_mse": error / area,
    }


def _ratio(over: np.ndarray, under: np.ndarray, floor: float, method: str, seed: int) -> Bound:
    """Ratio of sums with its percentile interval over resampled rows (Efron 1979)."""
    n = len(over)
    draws = np.random.default_rng(seed).multinomial(n, np.full(n, 1 / n), RESAMPLES)  # (resamples, n)
    below = draws @ under
    resampled = (draws @ over)[below > 0] / below[below > 0]
    low, high = (float(bound) for bound in np.quantile(resampled, (0.025, 0.975)))
    value = float(over.sum() / under.sum())
    return Bound(value, low, high, float(floor), value, n, method)
