"""Composition: from a goal, a format and a tone to an element tree."""

from numpy.random import Generator

from ..tree import Node, node
from .choice import Choice
from .one_view import banner, poster, social
from .page import page

LAYOUTS = {"page": page, "poster": poster, "social": social, "banner": banner}


def compose(rng: Generator, form: str, outline: tuple[str, ...], tone: float) -> Node:
    """An element tree of format `form` that shows the blocks of `outline` in their order."""
    return node(form, *LAYOUTS[form](Choice(rng, tone), outline))
