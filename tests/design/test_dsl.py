"""The language is a bijection, and whatever is not a design is refused as a SyntaxFault."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.pages import THEME, drawn, page_with
from unrender.design import dsl
from unrender.design.elements import ELEMENTS

SEEDS = st.integers(0, 2**32 - 1)


@given(SEEDS, st.booleans())
def test_decoding_undoes_encoding(seed, unseen):
    design = drawn(seed, unseen_theme=unseen)
    assert dsl.decode(design.code) == (design.theme, design.tree)


@given(SEEDS, st.randoms(use_true_random=False))
def test_spacing_does_not_matter(seed, random):
    design = drawn(seed)
    loose = re.sub(
        r"[{},]|\s+", lambda m: random.choice(["", " ", "\n\t"]) + m[0] + random.choice(["", "  "]), design.code
    )
    assert dsl.decode(loose) == (design.theme, design.tree)
    assert dsl.encode(*dsl.decode(loose)) == design.code


@given(SEEDS)
def test_every_token_is_in_the_vocabulary(seed):
    assert set(dsl.tokens(drawn(seed).code)) <= set(dsl.vocabulary())


@pytest.mark.parametrize("word", ELEMENTS)
def test_every_word_round_trips(word):
    tree = page_with(word)
    assert word in [node.word for node in tree.walk()]
    assert dsl.decode(dsl.encode(THEME, tree)) == (THEME, tree)


def test_the_vocabulary_repeats_no_word():
    assert len(set(dsl.vocabulary())) == len(dsl.vocabulary())


@given(SEEDS)
def test_every_cut_is_a_syntax_fault(seed):
    stream = dsl.tokens(drawn(seed).code)
    for end in range(len(stream)):
        with pytest.raises(dsl.SyntaxFault, match=f"token {end}|expected"):
            dsl.decode(" ".join(stream[:end]))


@given(SEEDS, SEEDS)
def test_a_mutated_text_is_a_design_or_a_syntax_fault(seed, choice):
    rng = np.random.default_rng(choice)
    stream = dsl.tokens(drawn(seed).code)
    words = [*dsl.vocabulary(), "unheard-of", "heading", "<unk>"]
    for _ in range(12):
        spoiled, at = list(stream), int(rng.integers(len(stream)))
        word = words[int(rng.integers(len(words)))]
        spoiled[at : at + int(rng.integers(2))] = [word] * int(rng.integers(2))  # put in, put in place of, or take out
        try:
            theme, tree = dsl.decode(" ".join(spoiled))
        except dsl.SyntaxFault:
            continue
        assert dsl.tokens(dsl.encode(theme, tree)) == spoiled


@given(st.text())
def test_any_text_is_a_design_or_a_syntax_fault(text):
    with pytest.raises(dsl.SyntaxFault):
        dsl.decode(text)


def test_a_fault_names_token_and_expectation():
    with pytest.raises(dsl.SyntaxFault, match=r"token 0: expected a format, found 'leaflet'"):
        dsl.decode("leaflet {")
    with pytest.raises(dsl.SyntaxFault, match=r"token 1: expected '\{', found the end of the text"):
        dsl.decode("page")
