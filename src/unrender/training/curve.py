"""Losses over steps, as a table that DVC can plot."""

import csv
from pathlib import Path

from unrender.artifacts import atomic_path


class Curve:
    """Collects what is logged; keeps one row for each validation."""

    def __init__(self) -> None:
        self.rows: list[dict[str, float]] = []

    def add(self, step: int, scalars: dict[str, float]) -> None:
        """Note a logged step if it was validated."""
        if "val/loss" in scalars:
            losses = {name: value for name, value in scalars.items() if "/" in name}
            self.rows.append({"step": step} | losses | {"lr": scalars["lr"]})

    def save(self, path: Path) -> None:
        """Write a CSV, floats to six digits; timings are never in it."""
        with atomic_path(path) as aside, aside.open("w", newline="") as file:
            table = csv.DictWriter(file, list(self.rows[0]))
            table.writeheader()
            table.writerows({k: f"{v:.6g}" if isinstance(v, float) else v for k, v in row.items()} for row in self.rows)
