"""Turns element nodes into document nodes under one theme, with its faults."""

from collections.abc import Iterator

import numpy as np

from .. import faults as faulty
from .. import words
from ..dom import Dom, Ink
from ..faults import Faults
from ..theme import Theme
from ..tree import Node
from ..type_roles import ROLES, size
from .registry import ELEMENTS

UNSEEN_RATE = 0.04
"""Chance that an item is followed by a node that is not shown."""


class Builder:
    """Carries what all elements of one page share.

    `markup` seeds the wrappers that real pages have and nobody sees; 0 writes none.
    """

    def __init__(self, theme: Theme, faults: Faults, texts: Iterator[str], markup: int):
        self.theme = theme
        self.colours = theme.colours
        self.faults = faults
        self.texts = texts
        self._fault_rng = np.random.default_rng(faults.seed)
        self._markup_rng = np.random.default_rng(markup) if markup else None
        self.scene_rng = np.random.default_rng(markup + 1)
        self._unseen_rng = np.random.default_rng(markup + 2) if markup else None

    def build(self, node: Node, behind: str) -> Dom:
        """The document subtree of `node`, standing on the swatch `behind`."""
        return ELEMENTS[node.word].build(self, node, behind)

    def items(self, nodes: tuple[Node, ...], behind: str) -> list["Dom | str"]:
        """The items of a column, each moved by the alignment fault and sometimes wrapped; now and then one is followed
        by a node that the page does not show, such as a menu that is closed."""
        found: list[Dom | str] = []
        for node in nodes:
            found += [self._wrapped(self._shifted(self.build(node, behind))), *self._unseen()]
        return found

    def write(self, role: str, behind: str, colour: str | None = None, plain: bool = False) -> Dom:
        """The next text as an inline run; its line boxes are what the text pass paints."""
        kind = ROLES[role]
        if colour is None:
            colour = self.colours.muted_on(behind) if kind.muted else self.colours.on(behind)
        colour = faulty.fade(self._fault_rng, self.faults.contrast, colour, behind)
        rem = size(role, self.theme, self.faults.hierarchy)
        ink = Ink(True, kind.weight, rem, colour, behind, ranked=kind.counts and not plain)
        style = f"--w:{round(kind.weight * 255)}"
        return Dom("span", ("t", f"c-{colour}"), [next(self.texts)], style, ink=ink)

    def mark(self, behind: str) -> str:
        """The swatch of a small mark, such as a bullet, that must be seen on `behind`."""
        return self.colours.accent if self.colours.accent != behind else self.colours.on(behind)

    def block(self, tag: str, role: str, behind: str, layout: str | None, **options) -> Dom:
        """A text of its own: a block that holds one inline run."""
        return Dom(tag, (f"k-{role}", f"s-{role}"), [self.write(role, behind, **options)], layout=layout)

    def _shifted(self, item: Dom) -> Dom:
        offset = faulty.shift(self._fault_rng, self.faults.alignment)
        if offset:
            item.style = f"position:relative;left:{offset:.2f}rem;{item.style}"
        return item

    def _wrapped(self, item: Dom) -> Dom:
        if self._markup_rng is None:
            return item
        for _ in range(int(self._markup_rng.choice((0, 1, 2), p=(0.8, 0.15, 0.05)))):
            item = Dom("div", ("wrap",), [item])
        return item

    def _unseen(self) -> list[Dom]:
        rng = self._unseen_rng
        if rng is None or rng.random() >= UNSEEN_RATE:
            return []
        tag = str(rng.choice(("p", "a", "h3", "div", "span", "i")))
        return [Dom(tag, ("unseen",), [words.phrase(rng, 1, 4)] if rng.random() < 0.5 else [])]


def surface(swatch: str) -> str:
    """Class that paints a swatch behind what stands on it."""
    return f"b-{swatch}"
