"""The languages that pages can be written in: their words, their grammar, and what a text of them becomes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, cached_property

from . import dsl, pix2code, stand_in
from .automaton import Automaton, Rule
from .brief import FORMATS, PROPORTIONS
from .elements import ELEMENTS, words_of
from .stand_in import Compiled
from .tree import Node


@dataclass(frozen=True)
class Language:
    """`tree` is what a text says, `canonical` the one way to lay it out, `compiled` its page with stand-in copy on a
    canvas (width, least height) in CSS px; all raise SyntaxFault if it is no text of the language. `canvas` is that of
    the page which begins with a word and whose screenshot has some size (width, height)."""

    name: str
    vocabulary: tuple[str, ...]
    rules: dict[str, Rule]
    tree: Callable[[str], Node]
    canonical: Callable[[str], str]
    compiled: Callable[[str, tuple[int, int]], Compiled]
    canvas: Callable[[str, tuple[int, int]], tuple[int, int]]

    @cached_property
    def automaton(self) -> Automaton:
        return Automaton(self.vocabulary, self.rules)

    def spelled(self, words: Sequence[str]) -> str:
        """Words without commas on one line, with a comma between two that hold nothing; they need not make a text."""
        leaves = [word not in self.rules and word not in ("{", "}") for word in words]
        before_leaf = [*leaves[1:], False]  # one more than needed where there are no words
        both = (leaf and next_ for leaf, next_ in zip(leaves, before_leaf, strict=False))
        return " ".join(f"{word}," if comma else word for word, comma in zip(words, both, strict=True))

    def text(self, words: Sequence[str]) -> str:
        """The canonical text of words without commas, as `automaton.text` gives them. Raises SyntaxFault if they make
        none."""
        return self.canonical(self.spelled(words))


def own_rules() -> dict[str, Rule]:
    """The grammar of dsl.py: a format, its theme, then sections."""
    values = [tuple(f"{field}-{value}" for value in values) for field, values in dsl.THEME_VALUES.items()]
    rules = {"": Rule((FORMATS,), least=1, most=1), "theme": Rule(tuple(values), least=len(values), most=len(values))}
    low, high = dsl.SECTIONS
    sections = tuple(words_of("section"))
    rules |= {word: Rule((("theme",),), sections, 1 + low, 1 + high) for word in FORMATS}
    for word, kind in ELEMENTS.items():
        if kind.children is not None:
            rules[word] = Rule((), tuple(words_of(kind.children)), *kind.arity)
    return rules


def own_canvas(word: str, size: tuple[int, int]) -> tuple[int, int]:
    """As wide as the screenshot and of its proportions, as far as pages of this format (a word of FORMATS) are: what
    was taken with two device pixels to one of CSS is too wide by half."""
    width, height = size
    about = PROPORTIONS[word]
    (narrow, wide), (low, high) = about.widths, about.accepted
    across = min(max(width, narrow), wide)
    return across, round(across * min(max(height / width, low), high))


@cache
def own() -> Language:
    return Language(
        "unrender",
        tuple(dsl.vocabulary()),
        own_rules(),
        tree=lambda text: dsl.decode(text)[1],
        canonical=lambda text: dsl.encode(*dsl.decode(text)),
        compiled=stand_in.compiled,
        canvas=own_canvas,
    )


@cache
def foreign() -> Language:
    return Language(
        "pix2code",
        tuple(pix2code.vocabulary()),
        pix2code.rules(),
        tree=pix2code.decode,
        canonical=lambda text: pix2code.encode(pix2code.decode(text)),
        compiled=pix2code.compiled,
        canvas=lambda word, size: pix2code.SIZE,
    )


def of_source(source: str) -> Language:
    """The language of a dataset's rows, by their column `source`: "pix2code" or "pix2code-rendered" for its pages."""
    return foreign() if source.startswith(pix2code.ROOT) else own()


def named(name: str) -> Language:
    """The language of that name. KeyError for any other."""
    return {language.name: language for language in (own(), foreign())}[name]
