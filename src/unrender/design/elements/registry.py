"""Where element types are declared. A new type is one decorated function; DSL, HTML and tokenizer follow."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from numpy.random import Generator

from ..dom import Dom
from ..tree import Node

if TYPE_CHECKING:
    from .builder import Builder

Writer = Callable[[Generator], str]
Build = Callable[["Builder", Node, str], Dom]


@dataclass(frozen=True)
class Element:
    """One word of the DSL.

    `group` is where it may stand ("section", "row", "column", "item", "field", "nav"), `children` the group of
    what it holds (None: a leaf), `arity` the least and the greatest number of children, `texts` one writer per
    text slot, `css` its own style rules.
    """

    word: str
    group: str
    build: Build
    children: str | None = None
    arity: tuple[int, int] = (0, 0)
    texts: tuple[Writer, ...] = ()
    css: str = ""


ELEMENTS: dict[str, Element] = {}


def element(word: str, group: str = "item", **spec) -> Callable[[Build], Build]:
    """Declare the decorated builder as the element `word`; may be stacked to declare several variants."""

    def declare(build: Build) -> Build:
        if word in ELEMENTS:
            raise ValueError(f"element {word!r} is declared twice")
        ELEMENTS[word] = Element(word, group, build, **spec)
        return build

    return declare


def words_of(group: str) -> list[str]:
    """The words that may stand in `group`, in order of declaration."""
    return [word for word, kind in ELEMENTS.items() if kind.group == group]


def slots_of(tree: Node) -> list[Writer]:
    """The text writers of a tree in document order."""
    return [writer for node in tree.walk() if node.word in ELEMENTS for writer in ELEMENTS[node.word].texts]


def stylesheet() -> str:
    """The style rules of all elements, each once."""
    return "\n".join(dict.fromkeys(kind.css for kind in ELEMENTS.values() if kind.css))
