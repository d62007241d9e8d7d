"""A page of a code alone. The copy of a page is no part of its code, so stand-ins are filled in, and always the same:
the n-th `heading-2` of any page has the same words, the n-th `image-wide` the same scene. What two codes share then
looks the same, and nothing else does.
"""

import zlib
from collections import Counter
from dataclasses import dataclass

import numpy as np

from . import dsl
from .dom import Dom
from .elements import ELEMENTS
from .elements.builder import Builder
from .faults import Faults
from .html import assemble
from .swatches import RGB
from .theme import Theme
from .tree import Node


@dataclass(frozen=True)
class Compiled:
    """A document, and the ids of what is to be found on it."""

    html: str
    elements: list[tuple[str, str]]
    """(kind, id) of every element of the code that has a box of its own; the page itself is none."""
    texts: list[tuple[str, str, tuple[int, ...]]]
    """(id of the box that holds it, text, RGB 0..255), in document order. Where the words stand in an inline node of
    class `t` with a weight (`--w`: 0..255, see render.passes), their place is found, else that of the box stands in."""
    page: str = "page"
    """Id of the node that is as large as the page."""


def compiled(code: str, canvas: tuple[int, int]) -> Compiled:
    """The page of a code of `dsl`, without faults and without markup that nobody sees.

    `canvas` is (width, least height) in CSS px. Raises SyntaxFault if the code is no design.
    """
    theme, tree = dsl.decode(code)
    builder = _Copyist(theme)
    html, root = assemble(builder, tree, canvas)
    return Compiled(html, [(node.kind, made.id) for node, made in builder.made], _texts(root))


class _Copyist(Builder):
    """Fills each element by its word and by how many of that word came before, and notes what became of it."""

    def __init__(self, theme: Theme):
        super().__init__(theme, Faults(), iter(()), markup=0)
        self.made: list[tuple[Node, Dom]] = []
        self._seen: Counter[str] = Counter()

    def build(self, node: Node, behind: str) -> Dom:
        outer = self.texts, self.scene_rng  # an element may go on after its children
        rng = np.random.default_rng([zlib.crc32(node.word.encode()), self._seen[node.word]])
        self._seen[node.word] += 1
        self.texts = iter([write(rng) for write in ELEMENTS[node.word].texts])
        self.scene_rng = rng
        made = super().build(node, behind)
        self.texts, self.scene_rng = outer
        self.made.append((node, made))
        return made


def _texts(root: Dom) -> list[tuple[str, str, tuple[int, ...]]]:
    """An inline run has no box of its own, so it is found in that of its block."""
    return [
        (block.id, "".join(part for part in run.children if isinstance(part, str)), RGB[run.ink.colour])
        for block in root.walk()
        for run in block.children
        if isinstance(run, Dom) and run.ink is not None and run.ink.text
    ]
