"""The languages that pages can be written in: their words, their grammar, and what a text of them becomes."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, cached_property

from . import dsl, pix2code, stand_in
from .automaton import Automaton, Rule
from .brief import FORMATS
from .elements import ELEMENTS, words_of
from .stand_in import Compiled
from .tree import Node


@dataclass(frozen=True)
class Language:
    """`tree` is what a text says, `compiled` its page with stand-in copy on a canvas (width, least height) in CSS px;
    both raise SyntaxFault if it is no text of the language."""

    name: str
    vocabulary: tuple[str, ...]
    rules: dict[str, Rule]
    tree: Callable[[str], Node]
    compiled: Callable[[str, tuple[int, int]], Compiled]

    @cached_property
    def automaton(self) -> Automaton:
        return Automaton(self.vocabulary, self.rules)


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


@cache
def own() -> Language:
    return Language(
        "unrender", tuple(dsl.vocabulary()), own_rules(), lambda text: dsl.decode(text)[1], stand_in.compiled
    )


@cache
def foreign() -> Language:
    return Language("pix2code", tuple(pix2code.vocabulary()), pix2code.rules(), pix2code.decode, pix2code.compiled)


def of_source(source: str) -> Language:
    """The language of a dataset's rows, by their column `source`: "pix2code" or "pix2code-rendered" for its pages."""
    return foreign() if source.startswith(pix2code.ROOT) else own()


def named(name: str) -> Language:
    """The language of that name. KeyError for any other."""
    return {language.name: language for language in (own(), foreign())}[name]
