"""What a page is for and how good it is: brief and grammar as numbers that a network can learn."""

from pathlib import Path

import numpy as np
import pyarrow as pa
from jaxtyping import Float, Int

from unrender.config import LeftOut, UserError
from unrender.data.shards import complete, read_table
from unrender.design.brief import number_of
from unrender.design.grammar import NAMES

COLUMNS = ("goal", "format", "tone", *(f"grammar_{name}" for name in NAMES))


def fully_labelled(folder: Path, split: str, needed: tuple[str, ...], also: tuple[str, ...] = ()) -> pa.Table:
    """The rows of a split that lack neither a label nor one of `needed`; `also` may be null. UserError when there is
    no such row."""
    table = read_table(folder, split, list(dict.fromkeys(["id", "elements", *needed, *COLUMNS, *also])))
    table = complete(table, (*needed, *COLUMNS))
    if not len(table):
        raise LeftOut(
            f"{folder}: split {split!r} has no row with all of {', '.join((*needed, *COLUMNS))}; "
            "there is nothing to learn."
        )
    return table


def classes(table: pa.Table, name: str) -> Int[np.ndarray, "n"]:
    """Goal or format as numbers. UserError names the row of a word that is none."""
    numbers = []
    for row, word in enumerate(table[name].to_pylist()):
        try:
            numbers.append(number_of(name, word))
        except ValueError as error:
            raise UserError(f"{table['id'][row].as_py()}: {error}.") from None
    return np.array(numbers, np.int64)


def tone(table: pa.Table) -> Float[np.ndarray, "n"]:
    """0 (calm) to 1 (energetic)."""
    return table["tone"].to_numpy().astype(np.float32)


def grammar(table: pa.Table) -> Float[np.ndarray, "n 4"]:
    """The four scores, 0..1, in the order of grammar.NAMES."""
    return np.stack([table[f"grammar_{name}"].to_numpy() for name in NAMES], 1).astype(np.float32)
