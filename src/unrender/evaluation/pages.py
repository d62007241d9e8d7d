"""Labelled pages as numpy arrays, decoded a batch at a time so that memory stays flat."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow as pa
from jaxtyping import Int, UInt8

from unrender.config import UserError
from unrender.data import pictures
from unrender.data.schema import MAPS
from unrender.data.shards import complete, read_table
from unrender.evaluation.metrics.maps import Maps

PICTURES = ("image", *MAPS)


@dataclass(frozen=True)
class Batch:
    """Some pages of a split: `rows` are their positions in the table."""

    rows: range
    images: UInt8[np.ndarray, "n h w 3"]
    true: Maps


def labelled(folder: Path, split: str, columns: Sequence[str] = ()) -> pa.Table:
    """The rows of a split that carry all four maps. UserError when there is none."""
    table = read_table(folder, split, [*PICTURES, *columns])
    table = complete(table, PICTURES)
    if not len(table):
        raise UserError(f"{folder}: split {split!r} holds no page with structure maps; nothing can be scored on it")
    return table


def sample(table: pa.Table, limit: int) -> pa.Table:
    """At most `limit` rows, evenly spread over the table."""
    return table.take(pa.array(spread(len(table), limit)))


def spread(count: int, limit: int) -> Int[np.ndarray, " n"]:
    """At most `limit` places of `count`, evenly spread."""
    return np.unique(np.linspace(0, count - 1, min(limit, count)).round().astype(np.int64))


def batch_count(table: pa.Table, size: int) -> int:
    """How many batches `batches` yields."""
    return max(1, round(len(table) / size))


def slices(table: pa.Table, size: int) -> list[pa.Table]:
    """The table in parts of nearly equal length, so that none is a lone page unless the table is."""
    edges = np.linspace(0, len(table), batch_count(table, size) + 1).round().astype(int)
    return [table.slice(start, stop - start) for start, stop in pairwise(map(int, edges))]


def batches(table: pa.Table, size: int) -> Iterator[Batch]:
    """Decoded pages in order."""
    with ThreadPoolExecutor(2) as pool:
        ahead = None
        start = 0
        for part in slices(table, size):
            soon = pool.submit(decode, part, start)
            start += len(part)
            if ahead is not None:
                yield ahead.result()
            ahead = soon
        if ahead is not None:
            yield ahead.result()


def decode(table: pa.Table, start: int = 0) -> Batch:
    """The five pictures of every row."""
    raw = {name: np.stack([pictures.decode(cell) for cell in table[name].to_pylist()]) for name in PICTURES}
    true = Maps(
        text=raw["text_mask"] > 127,
        image=raw["image_mask"] > 127,
        colour=raw["colour"],
        hierarchy=raw["hierarchy"].astype(np.float32) / 255,
    )
    return Batch(range(start, start + len(table)), raw["image"], true)
