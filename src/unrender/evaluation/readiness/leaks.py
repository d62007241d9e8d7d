"""No test page, and no test design, may occur in train or val."""

import hashlib
from pathlib import Path

from unrender.data import pictures
from unrender.data.shards import iterate, known_splits, read_manifest
from unrender.evaluation.readiness.verdict import Check

SEEN = ("train", "val")
HELD_OUT = ("test", "test_composition", "test_theme")


def leak_checks(folder: Path) -> list[Check]:
    """Compare pixels and design hashes across the splits of a data set. Pages that were imported have no design, and
    may lack splits."""
    imported = read_manifest(folder).get("source", "synthetic") != "synthetic"
    present = known_splits(folder) if imported else (*SEEN, *HELD_OUT)
    seen, held_out = (_hashes(folder, [name for name in names if name in present]) for names in (SEEN, HELD_OUT))
    pixels = disjoint("data.no_shared_pixels", seen[0], held_out[0], "no held-out picture occurs in train or val")
    if imported:
        return [pixels]
    rule = "no held-out design hash occurs in train or val"
    return [pixels, disjoint("data.no_shared_designs", seen[1], held_out[1], rule)]


def disjoint(name: str, seen: set, held_out: set, rule: str) -> Check:
    """Passes when both sets hold something and share nothing."""
    shared = len(seen & held_out)
    return Check(name, shared == 0 and bool(seen) and bool(held_out), rule, f"{shared} shared")


def _hashes(folder: Path, splits: list[str]) -> tuple[set[bytes], set[str]]:
    """Of pixels, not of the stored bytes: the same picture can be encoded in two ways."""
    shown, designs = set(), set()
    for split in splits:
        for row in iterate(folder, split, ["image", "design_hash"]):
            pixels = pictures.decode(row["image"])
            shown.add(hashlib.blake2b(pixels.tobytes(), digest_size=16).digest())
            if row["design_hash"] is not None:
                designs.add(row["design_hash"])
    return shown, designs
