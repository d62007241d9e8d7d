"""Parquet shards and their manifest: a few files, read and written in pieces, so memory stays flat."""

import hashlib
import json
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from unrender.artifacts import atomic_path, write_json
from unrender.config import UserError
from unrender.data.schema import SCHEMA, SCHEMA_VERSION, SPLITS

ROWS_PER_SHARD = 1000
ROWS_PER_GROUP = 100
MANIFEST = "manifest.json"


def write_split(folder: Path, split: str, rows: Iterable[dict], rows_per_shard: int = ROWS_PER_SHARD) -> list[dict]:
    """Write rows as ``<split>-00000.parquet``, ...; return the manifest entry of each shard.

    Only one row group is held at a time. A split without rows still gets one empty shard, so its schema is known.
    """
    folder.mkdir(parents=True, exist_ok=True)
    stream = _groups(rows, min(ROWS_PER_GROUP, rows_per_shard))
    entries: list[dict] = []
    pending = next(stream, [])
    while pending or not entries:
        name = f"{split}-{len(entries):05d}.parquet"
        count = 0
        with atomic_path(folder / name) as aside, pq.ParquetWriter(aside, SCHEMA, compression="zstd") as writer:
            while pending and count + len(pending) <= rows_per_shard:
                writer.write_table(pa.Table.from_pylist(pending, SCHEMA))
                count += len(pending)
                pending = next(stream, [])
        entries.append({"file": name, "rows": count, "sha256": sha256(folder / name)})
    return entries


def _groups(rows: Iterable[dict], size: int) -> Iterator[list[dict]]:
    group: list[dict] = []
    for row in rows:
        group.append(row)
        if len(group) == size:
            yield group
            group = []
    if group:
        yield group


def write_manifest(folder: Path, splits: dict[str, list[dict]], **facts) -> None:
    """Describe a dataset: schema version, counts, hashes, and what the caller adds (source, seed, engine ...)."""
    described = {
        name: {"rows": sum(entry["rows"] for entry in entries), "shards": entries} for name, entries in splits.items()
    }
    write_json(folder / MANIFEST, {"schema_version": SCHEMA_VERSION, "splits": described, **facts})


def read_manifest(folder: Path) -> dict:
    """The manifest. UserError if it is missing, is not JSON, or has another schema version."""
    path = folder / MANIFEST
    try:
        manifest = json.loads(path.read_text())
    except FileNotFoundError:
        raise UserError(f"{path} is missing: {folder} is not a dataset; run `dvc repro generate`") from None
    except json.JSONDecodeError as error:
        raise UserError(f"{path}, line {error.lineno}: not JSON ({error.msg}); run `dvc repro generate`") from None
    if manifest.get("schema_version") != SCHEMA_VERSION:
        raise UserError(f"{path}: schema version {manifest.get('schema_version')}, this code reads {SCHEMA_VERSION}")
    return manifest


def shard_paths(folder: Path, split: str) -> list[Path]:
    """The shards of a split in order. UserError for a split the dataset does not have."""
    splits = read_manifest(folder)["splits"]
    if split not in splits:
        raise UserError(f"{folder}: no split {split!r}; it has {', '.join(splits)}")
    return [folder / entry["file"] for entry in splits[split]["shards"]]


def read_table(folder: Path, split: str, columns: list[str] | None = None) -> pa.Table:
    """All rows of a split, pictures still encoded. Name the columns you need: the others are not read."""
    return pa.concat_tables([_open(path).read(columns) for path in shard_paths(folder, split)])


def complete(table: pa.Table, columns: Iterable[str]) -> pa.Table:
    """The rows in which none of `columns` is null."""
    return table.filter(pa.array(np.logical_and.reduce([table[name].is_valid().to_numpy() for name in columns])))


def iterate(folder: Path, split: str, columns: list[str] | None = None) -> Iterator[dict]:
    """The rows of a split one after another, a row group in memory at a time."""
    return iterate_shards(shard_paths(folder, split), columns)


def iterate_shards(paths: Iterable[Path], columns: list[str] | None = None) -> Iterator[dict]:
    """The rows of these shards one after another."""
    for path in paths:
        for batch in _open(path).iter_batches(ROWS_PER_GROUP, columns=columns):
            yield from batch.to_pylist()


def _open(path: Path) -> pq.ParquetFile:
    try:
        return pq.ParquetFile(path, memory_map=True)
    except FileNotFoundError:
        raise UserError(
            f"{path} is named in the manifest but missing; run `dvc checkout` or `dvc repro generate`"
        ) from None
    except pa.ArrowInvalid as error:
        raise UserError(f"{path} is not a readable Parquet file ({error}); run `dvc repro generate`") from None


def sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def known_splits(folder: Path) -> list[str]:
    """The splits of a dataset, in the usual order."""
    present = read_manifest(folder)["splits"]
    return [name for name in SPLITS if name in present]
