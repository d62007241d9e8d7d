"""JSON whose objects keep every pair: a plain parser keeps only the last of the values that share a key."""

import json
from collections import Counter
from collections.abc import Iterator

DEEPEST = 250
"""Containers within containers; what lies deeper is no page, and the readers below recurse."""


class Pairs(list[tuple[str, object]]):
    """A JSON object as its (key, value) pairs, in order; JSON arrays stay plain lists."""

    def first(self, name: str) -> object:
        """The first value of a key, or None."""
        return next((value for key, value in self if key == name), None)

    def plain(self) -> dict:
        """As a dict; only for what repeats no key."""
        return {key: _plain(value) for key, value in self}

    @property
    def keys(self) -> set[str]:
        return {key for key, _ in self}


def parse(data: bytes) -> object:
    """The value of a JSON file. ValueError, saying why, for what is none, or is nested deeper than DEEPEST."""
    text = data.decode("utf-8-sig")
    if not text.strip():
        raise ValueError("it is empty")
    try:
        value = json.loads(text, object_pairs_hook=Pairs, parse_constant=_refuse)
    except RecursionError:
        raise ValueError(f"it is nested more than {DEEPEST} deep") from None
    if any(depth > DEEPEST for depth, _, _ in _containers(value)):
        raise ValueError(f"it is nested more than {DEEPEST} deep")
    return value


def _refuse(name: str) -> None:
    raise ValueError(f"{name} is no number of JSON")


def objects(value: object) -> Iterator[tuple[str, Pairs]]:
    """Every object within a value, with the key that it stands under ("" at the top)."""
    for _, under, container in _containers(value):
        if isinstance(container, Pairs):
            yield under, container


def _containers(value: object) -> Iterator[tuple[int, str, list]]:
    """(depth, key it stands under, container), in document order."""
    stack: list[tuple[int, str, object]] = [(1, "", value)]
    while stack:
        depth, under, item = stack.pop()
        if not isinstance(item, list):
            continue
        yield depth, under, item
        below = item if isinstance(item, Pairs) else [(under, inner) for inner in item]
        stack += [(depth + 1, key, inner) for key, inner in reversed(below)]


def repeated(value: object) -> list[tuple[str, str, int]]:
    """(key that the object stands under, key that it repeats, how often), in document order."""
    return [
        (under, key, count)
        for under, pairs in objects(value)
        for key, count in Counter(key for key, _ in pairs).items()
        if count > 1
    ]


def _plain(value: object) -> object:
    if isinstance(value, Pairs):
        return value.plain()
    return [_plain(item) for item in value] if isinstance(value, list) else value
