"""A folder of pix2code's pages -> rows of the dataset, and a report of all that was wrong with it."""

import hashlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from unrender.config import UserError
from unrender.data.pix2code import homes, reading, rows
from unrender.data.pix2code.findings import Finding
from unrender.data.pix2code.reading import Page
from unrender.data.pix2code.rows import Job

TOLD = 2000
"""Findings that the report lists one by one; all of them are counted."""


@dataclass
class Import:
    """What an import has come to so far.

    `genuine`: train on screenshots where there are some; otherwise all of train is drawn. `renders`: rows that each
    page of train comes to, in different looks; a screenshot is one of them.
    """

    folder: Path
    seed: int = 0
    engine: str = "blitz"
    genuine: bool = True
    renders: int = 1
    findings: list[Finding] = field(default_factory=list)
    pages: Counter = field(default_factory=Counter)
    """Pages that can be used per split."""
    rows: dict[str, Counter] = field(default_factory=dict)
    """Rows per split and source."""
    quarantined: list[dict] = field(default_factory=list)
    codes: dict[str, list[str]] = field(default_factory=dict)
    """Of the rows of each split."""

    def say(self, rule: str, file: str, sentence: str, line: int | None = None) -> None:
        """Note a fault down; whatever it is, its page is left out."""
        self.findings.append(Finding(rule, file, sentence, line))
        where = {} if line is None else {"line": line}
        self.quarantined.append({"page": file, **where, "rule": rule, "sentence": sentence})

    def draw(self, split: str, jobs: list[Job], workers: int | None = None) -> Iterator[dict]:
        """The rows of a split, in order; a screenshot that cannot be read is left out, and said."""
        sources = self.rows.setdefault(split, Counter())
        codes = self.codes.setdefault(split, [])
        for job, made in rows.rows(jobs, self.seed, self.engine, workers):
            if isinstance(made, str):
                self.say("picture_broken", job.file, made)
                continue
            sources[made["source"]] += 1
            codes.append(job.code)
            yield made

    def summary(self) -> dict:
        """import.json: counts, every finding, which pages were left out, and how far splits share their codes."""
        train = set(self.codes.get("train", ()))
        held_out = {split: codes for split, codes in self.codes.items() if split != "train"}
        return {
            "pages": dict(self.pages),
            "rows": {split: counted.total() for split, counted in self.rows.items()},
            "sources": {split: dict(counted) for split, counted in self.rows.items()},
            "distinct_codes": {split: len(set(codes)) for split, codes in self.codes.items()},
            "codes_that_train_shows": {split: sum(c in train for c in codes) for split, codes in held_out.items()},
            "rules": dict(Counter(finding.rule for finding in self.findings)),
            "findings": [finding.as_dict() for finding in self.findings[:TOLD]],
            "findings_left_off": max(0, len(self.findings) - TOLD),
            "quarantined": self.quarantined,
        }

    def sentence(self) -> str:
        rules = ", ".join(f"{rule} ({count})" for rule, count in Counter(f.rule for f in self.findings).most_common())
        counts = sum(self.rows.values(), Counter())
        made = f"{counts[rows.GENUINE]} screenshots and {counts[rows.RENDERED]} renders"
        return f"{self.pages.total()} pages: {made}. Found: {rules or 'no fault'}."


def find(source: Import) -> dict[str, list[Job]]:
    """What is to be made for each split that has any page. UserError where there is none.

    Folders named like splits are splits, wherever they lie; a list, `<folder>_pages.jsonl`, names the pages of such a
    folder that have no screenshot. Of two copies, the one in the earlier split is kept.
    """
    if not source.folder.is_dir():
        raise UserError(f"{source.folder}: no such folder; data.path names the folder that holds the pages.")
    genuine, listed = reading.pairs(source.folder, source.say), reading.lists(source.folder, source.say)
    if set(genuine) | set(listed) != {""}:
        for page in genuine.pop("", []):
            source.say("stray_file", page.file, "It lies in the folder of no split.")
    for folder, pages in listed.items():
        seen = {page.name for page in genuine.get(folder, ())}
        listed[folder] = [page for page in pages if page.name not in seen]
    seen_bytes: dict[bytes, tuple[str, Page]] = {}
    ids: set[str] = set()
    found = {}
    for split, pages in homes.assign(genuine, listed).items():
        kept = [page for page in pages if _is_new(source, split, page, seen_bytes)]
        source.pages[split] = len(kept)
        jobs = [job for page in kept for job in _jobs(source, split, page, ids)]
        if jobs:
            found[split] = jobs
    if not found:
        why = f": {source.findings[0].file}: {source.findings[0].sentence}" if source.findings else "."
        raise UserError(f"{source.folder} holds no page that can be used, a .gui and a .png file of one name{why}")
    return found


def _is_new(source: Import, split: str, page: Page, seen: dict[bytes, tuple[str, Page]]) -> bool:
    """Whether no page before has this code and, byte for byte, this screenshot."""
    if page.screenshot is None:
        return True
    digest = hashlib.sha256(page.screenshot.read_bytes() + page.code.encode()).digest()
    home, first = seen.setdefault(digest, (split, page))
    if first is not page:
        rule = "duplicate" if home == split else "duplicate_across"
        source.say(rule, page.file, f"Code and screenshot are, byte for byte, those of {first.file}.")
    return first is page


def _jobs(source: Import, split: str, page: Page, ids: set[str]) -> Iterator[Job]:
    """The rows that a page comes to: one, but in train one for each look."""
    shown = page.screenshot is not None and (source.genuine or split != "train")
    for look in range(source.renders if split == "train" else 1):
        picture = page.screenshot if shown and not look else None
        name = _id(split, page.name + (f"-look{look + 1}" if look else ""), ids)
        yield Job(name, split, page.name, page.code, page.file, picture, look)


def _id(split: str, name: str, ids: set[str]) -> str:
    """`<split>-<page>`, or the page's name where it starts with its split already; unique."""
    while not name.startswith(f"{split}-") or name in ids:
        name = f"{split}-{name}"
    ids.add(name)
    return name
