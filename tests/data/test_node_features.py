"""What a network is told about the nodes of a document: one page by hand, and rules on those of the generator."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.data.section_pages import by_hand, generated
from unrender.data.node_features import (
    FLAGS,
    LEVELS,
    NUMBERS,
    RELATIONS,
    TAGS,
    depths,
    marks,
    names,
    numbers,
    places,
    relations,
    tag_numbers,
)
from unrender.design.section_tree import flatten

SEEDS = st.integers(0, 2**31)
PAGE = by_hand().document
BACK = {
    "before": "after", "self": "self", "parent": "child", "ancestor": "descendant", "previous": "next",
    "elder": "younger",
}  # fmt: skip
BACK |= {there: here for here, there in BACK.items()}


def test_tags_are_places_in_the_list_and_foreign_ones_are_other():
    found = [TAGS[number] for number in tag_numbers(PAGE)]
    assert found == ["main", "section", "div", "h1", "img", "p", "other", "div"]
    assert len(set(TAGS)) == len(TAGS)


def test_flags_are_marked_where_they_are_known():
    found = marks(PAGE)
    where = {(int(node), FLAGS[flag]) for node, flag in np.argwhere(found)}
    assert where == {(1, "d:flex"), (6, "p:fixed"), (7, "p:absolute")}
    assert set(np.unique(found)) == {0, 1}


def test_depths_and_places_by_hand():
    assert depths(PAGE).tolist() == [0, 1, 2, 3, 3, 1, 1, 2]
    assert places(PAGE) == pytest.approx(
        np.array([(1, 1 / 2), (3, 1 / 6), (1, 1 / 2), (2, 1 / 4), (2, 3 / 4), (3, 1 / 2), (3, 5 / 6), (1, 1 / 2)])
    )


def test_relations_by_hand():
    """Row i, column j: what j is to i. Of several the closest kin: a parent is no mere ancestor."""
    short = {
        "s": "self", "P": "parent", "C": "child", "A": "ancestor", "D": "descendant", "<": "previous", ">": "next",
        "e": "elder", "y": "younger", "b": "before", "a": "after",
    }  # fmt: skip
    table = """
        s C D D D C C D
        P s C D D > y a
        A P s C C a a a
        A A P s > a a a
        A A P < s a a a
        P < b b b s > a
        P e b b b < s C
        A b b b b b P s
    """
    truth = [[short[sign] for sign in line.split()] for line in table.split("\n") if line.strip()]
    assert [[RELATIONS[number] for number in line] for line in relations(PAGE)] == truth


@given(SEEDS)
@settings(max_examples=20)
def test_what_one_is_to_another_is_the_reverse_of_what_that_is_to_it(seed):
    document = generated(seed).document
    found = np.array(RELATIONS)[relations(document)]
    assert (np.vectorize(BACK.__getitem__)(found) == found.T).all()
    assert (np.diag(found) == "self").all() and (found == "self").sum() == len(document)
    parents = {(int(node), int(parent)) for node, parent in enumerate(document.parents) if parent >= 0}
    assert {(int(i), int(j)) for i, j in np.argwhere(found == "parent")} == parents


def test_numbers_by_hand():
    """Of the section: two texts of 5 letters in all below it, four nodes, first of three children."""
    told = numbers(PAGE)[1]
    third = [1 / 3 - 1 + 1e-3, np.log(3)]
    assert told[:14] == pytest.approx(
        [0, 0, 0, 0, np.log(2) / 2, 0, np.log(4) / 4, np.log(6) / 6, 1 / 8, np.log(3) / 2, 1 / 6, 0, 1 / 8,
         np.log(8) / 5]
    )  # fmt: skip
    assert told[14:] == pytest.approx([*third, *[0] * (2 * LEVELS - 2)], abs=1e-6)
    heading, picture = numbers(PAGE)[3], numbers(PAGE)[4]
    assert heading[:4] == pytest.approx([np.log(6) / 5, np.log(2) / 3, 1, 0])
    assert picture[:6] == pytest.approx([0, 0, 0, 1, 0, 1])
    assert heading[14:20] == pytest.approx([*third, 1e-3, 0, -0.5 + 1e-3, np.log(2)], abs=1e-6)


def test_a_path_is_told_as_far_down_as_there_is_room():
    tree: dict = {"id": "leaf", "tag": "p", "children": []}
    for k in range(LEVELS + 3):
        tree = {"id": str(k), "tag": "div", "children": [tree, {"id": f"beside {k}", "tag": "p", "children": []}]}
    found, depth = numbers(flatten(tree))[:, 14:], depths(flatten(tree))
    deep = depth >= LEVELS
    assert deep.sum() > 4
    assert (found[:, 1::2] > 0).sum(1).tolist() == np.minimum(depth, LEVELS).tolist()
    assert (np.unique(found[deep & (depth > LEVELS)], axis=0)).shape[0] == 1


@given(SEEDS)
@settings(max_examples=20)
def test_numbers_are_finite_and_about_as_large_as_one(seed):
    found = numbers(generated(seed).document)
    assert found.shape[1] == NUMBERS and found.dtype == np.float32
    assert np.isfinite(found).all()
    assert np.abs(found).max() < 3
    assert found.any(0).sum() >= 14


def test_a_document_of_one_node_can_be_told():
    alone = flatten({"id": "a", "tag": "p"})
    assert np.isfinite(numbers(alone)).all()
    assert relations(alone).tolist() == [[RELATIONS.index("self")]]


def test_class_names_count_whatever_their_order():
    found = names(PAGE)
    assert (found[1] == found[6]).all() and found[1].any()
    assert not found[[0, 2, 3, 4, 5, 7]].any()
    other = replace(PAGE, classes=tuple(("other", *each) for each in PAGE.classes))
    assert (names(other) >= found).all() and names(other)[0].sum() == 1


@given(SEEDS)
@settings(max_examples=20)
def test_nodes_of_the_same_classes_have_the_same_names(seed):
    document = generated(seed).document
    found = names(document)
    seen: dict[frozenset, bytes] = {}
    for node, classes in enumerate(document.classes):
        assert seen.setdefault(frozenset(classes), found[node].tobytes()) == found[node].tobytes()
    assert len(set(seen.values())) > len(seen) / 2  # few of them share a bucket
