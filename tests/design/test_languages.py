"""The project's own language: its automaton has every word, and the limits that the parser has."""

import pytest

from tests.design.words import accepts, joined
from tests.pages import THEME, page_with
from unrender.design import dsl
from unrender.design.automaton import END, START
from unrender.design.brief import FORMATS
from unrender.design.elements import ELEMENTS
from unrender.design.languages import of_source, own
from unrender.design.tree import Node

CONTAINERS = [word for word, kind in ELEMENTS.items() if kind.children is not None]


@pytest.fixture(scope="module")
def automaton():
    return own().automaton


def words_of(tree: Node) -> list[str]:
    return [word for word in dsl.tokens(dsl.encode(THEME, tree)) if word != ","]


def with_children(words: list[str], container: str, count: int) -> list[str]:
    """The container's first child so many times, in place of its children."""
    start = words.index(container) + 2
    depth, end, first = 1, start, None
    while depth:
        depth += {"{": 1, "}": -1}.get(words[end], 0)
        if depth == 1 and first is None and words[end + 1] != "{":
            first = words[start : end + 1]
        end += 1
    assert first is not None
    return words[:start] + first * count + words[end - 1 :]


def test_the_vocabulary_is_that_of_the_code_without_commas(automaton):
    assert automaton.words == [word for word in dsl.vocabulary() if word != ","] + [END]
    assert len(set(automaton.words)) == len(automaton) == len(automaton.ids)
    assert own() is own() and own().automaton is automaton
    assert own().name == of_source("synthetic").name == "unrender"


def test_rules_hold_for_containers_and_name_known_words(automaton):
    assert set(automaton.rules) == {"", "theme", *FORMATS, *CONTAINERS}
    for rule in automaton.rules.values():
        assert {*rule.rest, *(word for words in rule.first for word in words)} <= set(automaton.words)
        assert rule.least <= rule.most


def test_a_page_begins_with_its_format_and_its_theme(automaton):
    assert automaton.options(START) == tuple(FORMATS)
    state, forced = automaton.forced(automaton.step(START, "poster"))
    assert forced == ["{", "theme", "{"]
    for field, values in dsl.THEME_VALUES.items():
        assert automaton.options(state) == tuple(f"{field}-{value}" for value in values)
        state = automaton.step(state, f"{field}-{values[-1]}")
    state, forced = automaton.forced(state)
    assert forced == ["}"] and not {"}", END} & set(automaton.options(state))  # no page is empty


@pytest.mark.parametrize("word", ELEMENTS)
def test_every_element_can_be_said(automaton, word):
    words = words_of(page_with(word))
    assert word in words and accepts(automaton, words)


@pytest.mark.parametrize("word", CONTAINERS)
def test_a_container_holds_as_many_as_the_parser_lets_it(automaton, word):
    words = words_of(page_with(word))
    low, high = ELEMENTS[word].arity
    for count in {low - 1, low, high, high + 1} - {-1}:
        text = with_children(words, word, count)
        assert accepts(automaton, text) == (low <= count <= high) == parses(text), count


def test_a_page_has_one_to_twelve_sections(automaton):
    words = words_of(page_with("section-plain"))
    section = words[words.index("section-plain") : -1]
    head = words[: words.index("section-plain")]
    for count in (0, 1, 12, 13):
        text = head + section * count + ["}"]
        assert accepts(automaton, text) == (1 <= count <= 12) == parses(text)


def parses(words: list[str]) -> bool:
    try:
        own().tree(joined(words))
    except dsl.SyntaxFault:
        return False
    return True


def test_a_text_becomes_its_tree():
    tree = page_with("form")
    assert own().tree(dsl.encode(THEME, tree)) == tree
    with pytest.raises(dsl.SyntaxFault):
        own().tree("poster { }")
