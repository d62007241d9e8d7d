"""The automaton allows what the grammar allows, no more and no less, and choices alone tell a text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.design.words import accepts, joined
from tests.pages import drawn
from unrender.design import dsl
from unrender.design.automaton import END, START, Automaton, Frame, Refused, Rule
from unrender.design.languages import own

WORDS = ("{", "}", ",", "a", "b", "box", "pair")
RULES = {
    "": Rule((("a", "b"),), ("b", "box"), least=2, most=3),
    "box": Rule((), ("a", "b", "box", "pair"), least=0, most=2),
    "pair": Rule((("a", "b"),), ("b",), least=1, most=4, alike=(("a", 3),)),
}
"""A text starts with a leaf and has two or three parts; a pair is a a a, or one to four b."""
MARKS = ("{", "}")


@pytest.fixture
def small() -> Automaton:
    return Automaton(WORDS, RULES)


@pytest.fixture(scope="module")
def automaton() -> Automaton:
    return own().automaton


def after(automaton: Automaton, text: str):
    state = START
    for word in text.split():
        state = automaton.step(state, word)
    return state


def walked(automaton: Automaton, picks: list[int]) -> tuple[list[str], list[str]]:
    """Words and choices of a text that follows `picks` and is then brought to its end."""
    state, words, chosen, left = START, [], [], iter(picks)
    while state:
        options = automaton.options(state)
        pick = next(left, None) if len(options) > 1 else 0
        allowed = automaton.hurried(state) if pick is None else options
        word = allowed[(pick or 0) % len(allowed)]
        assert set(allowed) <= set(options)
        chosen += [word] if len(options) > 1 else []
        words.append(word)
        state = automaton.step(state, word)
        assert len(words) < 3000
    assert words.pop() == END
    return words, chosen


def test_words_have_their_places_and_the_end_is_last(small):
    assert small.words == ["{", "}", "a", "b", "box", "pair", END] and len(small) == 7
    assert small.ids == {"{": 0, "}": 1, "a": 2, "b": 3, "box": 4, "pair": 5, END: 6}


@pytest.mark.parametrize(
    ("text", "options"),
    [
        ("", ("a", "b")),
        ("a", ("b", "box")),  # one part is too few to end
        ("b b", ("b", "box", END)),
        ("a box", ("{",)),
        ("a box {", ("a", "b", "box", "pair", "}")),
        ("a box { b", ("a", "b", "box", "pair", "}")),
        ("a box { b a", ("}",)),  # two are enough
        ("a box { box {", ("a", "b", "box", "pair", "}")),
        ("a box { box { a a }", ("a", "b", "box", "pair", "}")),
        ("a box { pair {", ("a", "b")),
        ("a box { pair { a", ("a",)),
        ("a box { pair { a a", ("a",)),
        ("a box { pair { a a a", ("}",)),
        ("a box { pair { b", ("b", "}")),
        ("a box { pair { b b b b", ("}",)),
        ("a box { } b", (END,)),
        (f"a b {END}", ()),
    ],
)
def test_options_by_hand(small, text, options):
    assert small.options(after(small, text)) == options


def test_a_state_knows_its_open_containers(small):
    assert after(small, "a box { b pair") == (Frame("", 2, "a"), Frame("box", 2, "b"), Frame("pair", unopened=True))
    assert after(small, f"a b {END}") == ()


def test_choices_leave_out_what_is_forced(small):
    words = "a box { pair { a a a } } b".split()
    found = small.choices(words)
    assert [(word, place) for word, _, place in found] == [
        ("a", 0),
        ("box", 1),
        ("pair", 3),
        ("a", 5),
        ("}", 9),
        ("b", 10),
    ]
    assert found[3][1] == ("a", "b")
    assert small.text(word for word, _, _ in found) == words
    short = small.choices(["b", "b"])
    assert [word for word, _, _ in short] == ["b", "b", END] and short[2] == (END, ("b", "box", END), 2)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "word 0: expected 'a' or 'b', found '<eos>'"),
        ("box", "word 0: expected 'a' or 'b', found 'box'"),
        ("a", "word 1: expected 'b' or 'box', found '<eos>'"),
        ("a box b", "word 2: expected '{', found 'b'"),
        ("a box { a a a }", "word 5: expected '}', found 'a'"),
        ("a box { pair { a b", "word 6: expected 'a', found 'b'"),
        ("a b , b", "word 2: expected 'b' or 'box' or '<eos>', found ','"),
        ("a b b b", "word 3: expected '<eos>', found 'b'"),
        ("a b }", "word 2: expected .* found '}'"),
        (f"a b {END}", f"word 3: expected nothing, found '{END}'"),
    ],
)
def test_what_may_not_stand_is_refused_by_its_place(small, text, says):
    with pytest.raises(Refused, match=says):
        small.choices(text.split())


def test_choices_that_end_early_or_late_are_refused(small):
    assert small.text(["a", "b", END]) == ["a", "b"]
    with pytest.raises(Refused, match="does not end"):
        small.text(["a", "b"])
    with pytest.raises(Refused, match="expected nothing, found 'b'"):
        small.text(["a", "b", END, "b"])
    with pytest.raises(Refused, match="found 'box'"):
        small.text(["box"])


def test_forced_words_are_taken_up_to_the_next_choice(small):
    state, taken = small.forced(after(small, "a box { pair { a"))
    assert taken == ["a", "a", "}"] and len(small.options(state)) > 1
    assert small.forced(state) == (state, [])
    assert small.forced(after(small, "a b b")) == ((), [END])


def test_hurried_closes_or_takes_what_holds_nothing(small):
    assert small.hurried(after(small, "a box { b")) == ("}",)
    assert small.hurried(after(small, "a b")) == (END,)
    assert small.hurried(after(small, "a")) == ("b",)
    deep = Automaton(WORDS, RULES | {"": Rule((), ("box",), 1, 1)})
    assert deep.hurried(START) == ("box",)


@given(st.lists(st.integers(0, 10_000), max_size=120))
def test_every_walk_is_a_text_of_the_language(picks):
    automaton = own().automaton
    words, chosen = walked(automaton, picks)
    theme, tree = dsl.decode(joined(words))
    assert [word for word in dsl.tokens(dsl.encode(theme, tree)) if word != ","] == words
    found = automaton.choices(words)
    assert [word for word, _, _ in found] == chosen
    assert automaton.text(chosen) == words
    assert all(word in options and len(options) > 1 for word, options, _ in found)


@given(st.lists(st.integers(0, 10_000), max_size=60))
def test_every_walk_of_the_small_language_is_told_by_its_choices(picks):
    small = Automaton(WORDS, RULES)
    words, chosen = walked(small, picks)
    assert [word for word, _, _ in small.choices(words)] == chosen
    assert small.text(chosen) == words


@given(st.lists(st.integers(0, 10_000), min_size=1, max_size=150))
def test_any_state_can_be_brought_to_its_end(picks):
    """In few words: closing what is open takes a bracket each, and no container needs more than a few children."""
    automaton = own().automaton
    state = START
    for pick in picks:
        if not automaton.options(state):
            return
        options = automaton.options(state)
        deeper = [word for word in options if word in automaton.rules] or options  # as deep as it goes
        state = automaton.step(state, deeper[pick % len(deeper)])
    most = 12 * len(state) + 20
    while state:
        state = automaton.step(state, automaton.hurried(state)[0])
        most -= 1
    assert most >= 0


def test_every_design_of_the_generator_is_accepted(automaton):
    for seed in range(100):
        design = drawn(seed)
        words = [word for word in dsl.tokens(design.code) if word != ","]
        found = automaton.choices(words)
        assert automaton.text(word for word, _, _ in found) == words
        assert joined(words).split() == dsl.tokens(design.code)
        assert 0.2 * len(words) < len(found) < 0.8 * len(words)


@given(st.integers(0, 40), st.data())
def test_a_spoilt_text_is_refused_by_both_or_by_neither(seed, data):
    """One word is left out, said twice, or said instead of another."""
    automaton = own().automaton
    words = [word for word in dsl.tokens(drawn(seed).code) if word != ","]
    place = data.draw(st.integers(0, len(words) - 1))
    other = data.draw(st.sampled_from(automaton.words[:-1]))
    instead = data.draw(st.sampled_from([[], [words[place]] * 2, [other]]))
    spoilt = words[:place] + instead + words[place + 1 :]
    try:
        dsl.decode(joined(spoilt))
    except dsl.SyntaxFault:
        assert not accepts(automaton, spoilt)
    else:
        assert accepts(automaton, spoilt)
