"""Texts of both languages, from words alone; the canvas of a screenshot."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unrender.design import dsl
from unrender.design.automaton import END, START
from unrender.design.brief import FORMATS, PROPORTIONS
from unrender.design.dsl import SyntaxFault
from unrender.design.languages import Language, foreign, named, of_source, own
from unrender.design.pix2code import SIZE

LANGUAGES = {language.name: language for language in (own(), foreign())}


def walk(language: Language, data: st.DataObject) -> list[str]:
    """A random text of the language, as words without commas."""
    automaton, state, words = language.automaton, START, []
    while state:
        soon = len(words) > 60 or len(state) > 8
        options = automaton.hurried(state) if soon else automaton.options(state)
        words.append(data.draw(st.sampled_from(options)))
        state = automaton.step(state, words[-1])
    return [word for word in words if word != END]


@pytest.mark.parametrize("name", sorted(LANGUAGES))
@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_any_text_is_spelled_so_that_it_parses_and_comes_back(name, data):
    language = LANGUAGES[name]
    words = walk(language, data)
    text = language.text(words)
    assert [word for word in dsl.tokens(text) if word != ","] == words
    assert language.canonical(text) == text
    assert language.tree(text) == language.tree(language.spelled(words))


def test_a_comma_stands_between_two_words_that_hold_nothing_and_nowhere_else():
    words = "row { single { text btn-green } }".split()
    assert foreign().spelled(words) == "row { single { text, btn-green } }"
    assert foreign().text(words) == "row {\nsingle {\ntext, btn-green\n}\n}\n"
    assert foreign().spelled(["text", "row", "text"]) == "text row text"  # no text, and yet spelled
    assert foreign().spelled([]) == ""


@pytest.mark.parametrize("language", LANGUAGES.values(), ids=LANGUAGES)
def test_words_that_make_no_text_have_none(language):
    for words in ([], ["}"], [language.automaton.words[3]], ["nonsense"]):
        with pytest.raises(SyntaxFault):
            language.text(words)


@pytest.mark.parametrize("form", FORMATS)
@given(width=st.integers(1, 5000), height=st.integers(1, 5000))
def test_a_canvas_is_one_that_pages_of_the_format_have(form, width, height):
    across, least = own().canvas(form, (width, height))
    (narrow, wide), (low, high) = PROPORTIONS[form].widths, PROPORTIONS[form].accepted
    assert narrow <= across <= wide
    assert low * across - 0.5 <= least <= high * across + 0.5


def test_a_screenshot_of_usual_size_is_its_own_canvas():
    assert own().canvas("page", (700, 910)) == (700, 910)
    assert own().canvas("page", (1400, 1820)) == (840, 1092)  # of its proportions
    assert foreign().canvas("header", (2400, 1380)) == SIZE


def test_languages_are_found_by_name_and_by_source():
    assert named("pix2code") is foreign() and named("unrender") is own()
    assert of_source("pix2code-rendered") is foreign() and of_source("synthetic") is own()
    with pytest.raises(KeyError):
        named("klingon")
