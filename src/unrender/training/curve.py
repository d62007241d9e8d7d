"""Losses over steps, as tables that DVC can plot."""

import csv
from pathlib import Path

from unrender.artifacts import atomic_path


class Curve:
    """Collects what is logged: a table for training, and one for validation, which comes less often."""

    def __init__(self) -> None:
        self.tables: dict[str, list[dict[str, int | float]]] = {"train": [], "val": []}

    def add(self, step: int, scalars: dict[str, float]) -> None:
        """Note the losses and the learning rate of a step."""
        for kind, table in self.tables.items():
            if found := {name: value for name, value in scalars.items() if name.startswith(f"{kind}/")}:
                table.append({"step": step} | found | {"lr": scalars["lr"]})

    def save(self, folder: Path) -> list[Path]:
        """Write train.csv and val.csv, floats to six digits; timings are never in them."""
        return [_write(folder / f"{kind}.csv", table) for kind, table in self.tables.items()]


def _write(path: Path, rows: list[dict[str, int | float]]) -> Path:
    with atomic_path(path) as aside, aside.open("w", newline="") as file:
        table = csv.DictWriter(file, list(rows[0]))
        table.writeheader()
        table.writerows({k: f"{v:.6g}" if isinstance(v, float) else v for k, v in row.items()} for row in rows)
    return path
