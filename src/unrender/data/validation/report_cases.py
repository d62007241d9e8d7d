"""Pictures for the report: rows that broke a rule beside their render, and pairs that look alike."""

import base64
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from unrender.data.pictures import encode
from unrender.data.schema import SIZE
from unrender.data.validation import files, pixels
from unrender.data.validation.findings import Finding, Key
from unrender.data.validation.report import worst_first
from unrender.data.validation.run import Outcome

MOST_CASES, MOST_PAIRS, MOST_SAMPLES = 24, 12, 8
TEXT, PICTURE = (37, 99, 235), (234, 122, 24)
"""Tints of the overlay: text blue, images orange."""


@dataclass(frozen=True)
class Case:
    """A row, or a pair of rows, with captioned pictures (None: there is nothing to show)."""

    title: str
    lines: list[tuple[str, str]]
    """(tag, sentence)."""
    pictures: list[tuple[str, str | None]]
    repaired: bool = False


def worst_cases(source: Path, outcome: Outcome) -> list[Case]:
    """Rows with errors, as many different rules as possible first."""
    by_row: dict[Key, list[Finding]] = {}
    for finding in worst_first(outcome.findings):
        if finding.key and finding.level == "error":
            by_row.setdefault(finding.key, []).append(finding)
    seen: dict[str, int] = {}
    rank = {}
    for key, found in by_row.items():
        rank[key] = min(seen.get(finding.rule, 0) for finding in found)
        for finding in found:
            seen[finding.rule] = seen.get(finding.rule, 0) + 1
    chosen = sorted(by_row, key=lambda key: rank[key])[:MOST_CASES]
    rows = files.read_rows(source, outcome.groups, set(chosen))
    return [_case(key, by_row[key], rows[key], outcome) for key in chosen if key in rows]


def _case(key: Key, found: list[Finding], row: dict, outcome: Outcome) -> Case:
    painted = outcome.painted.get(key)
    pictures = [("stored", _uri(row["image"])), ("its maps", overlay(row))]
    if painted and painted.image:
        pictures.append(("its labels paint", _uri(painted.image)))
    repairs = list(dict.fromkeys(finding.repair for finding in found if finding.repair))
    lines = [(finding.rule, finding.sentence) for finding in found] + [("repaired", f"{text}.") for text in repairs]
    return Case(f"{found[0].id} · {key[0]}, row {key[1]}", lines, pictures, bool(repairs))


def alike_pairs(source: Path, outcome: Outcome) -> list[Case]:
    """Near duplicates across splits."""
    pairs = outcome.near[:MOST_PAIRS]
    rows = files.read_rows(source, outcome.groups, {facts.key for pair in pairs for facts in pair})
    return [
        Case(f"{row.id} and {other.id}", [], [(facts.id, _uri(rows[facts.key]["image"])) for facts in (row, other)])
        for row, other in pairs
    ]


def samples(source: Path, outcome: Outcome) -> list[Case]:
    """The rows painted again that agreed least; where all agree, simply some of them."""
    whole = [found for found in outcome.painted.values() if not found.findings and found.agreement]
    least = sorted(whole, key=lambda found: (min(found.agreement.values()), found.id))[:MOST_SAMPLES]
    rows = files.read_rows(source, outcome.groups, {found.key for found in least})
    return [
        Case(
            f"{found.id} · agreement {min(found.agreement.values()):.4f}",
            [],
            [("stored", _uri(rows[found.key]["image"])), ("its maps", overlay(rows[found.key]))],
        )
        for found in least
    ]


def overlay(row: dict) -> str | None:
    """The page, faded, with text and images tinted. None if a mask cannot be read."""
    pictures, _ = pixels.read(row)
    if not {"text_mask", "image_mask"} <= set(pictures):
        return None
    white = np.full((SIZE, SIZE, 3), 255, np.uint8)
    page = pictures.get("image", white).astype(np.float32) * 0.35 + 255 * 0.65
    for name, tint in (("image_mask", PICTURE), ("text_mask", TEXT)):
        inside = pictures[name] != 0
        page[inside] = page[inside] * 0.3 + np.array(tint, np.float32) * 0.7
    return _uri(encode(page.astype(np.uint8)))


def _uri(picture: dict | None) -> str | None:
    """A data URI, or None for what does not decode."""
    if picture is None or picture["bytes"] is None:
        return None
    bare = {**dict.fromkeys(pixels.PICTURES), "source": "", "image": picture}
    if any(rule == "picture_broken" for rule, _ in pixels.read(bare)[1]):
        return None
    return "data:image/png;base64," + base64.b64encode(picture["bytes"]).decode()
