"""Which split a page belongs to."""

import hashlib
from collections.abc import Iterable

from unrender.data.pix2code.reading import FOLDERS, Page

SHARES = (("train", 0.8), ("val", 0.1), ("test", 0.1))
"""Where there are no folders of splits, by the hash of each code: pages with one code stay together."""
HELD_BACK = (("train", 0.9), ("val", 0.1))
"""Of the pages of train, where nothing else can serve to choose between checkpoints."""
ORDER = ("train", "val", "test")


def assign(genuine: dict[str, list[Page]], listed: dict[str, list[Page]]) -> dict[str, list[Page]]:
    """The pages of each split. `genuine` have a screenshot, `listed` have none; both by folder ("" for none).

    A single held-out folder serves twice: its screenshots are the test, its other pages validate. Where it has but one
    of the two, that is the test, and a tenth of train validates.
    """
    folders = [folder for folder in (*genuine, *listed) if folder]
    if not folders:
        return _by_code(genuine.get("", ()), SHARES)
    found: dict[str, list[Page]] = {split: [] for split in ORDER}
    held_out = {folder for folder in folders if FOLDERS[folder] != "train"}
    sole = held_out.pop() if len(held_out) == 1 else None
    twice = sole is not None and bool(genuine.get(sole)) and bool(listed.get(sole))
    for pages, without in ((genuine, False), (listed, True)):
        for folder in filter(None, pages):
            split = FOLDERS[folder] if folder != sole else "val" if twice and without else "test"
            found[split] += pages[folder]
    if not found["val"]:
        found |= _by_code(found["train"], HELD_BACK)
    return found


def _by_code(pages: Iterable[Page], shares: tuple[tuple[str, float], ...]) -> dict[str, list[Page]]:
    found: dict[str, list[Page]] = {split: [] for split, _ in shares}
    for page in pages:
        found[_home(page.code, shares)].append(page)
    return found


def _home(code: str, shares: tuple[tuple[str, float], ...]) -> str:
    at = int.from_bytes(hashlib.sha256(code.encode()).digest()[:8], "big") / 2**64
    for split, share in shares:
        at -= share
        if at < 0:
            return split
    return shares[-1][0]
