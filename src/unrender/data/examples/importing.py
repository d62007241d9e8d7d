"""A folder of example folders -> rows of the dataset, and a report of all that was wrong with them."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from unrender.config import UserError
from unrender.data.examples.findings import Finding
from unrender.data.examples.reading import FILES, SCREENSHOT, Example, read
from unrender.data.pictures import encode
from unrender.data.schema import SCHEMA, SPLITS
from unrender.design.section_tree import walk
from unrender.render.frame import fit

SHARES = (("train", 0.8), ("val", 0.1), ("test", 0.1))
"""Where the folder has no splits, by the hash of each screenshot: copies stay together."""
TOLD = 2000
"""Findings that the report lists one by one; all of them are counted."""


@dataclass
class Import:
    """What an import has come to so far. Rows are drawn split after split, so that of two copies the first is kept."""

    folder: Path
    findings: list[Finding] = field(default_factory=list)
    examples: int = 0
    rows: Counter = field(default_factory=Counter)
    """Rows per split."""
    quarantined: list[dict] = field(default_factory=list)
    _seen: dict[bytes, Path] = field(default_factory=dict)
    _ids: set[str] = field(default_factory=set)

    def draw(self, split: str, folders: Iterable[Path]) -> Iterator[dict]:
        """The rows of a split, in the order of its folders; what cannot be used is left out, and said."""
        for folder in folders:
            self.examples += 1
            example = self._read(split, folder)
            if example is not None:
                self.rows[split] += 1
                yield row(example, self._id(split, folder), split)

    def _read(self, split: str, folder: Path) -> Example | None:
        example, faults = read(folder)
        if example is not None:
            first = self._seen.setdefault(example.digest, folder)
            if first is not folder:
                rule = "duplicate" if first.parent == folder.parent else "duplicate_across"
                says = f"Screenshot and document are, byte for byte, those of {self._name(first)}."
                faults.append((rule, SCREENSHOT, says))
        name = self._name(folder)
        found = [Finding(rule, f"{name}/{file}", sentence) for rule, file, sentence in faults]
        self.findings += found
        errors = [finding for finding in found if finding.level == "error"]
        if errors:
            why = {"rule": errors[0].rule, "sentence": errors[0].sentence}
            self.quarantined.append({"example": name, "split": split, **why})
        return None if errors else example

    def _name(self, folder: Path) -> str:
        return _printable(folder.relative_to(self.folder).as_posix())

    def _id(self, split: str, folder: Path) -> str:
        """`<split>-<folder>`, or the folder's name where it starts with its split already; unique."""
        name = _printable(folder.name)
        while not name.startswith(f"{split}-") or name in self._ids:
            name = f"{split}-{name}"
        self._ids.add(name)
        return name

    def summary(self) -> dict:
        """import.json: counts, every finding, and which examples were left out."""
        listed = sorted(self.findings, key=lambda finding: finding.level != "error")
        return {
            "examples": self.examples,
            "rows": dict(self.rows),
            "rules": dict(Counter(finding.rule for finding in self.findings)),
            "findings": [finding.as_dict() for finding in listed[:TOLD]],
            "findings_left_off": max(0, len(listed) - TOLD),
            "quarantined": self.quarantined,
        }

    def sentence(self) -> str:
        rules = ", ".join(f"{rule} ({count})" for rule, count in Counter(f.rule for f in self.findings).most_common())
        left_out = f"{len(self.quarantined)} left out"
        return f"{self.rows.total()} of {self.examples} examples imported, {left_out}. Found: {rules or 'no fault'}."


def find(source: Import) -> dict[str, list[Path]]:
    """The example folders of each split that has any, sorted. UserError where there is none.

    Folders named like splits are splits; without them, each example goes by the hash of its screenshot.
    """
    folder = source.folder
    if not folder.is_dir():
        raise UserError(f"{folder}: no such folder; data.path names the folder that holds the example folders.")
    if any((folder / name).exists() for name in FILES):
        raise UserError(f"{folder} is one example; data.path names the folder that holds the example folders.")
    splits = [split for split in SPLITS if (folder / split).is_dir()]
    found = {split: _folders(folder / split) for split in splits}
    if splits:
        source.findings += [
            Finding("stray_folder", source._name(other), f"Examples in {source._name(other)} belong to no split.")
            for other in _folders(folder)
            if other.name not in splits and _holds_examples(other)
        ]
    else:
        homes = [(home_split(path), path) for path in _folders(folder)]
        found = {split: [path for home, path in homes if home == split] for split, _ in SHARES}
    found = {split: paths for split, paths in found.items() if paths}
    if not found:
        raise UserError(f"{folder} holds no example folder; an example is a folder with {', '.join(FILES)}.")
    return found


def _folders(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.is_dir() and not path.name.startswith("."))


def _holds_examples(folder: Path) -> bool:
    return any((path / name).exists() for path in (folder, *_folders(folder)) for name in FILES)


def home_split(folder: Path) -> str:
    """train, val or test, by the bytes of the screenshot alone."""
    path = folder / SCREENSHOT
    data = path.read_bytes() if path.is_file() else b""
    at = int.from_bytes(hashlib.sha256(data).digest()[:8], "big") / 2**64
    for split, share in SHARES:
        at -= share
        if at < 0:
            return split
    return SHARES[-1][0]


def row(example: Example, name: str, split: str) -> dict:
    """A row of the dataset; what an example does not say is null."""
    frame, _ = fit(example.screenshot.picture)
    elements = example.layout["structure"]
    return dict.fromkeys(SCHEMA.names) | {
        "id": name,
        "split": split,
        "source": "examples",
        "image": encode(np.asarray(frame)),
        "page_width": example.width,
        "page_height": example.height,
        "structure": json.dumps(example.structure, separators=(",", ":")),
        "layout": json.dumps(example.layout, separators=(",", ":")),
        "elements": len(walk(elements)),
        "depth": _depth(elements),
        "columns": max(1, *(_columns(element["children"]) for element in walk(elements))),
    }


def _depth(elements: list[dict]) -> int:
    return 1 + max((_depth(element["children"]) for element in elements), default=-1)


def _columns(children: list[dict]) -> int:
    return sum(child["type"] == "column" for child in children)


def _printable(name: str) -> str:
    """A file's name whose bytes may be no UTF-8."""
    return name.encode("utf-8", "backslashreplace").decode()
