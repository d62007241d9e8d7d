"""The JSON columns: no repeated keys, structure and layout not swapped, the layout explains nodes that exist."""

import json
import math
from collections import Counter
from collections.abc import Iterator

from unrender.data.validation.pixels import Fault
from unrender.design.sections import LAYOUT_TYPES, PROPS

COLUMNS = ("structure", "layout", "theme", "recipe")


class RepeatedKey(ValueError):
    """A JSON object with a key twice; the message is the key."""


def parse(text: str):
    """JSON, but a repeated key raises RepeatedKey: every common parser would silently keep one of the two values."""
    return json.loads(text, object_pairs_hook=_once)


def _once(pairs: list[tuple]) -> dict:
    repeated = [key for key, count in Counter(key for key, _ in pairs).items() if count > 1]
    if repeated:
        raise RepeatedKey(repeated[0])
    return dict(pairs)


def read(row: dict, name: str) -> tuple[object, Fault | None]:
    """A column's value, or what is wrong with it."""
    try:
        return parse(row[name]), None
    except RepeatedKey as error:
        key = error.args[0]
        return None, (
            "repeated_key",
            f"{name} repeats the key {key!r} in one object: a parser would keep only one of the values.",
        )
    except (json.JSONDecodeError, RecursionError) as error:
        return None, ("json_broken", f"{name} is not JSON: {error}.")


def is_derived(text: str, value: dict) -> bool:
    """Whether a column says what the design leads to: structure to the letter, layout but for its boxes, for which the
    page must be rendered (a sample is, see rendering.py)."""
    if text == json.dumps(value, separators=(",", ":")):
        return True
    try:
        found = parse(text)
    except (RepeatedKey, json.JSONDecodeError, RecursionError):
        return False
    return is_layout(found) and unplaced(found) == value and not any(check_boxes(found))


def unplaced(value: object) -> object:
    """A document without the boxes of its elements."""
    if isinstance(value, dict):
        return {key: unplaced(item) for key, item in value.items() if key != "box"}
    return [unplaced(item) for item in value] if isinstance(value, list) else value


def check(row: dict, trusted: tuple[str, ...] = ()) -> Iterator[Fault]:
    """All JSON columns; structure and layout not, where both are known to be as they must."""
    values: dict[str, object] = {}
    trusted = trusted if {"structure", "layout"} <= set(trusted) else ()  # one is checked against the other
    for name in COLUMNS:
        if row[name] is None or name in trusted:
            continue
        values[name], fault = read(row, name)
        if fault:
            yield fault
    structure, layout = values.get("structure"), values.get("layout")
    if is_layout(structure) and is_structure(layout):
        yield "swapped_files", "structure holds the layout and layout holds the structure."
    elif structure is not None and not is_structure(structure):
        yield "document", "structure is no document tree: a node needs id, tag and children."
    elif layout is not None and not is_layout(layout):
        yield "document", "layout is no section tree: it needs structure (a list of elements) and props."
    elif isinstance(structure, dict) and isinstance(layout, dict):
        yield from check_sources(structure, layout)
        yield from check_boxes(layout)


def is_structure(value: object) -> bool:
    return isinstance(value, dict) and {"id", "tag", "children"} <= set(value)


def is_layout(value: object) -> bool:
    return isinstance(value, dict) and isinstance(value.get("structure"), list) and isinstance(value.get("props"), dict)


def check_sources(structure: dict, layout: dict) -> Iterator[Fault]:
    """Every id of the layout is a node of the document, and explained once; every type and prop is known."""
    nodes = {node.get("id") for node in _walk([structure]) if isinstance(node, dict)}
    elements = [element for element in _walk(layout["structure"]) if isinstance(element, dict)]
    named = [*layout["props"].values(), *(element.get("source") for element in elements)]
    lists = [ids for ids in named if isinstance(ids, list)]
    if len(lists) < len(named):
        yield "document", "layout has an element or a prop that does not list the nodes it stands for."
    sources = Counter(str(source) for ids in lists for source in ids)
    missing = [source for source in sources if source not in nodes]
    twice = [source for source, count in sources.items() if count > 1]
    types = sorted({str(element.get("type")) for element in elements} - set(LAYOUT_TYPES))
    if missing:
        yield "layout_source", f"layout names node {missing[0]!r}, which the structure does not have."
    if twice:
        yield "layout_source", f"layout explains node {twice[0]!r} {sources[twice[0]]} times."
    if strange := sorted(set(layout["props"]) - set(PROPS)):
        yield "document", f"layout has an unknown prop {strange[0]!r}; known are {', '.join(PROPS)}."
    if types:
        yield "document", f"layout has an element of unknown type {types[0]!r}."


def check_boxes(layout: dict) -> Iterator[Fault]:
    """A box is four finite numbers, left, top, width and height, of which the last two are not negative."""
    for element in _walk(layout["structure"]):
        box = element.get("box") if isinstance(element, dict) else None
        if box is None:
            continue
        numbers = isinstance(box, list) and len(box) == 4 and all(type(value) in (int, float) for value in box)
        if not (numbers and all(map(math.isfinite, box)) and min(box[2:]) >= 0):
            yield "document", f"layout has the box {box!r}; a box is [left, top, width, height] in px of the page."
            return


def _walk(items: list) -> Iterator[dict]:
    stack = list(items)
    while stack:
        item = stack.pop()
        yield item
        stack += item.get("children", []) if isinstance(item, dict) else []
