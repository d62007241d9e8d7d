"""Where each word of a page's code stands on the page."""

import json
from collections import Counter
from collections.abc import Iterator

import numpy as np
from jaxtyping import Float

from unrender.data.framed_boxes import framed
from unrender.data.validation.code import Code, design_of, is_foreign
from unrender.design import dsl, pix2code
from unrender.design.design import Design
from unrender.design.dom import Dom
from unrender.design.elements import ELEMENTS
from unrender.design.elements.builder import Builder
from unrender.design.html import assemble
from unrender.design.section_tree import walk
from unrender.design.tree import Node
from unrender.render import engines
from unrender.render.frame import SIZE

NEEDED = (
    *("layout", "goal", "format", "tone", "texts", "recipe", "page_width", "page_height"),
    *("fault_alignment", "fault_contrast", "fault_crowding", "fault_hierarchy"),
)
"""Columns without which places are not known."""
ROUNDED = (
    *("card", "form", "overlay", "button", "submit", "image", "video", "map", "gallery", "masonry", "carousel"),
    *("date", "table"),
)
SHOWN_BY = {"font": ("heading",), "scale": ("heading",), "space": ("column",), "corner": ROUNDED}
"""Word of a theme -> kinds of elements that show it, large enough to be seen; the first of them is looked at, of a
rounded one its upper left corner."""
CORNER = np.array((16.0, 10.0), np.float32) / SIZE  # width and height of what shows how round a corner is


def places(row: dict, words: list[str]) -> Float[np.ndarray, "n 4"]:
    """The box of each word (of dsl.tokens, commas left out) as shares of the frame: left, top, width, height. A closing
    bracket has the box of what it closes, and a word of the theme that of what shows it first. NaN where a word has no
    place, as the palette; all NaN where the row does not say how it was drawn.
    """
    boxes = _of_foreign(row, words) if is_foreign(row) else _of_own(row)
    found = np.full((len(words), 4), np.nan, np.float32)
    if boxes is None:
        return found
    opened: list[np.ndarray] = []
    for place, word in enumerate(words):
        if word == "{":
            opened.append(found[place - 1])
        elif word == "}":
            found[place] = opened.pop()
        elif word in ELEMENTS or word in pix2code.WORDS:
            found[place] = next(boxes)
    found = framed(found, (row["page_width"], row["page_height"]))
    kinds = [word.partition("-")[0] for word in words]
    for place, kind in enumerate(kinds):
        shown = (box for box, other in zip(found, kinds, strict=True) if other in SHOWN_BY.get(kind, ()))
        if (first := next(shown, None)) is not None:
            found[place] = [*(first[:2] - CORNER / 4), *CORNER] if kind == "corner" else first
    return found


def _of_own(row: dict) -> Iterator[list[float]] | None:
    """The box of every element in the order of the code, in CSS px of the page."""
    design = None if any(row[name] is None for name in NEEDED) else design_of(row, Code(*dsl.decode(row["dsl"])))
    if design is None:
        return None
    boxes = {element["source"][0]: element["box"] for element in walk(json.loads(row["layout"])["structure"])}
    return iter([boxes[item.id] for item in _elements(design)])


def _of_foreign(row: dict, words: list[str]) -> Iterator[list[float]] | None:
    """The same of a page of pix2code: where our own drawing of its code has them. A genuine page has them within a line
    of text or two, for it breaks its texts elsewhere."""
    if row["html"] is None:
        return None
    width, height = pix2code.SIZE
    boxes = engines.get("blitz").open(row["html"], width, height).boxes()
    scale = np.tile((row["page_width"] / width, row["page_height"] / height), 2)
    seen: Counter[str] = Counter()
    found: list[list[float]] = []
    for word in (word for word in words if word in pix2code.WORDS):
        found.append((np.array(boxes[f"{word}-{seen[word]}"]) * scale).tolist())
        seen[word] += 1
    return iter(found)


def _elements(design: Design) -> list[Dom]:
    """The document node of every element, in the order of the code."""
    builder = _Noting(design.theme, design.faults, iter(design.brief.texts), design.markup)
    assemble(builder, design.tree, design.canvas)
    return list(builder.made.values())


class _Noting(Builder):
    """Remembers what became of each element."""

    def __init__(self, *args):
        super().__init__(*args)
        self.made: dict[int, Dom] = {}

    def build(self, node: Node, behind: str) -> Dom:
        place = len(self.made)
        self.made[place] = Dom("")  # keeps the place of an element before those that it holds
        self.made[place] = super().build(node, behind)
        return self.made[place]
