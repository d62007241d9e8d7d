"""A small sound dataset, and ways to spoil a copy of it."""

import io
import json
import shutil
from collections.abc import Callable
from pathlib import Path

from PIL import Image

from unrender.data import shards, synthesise
from unrender.data.schema import SPLITS
from unrender.data.validation.findings import Finding
from unrender.data.validation.run import Outcome, ValidateParams, validate

COUNTS = {"train": 8, "val": 4, "test": 4, "test_composition": 4, "test_theme": 4}


def make(folder: Path) -> Path:
    """Two dozen synthetic rows."""
    written = {
        split: shards.write_split(folder, split, synthesise.rows(split, COUNTS[split], 5, 0.3, "blitz", workers=1))
        for split in SPLITS
    }
    shards.write_manifest(folder, written, source="synthetic", seed=5, engine="blitz")
    return folder


def rows_of(folder: Path, split: str) -> list[dict]:
    return list(shards.iterate(folder, split))


def rewrite(folder: Path, changes: dict[str, Callable[[list[dict]], object]]) -> None:
    """Change rows of some splits in place; counts and hashes of the manifest follow, so nothing else is wrong."""
    path = folder / shards.MANIFEST
    manifest = json.loads(path.read_text())
    for split, change in changes.items():
        rows = rows_of(folder, split)
        change(rows)
        entries = shards.write_split(folder, split, rows)
        manifest["splits"][split] = {"rows": len(rows), "shards": entries}
    path.write_text(json.dumps(manifest))


def copy(sound: Path, target: Path) -> Path:
    shutil.copytree(sound, target)
    return target


def run(folder: Path, *, fix: bool, sample: int = 2) -> Outcome:
    params = ValidateParams(fix=fix, max_error_rate=0.5, sample=sample, near_duplicate=3)
    return validate(folder, folder.with_name(folder.name + "-clean"), params, seed=0, workers=1)


def errors(outcome: Outcome) -> list[Finding]:
    return [finding for finding in outcome.findings if finding.level != "warning"]


def redraw(picture: dict, change: Callable[[Image.Image], Image.Image]) -> dict:
    """A stored picture after a change."""
    buffer = io.BytesIO()
    with Image.open(io.BytesIO(picture["bytes"])) as image:
        change(image).save(buffer, "PNG")
    return {"bytes": buffer.getvalue(), "path": None}
