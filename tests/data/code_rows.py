"""Rows with a code of which the places are known: pages made by hand."""

import json

import numpy as np

from tests.pages import THEME, written
from unrender.data.synthesise import labelled, render
from unrender.design import dsl, outline
from unrender.design.brief import Brief
from unrender.design.design import Design
from unrender.design.faults import Faults
from unrender.design.tree import Node, node
from unrender.render import engines

HAND = node(
    "poster",
    node("nav-plain", Node("brand"), Node("link")),
    node(
        "section-tint",
        node(
            "row-1-2",
            node("column", Node("heading-1"), Node("text-2")),
            node(
                "column", node("card", Node("image-wide"), node("strip", Node("icon"), Node("text-1"))), Node("caption")
            ),
        ),
        node("row-1", node("column", node("form", Node("field"), Node("submit")), Node("button-primary"))),
    ),
)


def code_of(row: dict) -> list[str]:
    return [word for word in dsl.tokens(row["dsl"]) if word != ","]


def row_of(tree: Node, markup: int = 0, faults: Faults | None = None, width: int = 480) -> dict:
    """A page of this tree as the generator would label it, though it would have been drawn by nobody."""
    brief = Brief("event", tree.word, 0.5, written(tree))
    blocks = outline.sample(np.random.default_rng(0), brief.goal, brief.format)
    design = Design(brief, THEME, tree, faults or Faults(), (width, 700), blocks, markup)
    rendered = render(engines.get("blitz"), design)
    assert rendered is not None
    return labelled(design, rendered, "train", 0, 0)


def layout_of(row: dict) -> list[dict]:
    return json.loads(row["layout"])["structure"]


def shares(box, row: dict) -> np.ndarray:
    """A box in CSS px of a page as shares of the square frame, in whose middle the page lies."""
    width, height = row["page_width"], row["page_height"]
    side = max(width, height)
    left, top, wide, high = box
    return np.array([left + (side - width) / 2, top + (side - height) / 2, wide, high]) / side
