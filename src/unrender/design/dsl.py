"""The design language: a bijection between (theme, element tree) and a short bracketed text.

Syntax after pix2code (Beltramelli 2017): a container is ``word { children }``, leaves are separated by commas.

    poster {
    theme { palette-linen, font-lato, scale-3, space-even, corner-soft }
    section-plain {
    row-1 {
    column { heading-1, text-2, button-primary }
    }
    }
    }
"""

import re
from dataclasses import fields

from .brief import FORMATS
from .elements import ELEMENTS, words_of
from .theme import CORNERS, FONTS, PALETTES, SCALES, SPACES, Theme
from .tree import Node

THEME_VALUES: dict[str, tuple[str, ...]] = {
    "palette": tuple(PALETTES),
    "font": tuple(FONTS),
    "scale": SCALES,
    "space": tuple(SPACES),
    "corner": tuple(CORNERS),
}
PUNCTUATION = ("{", "}", ",")
SECTIONS = (1, 12)
"""The least and the greatest number of sections of a page."""
_TOKEN = re.compile(r"[{},]|[^\s{},]+")


class SyntaxFault(ValueError):
    """A text that is not a design; the message names the token, its position and what was expected."""


def vocabulary() -> list[str]:
    """Every token of the language, in a fixed order."""
    theme = [f"{field}-{value}" for field, values in THEME_VALUES.items() for value in values]
    return [*PUNCTUATION, *FORMATS, "theme", *theme, *ELEMENTS]


def tokens(text: str) -> list[str]:
    return _TOKEN.findall(text)


def encode(theme: Theme, tree: Node) -> str:
    """Canonical text of a design: containers on lines of their own, single spaces elsewhere."""
    words = ", ".join(f"{field.name}-{getattr(theme, field.name)}" for field in fields(theme))
    return f"{tree.word} {{\ntheme {{ {words} }}\n" + "\n".join(map(_encode, tree.children)) + "\n}\n"


def _encode(node: Node) -> str:
    if not node.children:
        return node.word
    if all(not child.children for child in node.children):
        return f"{node.word} {{ {', '.join(child.word for child in node.children)} }}"
    lines = [_encode(child) for child in node.children]
    body = lines[0]
    for before, child, line in zip(node.children, node.children[1:], lines[1:], strict=False):
        both_leaves = not before.children and not child.children
        body += f"{',' if both_leaves else ''}{' ' if both_leaves else chr(10)}{line}"
    return f"{node.word} {{\n{body}\n}}"


def decode(text: str) -> tuple[Theme, Node]:
    """Theme and tree of a text; spacing does not matter.

    Raises SyntaxFault for an unknown word, a word in the wrong place, a wrong number of children or a missing bracket.
    """
    return _Parser(tokens(text)).design()


class _Parser:
    """Recursive descent over the token list."""

    def __init__(self, stream: list[str]):
        self.stream = stream
        self.at = 0

    def design(self) -> tuple[Theme, Node]:
        root = self.take(FORMATS, "a format")
        self.take("{", "'{'")
        theme = self.theme()
        node = Node(root, self.children("section", SECTIONS, root))
        if self.at != len(self.stream):
            raise self.fault("the end of the text")
        return theme, node

    def theme(self) -> Theme:
        self.take(("theme",), "'theme'")
        self.take("{", "'{'")
        values = []
        for index, (field, options) in enumerate(THEME_VALUES.items()):
            if index:
                self.take(",", "','")
            word = self.take([f"{field}-{option}" for option in options], f"a {field} word")
            values.append(word.partition("-")[2])
        self.take("}", "'}'")
        return Theme(*values)

    def node(self, group: str) -> Node:
        word = self.take(words_of(group), f"a {group} word")
        kind = ELEMENTS[word]
        if kind.children is None:
            return Node(word)
        self.take("{", "'{'")
        return Node(word, self.children(kind.children, kind.arity, word))

    def children(self, group: str, arity: tuple[int, int], parent: str) -> tuple[Node, ...]:
        """Children up to and with the closing bracket; a comma stands between two leaves and nowhere else."""
        found = []
        while self.peek() != "}":
            if self.peek() == "," and found and not found[-1].children:
                self.at += 1
                found.append(self.node(group))
                if found[-1].children:
                    raise self.fault("a leaf after ','")
                continue
            if found and not found[-1].children and not self.opens():
                raise self.fault("',' between two leaves")
            found.append(self.node(group))
        low, high = arity
        if not low <= len(found) <= high:
            raise self.fault(f"{low} to {high} children in {parent!r}, found {len(found)}")
        self.at += 1
        return tuple(found)

    def opens(self) -> bool:
        """Whether the token after next opens a container."""
        return self.at + 1 < len(self.stream) and self.stream[self.at + 1] == "{"

    def peek(self) -> str:
        if self.at >= len(self.stream):
            raise self.fault("'}'")
        return self.stream[self.at]

    def take(self, wanted, expected: str) -> str:
        if self.at >= len(self.stream) or self.stream[self.at] not in wanted:
            raise self.fault(expected)
        self.at += 1
        return self.stream[self.at - 1]

    def fault(self, expected: str) -> SyntaxFault:
        found = repr(self.stream[self.at]) if self.at < len(self.stream) else "the end of the text"
        return SyntaxFault(f"token {self.at}: expected {expected}, found {found}")
