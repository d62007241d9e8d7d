"""The files: manifest, shards, schema, counts and hashes. Nothing else is looked at when these do not hold."""

import json
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from unrender.data.schema import SCHEMA, SCHEMA_VERSION, SPLITS
from unrender.data.shards import MANIFEST, sha256
from unrender.data.validation.findings import Finding, Key


@dataclass(frozen=True)
class Group:
    """A row group of a shard: the unit of work."""

    split: str
    file: str
    number: int
    start: int
    rows: int

    def key(self, offset: int) -> Key:
        """Where the row at `offset` of this group lies."""
        return self.file, self.start + offset


def read_manifest(folder: Path) -> tuple[dict, list[Finding]]:
    """The manifest, or what is wrong with it."""
    path = folder / MANIFEST
    try:
        manifest = json.loads(path.read_text())
    except FileNotFoundError:
        return {}, [Finding("manifest", f"{path} does not exist.", MANIFEST)]
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        return {}, [Finding("manifest", f"{path} is not JSON: {error}.", MANIFEST)]
    version = manifest.get("schema_version") if isinstance(manifest, dict) else None
    if version != SCHEMA_VERSION:
        return {}, [
            Finding("manifest", f"{path} has schema version {version}; this code reads {SCHEMA_VERSION}.", MANIFEST)
        ]
    if not isinstance(manifest.get("splits"), dict):
        return {}, [Finding("manifest", f"{path} names no splits.", MANIFEST)]
    return manifest, []


def check_files(folder: Path, manifest: dict) -> tuple[list[Group], list[Finding]]:
    """The row groups of all shards in order, and what is wrong with the files."""
    groups: list[Group] = []
    findings: list[Finding] = []
    for split, entry in in_order(manifest["splits"]):
        found: list[Group] = []
        for shard in entry["shards"]:
            parts, faults = _check_shard(folder, split, shard)
            found += parts
            findings += faults
        rows = sum(group.rows for group in found)
        if not rows and not any(finding.level == "fatal" for finding in findings):
            findings.append(
                Finding("empty_split", f"Split {split!r} has no rows.", ", ".join(s["file"] for s in entry["shards"]))
            )
        elif rows != entry["rows"]:
            findings.append(
                Finding(
                    "manifest_rows",
                    f"The manifest gives split {split!r} {entry['rows']} rows; its shards hold {rows}.",
                    MANIFEST,
                )
            )
        groups += found
    if not groups and all(finding.rule == "empty_split" for finding in findings):
        findings.insert(0, Finding("zero_rows", f"{folder} holds no rows at all.", MANIFEST))
    return groups, findings


def in_order(splits: dict[str, dict]) -> list[tuple[str, dict]]:
    """Train first: of two copies the one in the later split goes."""
    return sorted(splits.items(), key=lambda item: SPLITS.index(item[0]) if item[0] in SPLITS else len(SPLITS))


def _check_shard(folder: Path, split: str, entry: dict) -> tuple[list[Group], list[Finding]]:
    name = entry["file"]
    path = folder / name
    try:
        file = pq.ParquetFile(path)
    except FileNotFoundError:
        return [], [Finding("missing_file", f"{path} is named in the manifest but does not exist.", name)]
    except (pa.ArrowException, OSError) as error:
        return [], [Finding("unreadable_file", f"{path} is not a Parquet file: {_first_line(error)}.", name)]
    with file:
        findings = _check_columns(file.schema_arrow, path)
        counts = [file.metadata.row_group(number).num_rows for number in range(file.num_row_groups)]
    if sum(counts) != entry["rows"]:
        findings.append(
            Finding("manifest_rows", f"The manifest gives {name} {entry['rows']} rows; it holds {sum(counts)}.", name)
        )
    if sha256(path) != entry["sha256"]:
        findings.append(
            Finding("manifest_hash", f"{name} is not the file that the manifest describes: their SHA-256 differ.", name)
        )
    groups = [Group(split, name, number, sum(counts[:number]), rows) for number, rows in enumerate(counts) if rows]
    return groups, findings


def _check_columns(schema: pa.Schema, path: Path) -> list[Finding]:
    findings = []
    for field in SCHEMA:
        if field.name not in schema.names:
            findings.append(Finding("missing_column", f"{path} has no column {field.name!r}.", path.name))
        elif not _same_type(schema.field(field.name).type, field.type):
            found = schema.field(field.name).type
            findings.append(
                Finding("column_type", f"{path}: column {field.name!r} is {found}; it must be {field.type}.", path.name)
            )
    return findings


def _same_type(found: pa.DataType, wanted: pa.DataType) -> bool:
    """Whether two types are equal, the name of a list's item aside."""
    if pa.types.is_list(found) and pa.types.is_list(wanted):
        return found.value_type == wanted.value_type
    return found == wanted


def read_group(folder: Path, group: Group) -> list[dict]:
    """The rows of a group. Raises pa.ArrowException or OSError if the bytes are damaged."""
    with pq.ParquetFile(folder / group.file) as file:
        return file.read_row_group(group.number).to_pylist()


def read_rows(folder: Path, groups: list[Group], keys: set[Key]) -> dict[Key, dict]:
    """A few rows by key."""
    found = {}
    for group in groups:
        offsets = [offset for offset in range(group.rows) if group.key(offset) in keys]
        rows = read_group(folder, group) if offsets else []
        found |= {group.key(offset): rows[offset] for offset in offsets}
    return found


def _first_line(error: BaseException) -> str:
    return str(error).splitlines()[0].rstrip(".")
