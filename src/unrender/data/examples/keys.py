"""The keys of the nested form.

A document node is `tag.class.class#id['flag']['flag']`. An element of the layout is `type@node@node`: the nodes merged
into it; or `type$2`, numbered, with or without nodes.
"""

import re
from dataclasses import dataclass

_FLAG = re.compile(r"\['([^']*)'\]")
_TAG = re.compile(r"[A-Za-z][A-Za-z0-9:_-]*")
_MARK = re.compile(r"(?=[.#])")
_SOURCE = re.compile(r"(?:\['[^']*'\]|[^@])+")
_ELEMENT = re.compile(r"\s*([A-Za-z][A-Za-z0-9_-]*)\s*(?:\$([0-9]{1,6})\s*)?(?:@(.*))?", re.DOTALL)
_SHOWN = 80


@dataclass(frozen=True)
class NodeKey:
    """What a key says about a document node."""

    tag: str
    classes: tuple[str, ...] = ()
    html_id: str = ""
    flags: tuple[str, ...] = ()

    def __str__(self) -> str:
        marks = "".join(f".{name}" for name in self.classes) + (f"#{self.html_id}" if self.html_id else "")
        return self.tag + marks + "".join(f"['{flag}']" for flag in self.flags)


@dataclass(frozen=True)
class ElementKey:
    """What a key says about an element of the layout. `number` is that of `column$1`, None where there is none."""

    type: str
    number: int | None
    sources: tuple[NodeKey, ...]


def parse_node(key: str) -> NodeKey:
    """ValueError, a sentence, for a key that does not start with a tag."""
    tag, *marks = (part.strip() for part in _MARK.split(_FLAG.sub("", key).strip()))
    if not _TAG.fullmatch(tag):
        raise ValueError(f"The key {shown(key)} does not start with a tag.")
    classes = tuple(mark[1:].strip() for mark in marks if mark[0] == "." and mark[1:].strip())
    ids = [mark[1:].strip() for mark in marks if mark[0] == "#" and mark[1:].strip()]
    return NodeKey(tag, classes, ids[0] if ids else "", tuple(_FLAG.findall(key)))


def parse_element(key: str) -> ElementKey:
    """ValueError, a sentence, for a key that does not start with a type, or has a node without a tag."""
    found = _ELEMENT.fullmatch(key)
    if not found:
        raise ValueError(f"The key {shown(key)} does not start with the type of an element.")
    return ElementKey(found[1].lower(), int(found[2]) if found[2] else None, parse_sources(found[3] or ""))


def parse_sources(text: str) -> tuple[NodeKey, ...]:
    """The nodes of `node@node`. ValueError, a sentence, for one without a tag."""
    return tuple(parse_node(part) for part in _SOURCE.findall(text) if part.strip())


def is_element(key: str) -> bool:
    """Whether a key can only be that of an element: a bare word that goes on with `@` or `$`."""
    found = _ELEMENT.fullmatch(key)
    return found is not None and (found[2] is not None or found[3] is not None)


def shown(key: str) -> str:
    """A key as it stands in a sentence: quoted, escaped, of bounded length."""
    return repr(key if len(key) <= _SHOWN else f"{key[:_SHOWN]}...")
