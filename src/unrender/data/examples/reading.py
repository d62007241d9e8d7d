"""One example folder -> screenshot, document and layout, and what is wrong with its files."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from unrender.config import UserError
from unrender.data.examples import nested, own, pairs
from unrender.data.examples.keys import shown
from unrender.data.examples.pairs import Pairs
from unrender.design import section_tree
from unrender.render.frame import place
from unrender.render.screenshot import Screenshot, open_screenshot

SCREENSHOT, STRUCTURE, LAYOUT = FILES = ("screenshot.png", "structure.json", "layout.json")

Fault = tuple[str, str, str]
"""(rule, file, sentence)."""
Say = Callable[[str, str, str], None]


@dataclass(frozen=True)
class Example:
    """A page, its document and its layout, in our form."""

    screenshot: Screenshot
    structure: dict
    layout: dict
    width: int
    height: int
    """Of the page, in the px that boxes are given in."""
    digest: bytes
    """Of the screenshot's bytes and of the document."""


def read(folder: Path) -> tuple[Example | None, list[Fault]]:
    """The example, or None where something that it needs is missing or broken; and all that is wrong."""
    faults: list[Fault] = []

    def say(rule: str, file: str, sentence: str) -> None:
        faults.append((rule, file, sentence))

    screenshot = _open_screenshot(folder, say)
    documents = _read_documents(folder, say)
    if screenshot is None or documents is None:
        return None, faults
    structure, layout, page = documents
    width, height = _page_size(screenshot, page, say)
    digest = hashlib.sha256((folder / SCREENSHOT).read_bytes() + json.dumps(structure).encode()).digest()
    return Example(screenshot, structure, layout, width, height, digest), faults


def _open_screenshot(folder: Path, say: Say) -> Screenshot | None:
    path = folder / SCREENSHOT
    if not path.exists():
        say("missing_file", SCREENSHOT, f"{SCREENSHOT} is missing.")
        return None
    try:
        return open_screenshot(path)
    except UserError as error:
        say("picture_broken", SCREENSHOT, f"{str(error).replace(str(path), SCREENSHOT)}.")
        return None


def _page_size(screenshot: Screenshot, page: tuple[int, int] | None, say: Say) -> tuple[int, int]:
    """The size that the layout gives, if the screenshot has its proportions, to a pixel of the frame; else its own."""
    size = screenshot.width, screenshot.height
    if page is None:
        return size
    told, seen = place(*page), place(*size)
    if max(abs(told.width - seen.width), abs(told.height - seen.height)) > 1:
        says = f"The page is said to be {page[0]} x {page[1]} px, but its screenshot is {size[0]} x {size[1]}."
        say("page_size", LAYOUT, says)
        return size
    return page


def _read_documents(folder: Path, say: Say) -> tuple[dict, dict, tuple[int, int] | None] | None:
    """Document, layout and size of the page; None where one of the two cannot be had."""
    structure, layout = (_parse(folder, name, say) for name in (STRUCTURE, LAYOUT))
    kinds = _kind(structure), _kind(layout)
    if kinds == ("layout", "structure"):
        say("swapped_files", STRUCTURE, f"{STRUCTURE} holds the layout and {LAYOUT} holds the document.")
        structure, layout = layout, structure
    elif kinds[0] == "layout":
        say("document", STRUCTURE, f"{STRUCTURE} holds a layout, not a document.")
        return None
    elif kinds[1] == "structure":
        say("document", LAYOUT, f"{LAYOUT} holds no element such as section@header: it is no layout.")
        return None
    if structure is None or layout is None:
        return None
    try:
        document = own.structure(structure) if own.is_structure(structure) else nested.structure(structure)
    except ValueError as error:
        say("document", STRUCTURE, str(error))
        return None
    try:
        tree, page = _layout(layout, document, say)
    except ValueError as error:
        say("document", LAYOUT, str(error))
        return None
    return document, tree, page


def _layout(value: Pairs, document: dict, say: Say) -> tuple[dict, tuple[int, int] | None]:
    if own.is_layout(value):
        tree, page = own.layout(value)
    else:
        (tree, lost), page = nested.layout(value, document), None
        for sentence in lost:
            say("lost_node", LAYOUT, sentence)
    section_tree.labels(section_tree.flatten(document), tree)  # types, props and nodes are known, each node named once
    if not tree["structure"]:
        raise ValueError("The layout has no element.")
    return tree, page


def _parse(folder: Path, name: str, say: Say) -> Pairs | None:
    """The object of a JSON file, repeated keys named; None, and said, if it holds none."""
    try:
        value = pairs.parse((folder / name).read_bytes())
    except FileNotFoundError:
        say("missing_file", name, f"{name} is missing.")
        return None
    except (ValueError, OSError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        say("json_broken", name, f"{name} is not JSON: {reason}.")
        return None
    if not isinstance(value, Pairs) or not value:
        say("document", name, f"{name} holds no object with keys.")
        return None
    return value if _unambiguous(value, name, say) else None


def _unambiguous(value: Pairs, name: str, say: Say) -> bool:
    """Names repeated keys. In the nested form they are children like any other; in ours nobody knows which is meant."""
    ours = own.is_structure(value) or own.is_layout(value)
    repeated = pairs.repeated(value)
    for under, key, count in repeated:
        where = f"below {shown(under)}" if under else "at the top"
        loses = "nobody knows which is meant" if ours else "other readers keep only one of them"
        rule = "ambiguous_key" if ours else "repeated_key"
        say(rule, name, f"{name} repeats the key {shown(key)} {count} times in one object {where}: {loses}.")
    return not (ours and repeated)


def _kind(value: Pairs | None) -> str | None:
    """What a file holds, whatever its name says; None if nothing could be read."""
    if value is None:
        return None
    if own.is_structure(value):
        return "structure"
    return "layout" if own.is_layout(value) or nested.holds_elements(value) else "structure"
