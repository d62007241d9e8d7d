"""The vocabulary: every element type with its texts, its place in the grammar, its markup and its style."""

from . import containers, controls, media, text
from .registry import ELEMENTS, Element, element, slots_of, stylesheet, words_of

__all__ = [
    "ELEMENTS",
    "Element",
    "containers",
    "controls",
    "element",
    "media",
    "slots_of",
    "stylesheet",
    "text",
    "words_of",
]
