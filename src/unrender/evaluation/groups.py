"""Pages put into groups by what makes them hard, so that a score can be read per group."""

from itertools import pairwise

import numpy as np
import pyarrow as pa

FAULTS = ("fault_alignment", "fault_contrast", "fault_crowding", "fault_hierarchy")
COLUMNS = ["format", "elements", *FAULTS]

Groups = dict[str, dict[str, np.ndarray]]  # grouping -> group -> row numbers


def difficulty_edges(elements: np.ndarray) -> list[int]:
    """Quartiles of the element count, fitted on train, so that all splits share the same groups."""
    return sorted({int(edge) for edge in np.quantile(elements, [0.25, 0.5, 0.75])})


def group(table: pa.Table, edges: list[int]) -> Groups:
    """Row numbers by difficulty, format and strength of each fault. Rows without the label belong to no group."""
    groups = {"difficulty": _by_difficulty(_numbers(table, "elements"), edges), "format": _by_name(table, "format")}
    return groups | {fault: _by_strength(_numbers(table, fault)) for fault in FAULTS}


def _numbers(table: pa.Table, name: str) -> np.ndarray:
    return np.array([np.nan if value is None else value for value in table[name].to_pylist()], np.float64)


def _by_difficulty(elements: np.ndarray, edges: list[int]) -> dict[str, np.ndarray]:
    found = {
        f"{low + 1}-{high} elements": np.flatnonzero((elements > low) & (elements <= high))
        for low, high in pairwise([0, *edges])
    }
    return _filled(found | {f"over {edges[-1]} elements": np.flatnonzero(elements > edges[-1])})


def _by_name(table: pa.Table, column: str) -> dict[str, np.ndarray]:
    names = np.array(table[column].to_pylist(), object)
    return {name: np.flatnonzero(names == name) for name in sorted({n for n in names if n is not None})}


def _by_strength(strength: np.ndarray) -> dict[str, np.ndarray]:
    bounds = {"none": strength == 0, "mild": (strength > 0) & (strength <= 0.5), "strong": strength > 0.5}
    return _filled({name: np.flatnonzero(rows) for name, rows in bounds.items()})


def _filled(groups: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    return {name: rows for name, rows in groups.items() if len(rows)}
