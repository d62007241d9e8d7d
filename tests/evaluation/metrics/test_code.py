"""Metrics of code: a perfect copy has the best score, a constant its stated floor, one fault lowers what it should."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.pages import drawn
from unrender.design import dsl
from unrender.design.tree import node
from unrender.evaluation.metrics import code

WORDS = st.lists(st.sampled_from("a b c { } ,".split()), min_size=1, max_size=12)
TREES = st.recursive(
    st.sampled_from("abc").map(node),
    lambda below: st.builds(lambda word, children: node(word, *children), st.sampled_from("abc"), st.lists(below)),
    max_leaves=6,
)


def pages(count: int) -> list[list[str]]:
    return [dsl.tokens(drawn(seed).code) for seed in range(count)]


def values(said, true) -> dict[str, float]:
    return {name: tally.value for name, tally in code.tallies(said, true).items()}


def bleu(said, true) -> float:
    return code.bleu4(code.bleu_statistics(said, true))


def test_a_perfect_copy():
    true = pages(5)
    assert values(true, true) == dict.fromkeys(code.METRICS, 1.0)
    assert bleu(true, true) == pytest.approx(1)
    assert all(code.first_error(page, page) is None for page in true)


def test_by_hand():
    true, said = list("abcdef"), list("abxdeg")
    assert code.exact_match(said, true) == (0, 1)
    assert code.token_accuracy(said, true) == (4, 6)
    assert code.edit_similarity(said, true) == (4, 6)
    assert code.first_error(said, true) == 2


def test_a_word_left_out_moves_all_that_follow_but_is_one_edit():
    true, said = list("abcdef"), list("bcdef")
    assert code.token_accuracy(said, true) == (0, 6)
    assert code.edit_similarity(said, true) == (5, 6)
    assert code.first_error(said, true) == 0


def test_length_is_penalised_both_ways():
    """A right beginning does not hide what is missing, nor right words what is too much."""
    true = list("abcd")
    assert code.token_accuracy(true[:2], true) == (2, 4)
    assert code.token_accuracy([*true, *"xyzw"], true) == (4, 8)
    assert code.first_error(true[:2], true) == 2
    assert code.first_error([*true, "x"], true) == 4
    assert code.token_accuracy([], true) == code.edit_similarity([], true) == (0, 4)


def test_a_constant_has_its_floor():
    """The first page for seven others: none is right, but a quarter of the words stand in their place, a third of them
    needs no edit, and BLEU is .21."""
    true = pages(8)
    said = [true[0]] * 7
    found = values(said, true[1:])
    assert found == pytest.approx({"exact_match": 0, "token_accuracy": 0.236, "edit_similarity": 0.355}, abs=0.001)
    assert bleu(said, true[1:]) == pytest.approx(0.206, abs=0.001)


def test_one_fault_lowers_every_score_a_little():
    true = pages(4)
    said = [list(page) for page in true]
    said[2][-4] = "no-such-word"
    count = sum(map(len, true))
    assert values(said, true) == {
        "exact_match": 3 / 4,
        "token_accuracy": (count - 1) / count,
        "edit_similarity": (count - 1) / count,
    }
    assert 0.97 < bleu(said, true) < 1


def test_every_page_counts_by_its_length():
    assert values([list("xxxxxxxx"), list("ab")], [list("abcdefgh"), list("ab")])["token_accuracy"] == 2 / 10
    with pytest.raises(ValueError):
        code.tallies([["a"]], [])


@given(WORDS, WORDS)
def test_bounds_symmetry_identity(a, b):
    for metric in (code.exact_match, code.token_accuracy, code.edit_similarity):
        over, under = metric(a, b)
        assert 0 <= over <= under
        assert metric(b, a) == (over, under)
        assert (over == under) == (a == b)
    assert code.edit_similarity(a, b)[0] >= code.token_accuracy(a, b)[0]
    assert code.first_error(a, b) == code.first_error(b, a)


@given(WORDS, WORDS)
def test_confusions_hold_every_word_once(a, b):
    found = code.confusions(a, b)
    assert sorted(word for pair, n in found.items() for word in [pair[0]] * n if word) == sorted(b)
    assert sorted(word for pair, n in found.items() for word in [pair[1]] * n if word) == sorted(a)
    assert sum(n for (true, said), n in found.items() if true != said) == max(len(a), len(b)) - int(
        code.edit_similarity(a, b)[0]
    )


def test_confusions_by_hand():
    true, said = "row { text-1 , button }".split(), "row { text-2 , button , icon }".split()
    wrong = {pair: n for pair, n in code.confusions(said, true).items() if pair[0] != pair[1]}
    assert wrong == {("text-1", "text-2"): 1, (code.NOTHING, ","): 1, (code.NOTHING, "icon"): 1}
    assert code.confusions(true[:-1], true)["}", code.NOTHING] == 1


def test_bleu_by_hand():
    """a b c d e f against a b c d x f: 5/6, 3/5, 2/4, 1/3; no penalty, the lengths agree."""
    statistics = code.bleu_statistics([list("abcdxf")], [list("abcdef")])
    assert statistics.tolist() == [[5, 3, 2, 1, 6, 5, 4, 3, 6, 6]]
    assert code.bleu4(statistics) == pytest.approx((5 / 6 * 3 / 5 * 2 / 4 * 1 / 3) ** 0.25)


def test_bleu_counts_a_repeated_word_only_as_often_as_it_is_true():
    assert code.bleu_statistics([list("aaaa")], [list("abcd")])[0, 0] == 1


def test_bleu_punishes_what_is_too_short():
    """Every n-gram is right, but 5 of 6 words are said: exp(1 - 6/5)."""
    assert bleu([list("abcde")], [list("abcdef")]) == pytest.approx(math.exp(1 - 6 / 5))


def test_bleu_is_not_smoothed():
    assert bleu([list("abcx")], [list("abcd")]) == 0
    assert bleu([list("abc")], [list("abc")]) == 0  # too short for a 4-gram


def test_bleu_of_a_corpus_is_that_of_the_sums_not_the_mean():
    true = [list("abcdef"), list("ghijklmnop")]
    said = [list("abcdxf"), list("ghijklmnop")]
    rows = code.bleu_statistics(said, true)
    assert bleu(said, true) == code.bleu4(rows.sum(0, keepdims=True))
    assert bleu(said, true) != pytest.approx(np.mean([code.bleu4(row[None]) for row in rows]))


def test_words_with_marks_stay_whole():
    words = "section-plain { row-1-1 , text-2 }".split()
    assert code.bleu_statistics([words], [words])[0, 4] == len(words)


def test_bleu_interval_holds_the_value_and_narrows_with_pages():
    true = pages(24)
    said = true[:12] + [true[0]] * 12
    rows = code.bleu_statistics(said, true)
    few, many = code.bleu_interval(rows, resamples=200), code.bleu_interval(np.tile(rows, (9, 1)), resamples=200)
    assert few.low < few.value < few.high
    assert many.high - many.low < (few.high - few.low) / 2
    assert many.value == pytest.approx(few.value)


def test_bleu_difference_is_paired():
    true = pages(12)
    worse = [[*page[:-3], "x", *page[-2:]] for page in true]
    a, b = code.bleu_statistics(true, true), code.bleu_statistics(worse, true)
    found = code.bleu_difference(a, b, resamples=200)
    assert 0 < found.low <= found.value <= found.high
    assert code.bleu_difference(a, a, resamples=50) == (0, 0, 0)


def test_tree_edit_distance_by_hand():
    true = node("page", node("row", node("text"), node("icon")), node("row", node("text")))
    said = node("page", node("row", node("text"), node("text")), node("row"))
    assert code.tree_edit_distance(said, true) == (2, 11)  # icon -> text, and a text is missing
    assert code.tree_edit_distance(node("poster", *true.children), true) == (1, 12)
    assert code.tree_edit_distance(true, true) == (0, 12)


def test_a_deleted_row_gives_its_children_to_the_page():
    a = node("page", node("row", node("text"), node("icon")))
    assert code.tree_edit_distance(node("page", node("text"), node("icon")), a) == (1, 7)


def test_what_does_not_parse_has_lost_every_element():
    true = node("page", node("row"))
    assert code.tree_edit_distance(None, true) == (2, 2)
    tally = code.tree_tally([None, true], [true, true])
    assert tally.ratios.tolist() == [1, 0]


@given(TREES, TREES)
def test_tree_edit_distance_is_a_distance(a, b):
    over, under = code.tree_edit_distance(a, b)
    assert 0 <= over <= under
    assert code.tree_edit_distance(b, a) == (over, under)
    assert (over == 0) == (a == b)
