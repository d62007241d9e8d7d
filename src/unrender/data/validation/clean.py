"""data/clean: the same shards without the rows that broke a rule. Untouched shards are copied byte for byte."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from unrender.artifacts import atomic_path, write_json
from unrender.data.schema import SCHEMA
from unrender.data.shards import MANIFEST, sha256
from unrender.data.validation.files import Group
from unrender.data.validation.findings import Finding, Key


def write(
    source: Path, target: Path, manifest: dict, groups: list[Group], mended: dict[Key, dict], dropped: set[Key]
) -> dict:
    """Write the clean dataset; return its manifest."""
    target.mkdir(parents=True)
    touched = {file for file, _ in (*mended, *dropped)}
    splits = {}
    for split, entry in manifest["splits"].items():
        shards = [_shard(source, target, shard["file"], groups, mended, dropped, touched) for shard in entry["shards"]]
        splits[split] = {**entry, "rows": sum(shard["rows"] for shard in shards), "shards": shards}
    described = {**manifest, "splits": splits}
    write_json(target / MANIFEST, described)
    return described


def _shard(
    source: Path, target: Path, name: str, groups: list[Group], mended: dict, dropped: set, touched: set[str]
) -> dict:
    own = [group for group in groups if group.file == name]
    rows = sum(group.rows for group in own)
    if name not in touched:
        shutil.copyfile(source / name, target / name)
    else:
        rows = 0
        with (
            pq.ParquetFile(source / name) as file,
            atomic_path(target / name) as aside,
            pq.ParquetWriter(aside, SCHEMA, compression="zstd") as writer,
        ):
            for group in own:
                table = pa.Table.from_pylist(list(_kept(file, group, mended, dropped)), SCHEMA)
                rows += table.num_rows
                if table.num_rows:
                    writer.write_table(table)
    return {"file": name, "rows": rows, "sha256": sha256(target / name)}


def _kept(file: pq.ParquetFile, group: Group, mended: dict[Key, dict], dropped: set[Key]) -> Iterator[dict]:
    for offset, row in enumerate(file.read_row_group(group.number).to_pylist()):
        key = group.key(offset)
        if key not in dropped:
            yield mended.get(key, row)


def write_quarantine(path: Path, findings: list[Finding], dropped: set[Key], splits: dict[str, str]) -> None:
    """One line per reason for which a row was left out, with what is needed to find the row again.

    `splits`: shard file -> split.
    """
    with atomic_path(path) as aside, aside.open("w", encoding="utf-8") as file:
        for finding in findings:
            if finding.key in dropped and finding.level == "error":
                about = {"id": finding.id, "split": splits[finding.file], "file": finding.file, "row": finding.row}
                why = {"rule": finding.rule, "sentence": finding.sentence, "remedy": finding.remedy}
                file.write(json.dumps({**about, **why}, ensure_ascii=False) + "\n")
