"""The document of a page from a file in the form of structure.json, or one sentence saying why not."""

import json
from pathlib import Path
from typing import Annotated, Any

import pydantic
from pydantic import Field

from unrender.config import UserError
from unrender.data.validation.documents import RepeatedKey, is_layout, is_structure, parse
from unrender.design.section_tree import Document, flatten

MAX_NODES = 2000
"""A reader compares every node with every other; larger pages would take minutes and gigabytes."""
MAX_DEPTH = 100
"""Far more than pages have, and few enough for what walks a tree by calling itself."""
MAX_BYTES = 16_000_000
TOO_MANY = f"has more than {MAX_NODES:,} nodes; cut the page, or leave out what is not shown"
TOO_DEEP = f"is nested deeper than {MAX_DEPTH} levels, which no page of this kind is"

_Count = Annotated[int, Field(ge=0, le=10**9)]
_Name = Annotated[str, Field(min_length=1)]


class _Text(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(strict=True)

    characters: _Count = 0
    words: _Count = 0


class _Node(pydantic.BaseModel):
    """One node; what else it says is ignored, and its children are looked at one by one."""

    model_config = pydantic.ConfigDict(strict=True)

    id: _Name | int
    tag: _Name
    classes: list[str] = []
    flags: list[str] = []
    text: _Text | None = None
    children: list[Any] = []


def load_document(path: Path) -> Document:
    """The document in a JSON file. UserError when it is missing, damaged, ambiguous, no document, or too large."""
    return as_document(load_structure(path), path)


def load_structure(path: Path) -> dict:
    """The tree as it stands in the file, of the right form and size. UserError as `load_document`."""
    text = read_text(path)
    if not text.strip():
        raise UserError(f"{path} is empty; a document is a tree of nodes with id, tag and children")
    try:
        structure = parse(text)
    except RepeatedKey as error:
        raise UserError(
            f"{path} repeats the key {error.args[0]!r} in one object, so a node would be lost; list children in order"
        ) from None
    except json.JSONDecodeError as error:
        raise UserError(f"{path}, line {error.lineno}: not JSON ({error.msg})") from None
    except RecursionError:
        raise UserError(f"{path} {TOO_DEEP}") from None
    except ValueError as error:  # an integer of more than 4,300 digits
        raise UserError(f"{path} is not JSON that can be read: {error}") from None
    if is_layout(structure):
        raise UserError(f"{path} is a section layout, not a document; the two files seem to be swapped")
    if not is_structure(structure):
        raise UserError(f"{path} is no document tree: its root needs id, tag and children")
    check_nodes(structure, path)
    return structure


def as_document(structure: dict, path: Path) -> Document:
    """`flatten`, with a UserError that names the file for what is wrong across nodes."""
    try:
        return flatten(structure)
    except ValueError as error:
        raise UserError(f"{path}: {error}") from None


def check_nodes(structure: dict, path: Path) -> None:
    """UserError for the first node of the wrong form, and for more than MAX_NODES or MAX_DEPTH."""
    stack, count = [(structure, 1)], 0
    while stack:
        value, depth = stack.pop()
        count += 1
        if count > MAX_NODES:
            raise UserError(f"{path} {TOO_MANY}")
        if depth > MAX_DEPTH:
            raise UserError(f"{path} {TOO_DEEP}")
        try:
            node = _Node.model_validate(value)
        except pydantic.ValidationError as error:
            raise UserError(f"{path}: {_complaint(value, count, error)}") from None
        stack += [(child, depth + 1) for child in reversed(node.children)]


def read_text(path: Path) -> str:
    """A UTF-8 file of at most MAX_BYTES; a byte order mark is dropped. UserError otherwise."""
    try:
        return read_bytes(path).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UserError(f"{path} is not JSON: byte {error.start} is no UTF-8 text") from None


def read_bytes(path: Path) -> bytes:
    """At most MAX_BYTES. UserError when the file is missing, a folder, unreadable, or larger."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise UserError(f"{path} is larger than {MAX_BYTES // 1_000_000} MB, which no page of this kind is")
        return path.read_bytes()
    except FileNotFoundError:
        raise UserError(f"{path}: no such file") from None
    except IsADirectoryError:
        raise UserError(f"{path} is a folder, not a file") from None
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror}") from None


def _complaint(value: object, number: int, error: pydantic.ValidationError) -> str:
    """'node n3: classes: Input should be a valid list'."""
    name = repr(value["id"]) if isinstance(value, dict) and isinstance(value.get("id"), str) else f"number {number}"
    if not isinstance(value, dict):
        return f"node {name} is no object with id, tag and children"
    first = error.errors(include_url=False, include_input=False)[0]
    return f"node {name}: {'.'.join(map(str, first['loc']))}: {first['msg']}"
