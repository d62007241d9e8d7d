"""A folder of pix2code's pages -> its pages, by folder, and what is wrong with its files."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from unrender.design import pix2code
from unrender.design.dsl import SyntaxFault

CODE, PICTURE, LIST = ".gui", ".png", "_pages.jsonl"
FOLDERS = {
    "train": "train",
    **dict.fromkeys(("val", "valid", "validation"), "val"),
    **dict.fromkeys(("test", "eval", "evaluation"), "test"),
}
"""Names of folders that are splits, and of which."""
KINDS = ("gui", "guis", "png", "pngs", "image", "images", "img", "screenshots")
"""Folders that part the files of a page from one another; they are no part of its name."""
_KNOWN = frozenset(pix2code.vocabulary())

Fault = tuple[str, str]
"""(rule, sentence)."""
Say = Callable[[str, str, str, int | None], None]
"""Takes rule, file, sentence and line."""


@dataclass(frozen=True)
class Page:
    """`code` is canonical. `file`, below the imported folder, is where it comes from; `line` of it, for a list."""

    name: str
    code: str
    file: str
    screenshot: Path | None = None
    line: int | None = None


def parse(text: str) -> tuple[str, Fault | None]:
    """The canonical form of a code, or what is wrong with it."""
    words = pix2code.tokens(text)
    if not words:
        return "", ("empty_code", "It holds no code.")
    depth = 0
    for place, word in enumerate(words):
        if word not in _KNOWN:
            return "", ("unknown_token", f"Token {place}, {word!r:.80}, is no word of pix2code's web pages.")
        depth += (word == "{") - (word == "}")
        if depth < 0:
            return "", ("unbalanced_braces", f"Token {place} closes a brace that was never opened.")
    if depth:
        return "", ("unbalanced_braces", f"At its end, {depth} braces are still open.")
    try:
        return pix2code.encode(pix2code.decode(text)), None
    except SyntaxFault as error:
        return "", ("syntax", f"The code does not parse: {error}.")


def pairs(folder: Path, say: Say) -> dict[str, list[Page]]:
    """The pages with a screenshot, sorted, by the folder of a split that they lie in ("" if in none)."""
    codes, pictures = (_by_name(folder, ending, say) for ending in (CODE, PICTURE))
    found: dict[str, list[Page]] = {}
    for home, name in sorted(codes.keys() | pictures.keys()):
        code, picture = codes.get((home, name)), pictures.get((home, name))
        if code is None or picture is None:
            there = shown(folder, code or picture or folder)
            says = f"There is no {PICTURE if code else CODE} file of this name."
            say("missing_file", there, says, None)
        elif (text := _read(folder, code, say)) is not None:
            found.setdefault(home, []).append(Page(name, text, shown(folder, code), picture))
    return found


def _by_name(folder: Path, ending: str, say: Say) -> dict[tuple[str, str], Path]:
    """The files with an ending, by (folder of a split, name of the page)."""
    found: dict[tuple[str, str], Path] = {}
    for path in sorted(folder.rglob(f"*{ending}")):
        parts = path.relative_to(folder).parts
        if any(part.startswith((".", "__MACOSX")) for part in parts) or not path.is_file():
            continue
        home = next((part for part in parts[:-1] if part in FOLDERS), "")
        name = printable("-".join([*(part for part in parts[:-1] if part not in KINDS and part != home), path.stem]))
        first = found.setdefault((home, name), path)
        if first is not path:
            say("repeated_page", shown(folder, path), f"{shown(folder, first)} has the name of this page too.", None)
    return found


def _read(folder: Path, path: Path, say: Say) -> str | None:
    try:
        code, fault = parse(path.read_bytes().decode())
    except UnicodeDecodeError as error:
        fault = "not_text", f"It is no text in UTF-8: {error.reason} at byte {error.start}."
    if fault:
        say(fault[0], shown(folder, path), fault[1], None)
        return None
    return code


def lists(folder: Path, say: Say) -> dict[str, list[Page]]:
    """The pages of each `<folder>_pages.jsonl`, by that folder of a split; they have no screenshot of their own."""
    found = {}
    for path in sorted(folder.glob(f"*{LIST}")):
        home = path.name.removesuffix(LIST)
        if home in FOLDERS:
            found[home] = list(_listed(folder, path, say))
        else:
            names = ", ".join(FOLDERS)
            say("stray_file", shown(folder, path), f"{printable(home)!r} is no split; known are {names}.", None)
    return found


def _listed(folder: Path, path: Path, say: Say) -> Iterator[Page]:
    file, lines = shown(folder, path), {}
    for line, data in enumerate(path.read_bytes().split(b"\n"), 1):
        if not data.strip():
            continue
        entry = _entry(data)
        if isinstance(entry, str):
            say("bad_line", file, f"Line {line} {entry}.", line)
            continue
        name, (code, fault) = printable(entry["id"]), parse(entry["gui"])
        if fault:
            say(fault[0], file, f"Line {line}: {fault[1]}", line)
        elif name in lines:
            say("repeated_page", file, f"Line {line} has the id {name!r} of line {lines[name]}.", line)
        else:
            lines[name] = line
            yield Page(name, code, file, None, line)


def _entry(data: bytes) -> dict | str:
    """The object of a line, or what it is instead."""
    try:
        entry = json.loads(data)
    except (ValueError, RecursionError):
        return "is no JSON"
    if not isinstance(entry, dict):
        return "holds no object"
    absent = [key for key in ("id", "gui") if not isinstance(entry.get(key), str)]
    return f"has no text {' and '.join(absent)}" if absent else entry


def shown(folder: Path, path: Path) -> str:
    return printable(path.relative_to(folder).as_posix())


def printable(name: str) -> str:
    """A name whose bytes may be no UTF-8."""
    return name.encode("utf-8", "backslashreplace").decode()
