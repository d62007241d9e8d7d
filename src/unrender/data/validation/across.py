"""Rows against each other: ids, copies, leaks between splits, balance, spread."""

from collections import Counter, defaultdict
from collections.abc import Iterator

import numpy as np

from unrender.data.validation.findings import Finding
from unrender.data.validation.inspection import Facts
from unrender.design.brief import FORMATS, GOALS
from unrender.design.grammar import NAMES
from unrender.design.languages import of_source
from unrender.design.pix2code import ROOT

LEAST_SPREAD, SPREAD_ROWS = 0.10, 200
"""Standard deviation that every score must have, and from how many rows on it is judged."""
LEAST_SHARE, ROWS_PER_CLASS = 1 / 3, 20
DISTINCT = 0.999
THUMBNAIL_LEVELS = 5.0
"""Mean difference of two 8 x 8 thumbnails, in grey levels, below which similar outlines are the same picture."""
CLASSES = {"goal": GOALS, "format": FORMATS}


def check_ids(rows: list[Facts]) -> Iterator[Finding]:
    first: dict[str, Facts] = {}
    for row in rows:
        before = first.setdefault(row.id, row)
        if before is not row:
            yield _about(row, "repeated_id", f"Id {row.id!r} already stands in {before.key[0]}, row {before.key[1]}.")


def check_copies(rows: list[Facts]) -> Iterator[Finding]:
    """Images and designs that occur again; the first of them stays."""
    images: dict[bytes, Facts] = {}
    for row in rows:
        if not row.image_hash:
            continue
        before = images.setdefault(row.image_hash, row)
        if before is not row:
            rule = "duplicate" if before.split == row.split else "duplicate_across"
            yield _about(
                row, rule, f"The image is, pixel for pixel, that of {before.id} ({before.key[0]}, row {before.key[1]})."
            )
    designs: dict[str, Facts] = {}
    for row in rows:
        if row.design_hash is None:
            continue
        before = designs.setdefault(row.design_hash, row)
        if before.split != row.split:
            yield _about(
                row, "shared_design", f"The design {row.design_hash} is also {before.id} of split {before.split!r}."
            )


def near_pairs(rows: list[Facts], distance: int) -> list[tuple[Facts, Facts]]:
    """Pairs (held-out row, its nearest look-alike in an earlier split) whose outlines differ in at most `distance`
    bits and whose thumbnails hardly differ. Exact copies and equal designs are not among them: they are errors.
    Nor are pages of pix2code, which all look alike at that size."""
    by_split: dict[str, list[Facts]] = defaultdict(list)
    for row in rows:
        if row.image_hash and of_source(row.source).name != ROOT:
            by_split[row.split].append(row)
    splits = list(by_split)
    pairs = []
    for at, split in enumerate(splits[1:], 1):
        earlier = [row for name in splits[:at] for row in by_split[name]]
        pairs += _nearest(by_split[split], earlier, distance)
    return pairs


def _nearest(rows: list[Facts], others: list[Facts], distance: int) -> Iterator[tuple[Facts, Facts]]:
    outlines = np.array([other.outline for other in others], np.uint64)
    thumbnails = _thumbnails(others)
    for row, own in zip(rows, _thumbnails(rows), strict=True):
        close = np.flatnonzero(np.bitwise_count(outlines ^ np.uint64(row.outline)) <= distance)
        if not len(close):
            continue
        differences = np.abs(thumbnails[close].astype(np.int16) - own).mean(1)
        best = int(differences.argmin())
        other = others[close[best]]
        if (
            differences[best] <= THUMBNAIL_LEVELS
            and other.image_hash != row.image_hash
            and not _same_design(row, other)
        ):
            yield row, other


def _thumbnails(rows: list[Facts]) -> np.ndarray:
    """(n, 192) uint8."""
    return np.frombuffer(b"".join(row.thumbnail for row in rows), np.uint8).reshape(len(rows), -1)


def _same_design(row: Facts, other: Facts) -> bool:
    return row.design_hash is not None and row.design_hash == other.design_hash


def near_findings(pairs: list[tuple[Facts, Facts]]) -> Iterator[Finding]:
    for row, other in pairs:
        yield _about(row, "near_duplicate", f"It looks nearly like {other.id} of split {other.split!r}.")


def distinct_share(rows: list[Facts]) -> float:
    """Distinct images / images; 1 for none."""
    hashes = [row.image_hash for row in rows if row.image_hash]
    return len(set(hashes)) / len(hashes) if hashes else 1.0


def class_counts(rows: list[Facts]) -> dict[str, dict[str, int]]:
    """Rows per class of each label."""
    return {
        label: {name: sum(getattr(row, label) == name for row in rows) for name in known}
        for label, known in CLASSES.items()
    }


def spread(rows: list[Facts]) -> dict[str, float | None]:
    """Standard deviation of each grammar score over the rows that have it; None where none has."""
    found = {}
    for index, name in enumerate(NAMES):
        values = [value for row in rows if (value := row.scores[index]) is not None]
        found[name] = float(np.std(values)) if values else None
    return found


def check_distinct(rows: list[Facts]) -> Iterator[Finding]:
    """To be asked before copies are dropped."""
    share = distinct_share(rows)
    if share < DISTINCT:
        yield Finding("distinct_images", f"Only {share:.2%} of {len(rows)} images are distinct.")


def check_statistics(rows: list[Facts]) -> Iterator[Finding]:
    """Rules about the dataset as a whole."""
    scored = [row for row in rows if None not in row.scores]
    if len(scored) >= SPREAD_ROWS:
        for name, value in spread(scored).items():
            if value is not None and value < LEAST_SPREAD:
                yield Finding(
                    "score_spread",
                    f"grammar_{name} has a standard deviation of only {value:.3f} over {len(scored)} rows.",
                )
    for split in Counter(row.split for row in rows):
        yield from _balance([row for row in rows if row.split == split], split)


def _balance(rows: list[Facts], split: str) -> Iterator[Finding]:
    for label, counts in class_counts(rows).items():
        total, classes = sum(counts.values()), len(counts)
        if total < classes * ROWS_PER_CLASS:
            continue
        for name, count in counts.items():
            if count / total < LEAST_SHARE / classes:
                fair = total / classes
                yield Finding(
                    "class_balance",
                    f"Split {split!r} has {count} rows with {label} {name!r}; a fair share is {fair:.0f}.",
                )


def _about(row: Facts, rule: str, sentence: str) -> Finding:
    return Finding(rule, sentence, row.key[0], row.key[1], row.id)
