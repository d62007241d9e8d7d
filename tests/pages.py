"""Pages for tests: drawn designs, laid out and scored."""

from dataclasses import dataclass, replace

import numpy as np

from unrender.data.synthesise import render
from unrender.design import grammar
from unrender.design.brief import PROPORTIONS
from unrender.design.design import Design, draw
from unrender.design.dom import Dom
from unrender.design.elements import ELEMENTS, slots_of
from unrender.design.faults import Faults
from unrender.design.html import document
from unrender.design.theme import Theme
from unrender.design.tree import Node, node
from unrender.render import engines

THEME = Theme("clinic", "roboto", "3", "even", "soft")
CANVAS = (480, 480)


def drawn(seed: int, fault_rate: float = 0.3, **options) -> Design:
    return draw(np.random.default_rng(seed), fault_rate, **options)


def sound_designs(count: int, seed: int, fault_rate: float = 0.0) -> list[Design]:
    """Designs whose layout holds."""
    rng = np.random.default_rng(seed)
    found: list[Design] = []
    while len(found) < count:
        design = draw(rng, fault_rate)
        if measured(design).sound:
            found.append(design)
    return found


@dataclass(frozen=True)
class Measured:
    root: Dom
    marks: list[grammar.Mark]
    width: int
    height: float
    sound: bool

    @property
    def scores(self) -> dict[str, float]:
        return grammar.scores(self.marks, self.width, self.height)


def measured(design: Design) -> Measured:
    """A design laid out at scale 1."""
    html, root = design.document()
    width, least = design.canvas
    boxes = engines.get("blitz").open(html, width, least).boxes()
    boxes["n0"] = boxes["page"]
    height, marks = boxes["page"][3], grammar.marks(root, boxes)
    low, high = PROPORTIONS[design.brief.format].accepted
    sound = grammar.is_sound(marks, width, height) and low <= height / width <= high
    return Measured(root, marks, width, height, sound)


def with_fault(design: Design, name: str, strength: float) -> Design:
    return replace(design, faults=replace(design.faults, **{name: strength}))


def first_sound(seed: int, fault_rate: float = 0.0):
    """The first design from `seed` on whose layout holds, rendered."""
    rng = np.random.default_rng(seed)
    while True:
        design = draw(rng, fault_rate)
        rendered = render(engines.get("blitz"), design)
        if rendered is not None:
            return design, rendered


def page_with(word: str) -> Node:
    """The smallest page that holds the element `word`."""
    kind = ELEMENTS[word]
    made = Node(word, _filling(word))
    if kind.group == "column":
        made = node("row-1", made)
    elif kind.group == "field":
        made = node("form", made, Node("submit"))
    elif kind.group == "nav":
        made = node("nav-plain", made, Node("link"))
    if made.word in ELEMENTS and ELEMENTS[made.word].group == "item":
        made = node("row-1", node("column", made))
    if ELEMENTS[made.word].group == "row":
        made = node("section-plain", made)
    return node("page", made)


def _filling(word: str) -> tuple[Node, ...]:
    """As few children as the element may have."""
    kind = ELEMENTS[word]
    if kind.children is None:
        return ()
    child = {"row": "row-1", "column": "column", "item": "text-1", "field": "field", "nav": "link"}[kind.children]
    return tuple(Node(child, _filling(child)) for _ in range(kind.arity[0]))


def written(tree: Node, seed: int = 0) -> tuple[str, ...]:
    rng = np.random.default_rng(seed)
    return tuple(write(rng) for write in slots_of(tree))


def page_of(tree: Node, theme: Theme = THEME, faults: Faults | None = None) -> tuple[str, Dom]:
    return document(theme, tree, written(tree), faults or Faults(), CANVAS)
