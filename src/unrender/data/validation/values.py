"""Plain values: present where they must be, of known classes, in range."""

import math
from collections.abc import Iterator

from unrender.data.validation.pixels import Fault
from unrender.design import faults, grammar
from unrender.design.brief import FORMATS, GOALS

NOISE = 1e-6
"""How far outside its range a value may lie and still be rounding."""

UNIT = ("tone", *(f"grammar_{name}" for name in grammar.NAMES), *(f"fault_{name}" for name in faults.NAMES))
"""Columns in 0..1."""
COUNTS = {
    "page_width": (1, 20_000),
    "page_height": (1, 20_000),
    "elements": (1, 10_000),
    "depth": (1, 100),
    "columns": (1, 100),
}
CLASSES = {"goal": GOALS, "format": FORMATS}
_LABELS = (
    *("seed", "design_hash", "texts", "theme", "dsl", "html", "structure", "layout", "recipe", "attainable"),
    *(*UNIT, *COUNTS, *CLASSES),
)
"""What a synthetic row never lacks."""


def check_values(row: dict, split: str) -> Iterator[Fault]:
    for name in ("id", "split", "source"):
        if not row[name]:
            yield "null_value", f"Column {name!r} is empty."
    if row["split"] and row["split"] != split:
        yield "split_column", f"It says split {row['split']!r} but lies in a shard of {split!r}."
    if row["source"] == "synthetic":
        absent = [name for name in _LABELS if row[name] is None]
        if absent:
            yield "null_value", f"A synthetic row has every label; this one lacks {', '.join(absent)}."
    for name, known in CLASSES.items():
        if row[name] is not None and row[name] not in known:
            yield "unknown_class", f"{name} is {row[name]!r}; known are {', '.join(known)}."
    yield from _ranges(row)


def _ranges(row: dict) -> Iterator[Fault]:
    for name, (low, high) in {**dict.fromkeys(UNIT, (0, 1)), **COUNTS}.items():
        value = row[name]
        if value is not None and not low <= value <= high:
            yield "out_of_range", f"{name} is {value:g}; it must lie in {low}..{high}."


def clipped(row: dict) -> dict:
    """The columns that leave 0..1 by rounding only, put back on the bound."""
    found = {}
    for name in UNIT:
        value = row[name]
        if value is not None and math.isfinite(value) and not 0 <= value <= 1 and -NOISE <= value <= 1 + NOISE:
            found[name] = min(max(value, 0.0), 1.0)
    return found
