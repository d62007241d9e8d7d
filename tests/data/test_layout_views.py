"""Other markup for the same page: whatever changes, the labels still say the same of it."""

from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.data.section_pages import by_hand, generated
from unrender.data.layout_views import CHANGES, View, renamed, reordered, unwrapped, varied, wrapped
from unrender.data.node_features import names
from unrender.design.section_tree import MERGED, Document, Reading, assemble, flatten, labels, walk

PAGES, SEEDS = st.integers(0, 10_000), st.integers(0, 2**31)
EVERY = (*CHANGES, partial(varied, most=200))
NAMES = [*(change.__name__ for change in CHANGES), "varied"]


def rng(seed: int) -> np.random.Generator:
    return np.random.default_rng(seed)


def views(page: View, change: Callable, times: int = 200) -> Iterator[View]:
    return (change(page, rng(seed)) for seed in range(times))


def told(view: View, known: set[str]) -> tuple:
    """The section tree, whatever the order of siblings, and without the nodes that are not in `known`."""

    def one(element: dict) -> tuple:
        first, *others = element["source"]
        children = sorted((one(child) for child in element["children"]), key=repr)
        return element["type"], first, sorted(set(others) & known), element.get("box"), children

    layout = assemble(view.document, view.reading)
    return sorted(map(one, layout["structure"]), key=repr), layout["props"]


def in_order(view: View) -> list[tuple]:
    return [(e["type"], e["source"][0], e.get("box")) for e in walk(assemble(view.document, view.reading)["structure"])]


def fields_of(document: Document) -> list:
    values = (getattr(document, field.name) for field in fields(document))
    return [each.tolist() if isinstance(each, np.ndarray) else each for each in values]


def said(reading: Reading) -> list:
    return [reading.kinds.tolist(), reading.owners.tolist(), np.nan_to_num(reading.boxes, nan=-1).tolist()]


def sound(view: View) -> None:
    """A document as flatten gives it, and a reading as labels gives it."""
    document, reading = view.document, view.reading
    n = len(document)
    places = np.arange(n)
    assert {len(getattr(document, field.name)) for field in fields(document)} == {n}
    assert len(reading.kinds) == len(reading.owners) == len(reading.boxes) == n
    assert document.parents[0] == -1 and (document.parents[1:] >= 0).all()
    assert (document.parents[1:] < places[1:]).all()
    for node in range(2, n):  # in document order: what comes before it is its parent, or lies in it
        assert document.parents[node] in (node - 1, *document.ancestors(node - 1))
    assert len(set(document.ids)) == n
    assert (reading.owners <= places).all()
    merged = reading.kinds == MERGED
    assert (reading.owners[~merged] == places[~merged]).all()
    assert set(reading.owners[merged].tolist()) <= {0, *reading.starts.tolist()}
    assert np.isnan(reading.boxes[merged]).all()


@pytest.mark.parametrize("change", EVERY, ids=NAMES)
@given(page=PAGES, seed=SEEDS)
@settings(max_examples=40)
def test_labels_still_match(change, page, seed):
    before = generated(page)
    after = change(before, rng(seed))
    sound(after)
    known = set(before.document.ids) & set(after.document.ids)
    assert told(after, known) == told(before, known)
    again = labels(after.document, assemble(after.document, after.reading))
    assert said(again) == said(after.reading)


@pytest.mark.parametrize("change", EVERY, ids=NAMES)
@given(page=PAGES, seed=SEEDS)
@settings(max_examples=20)
def test_texts_and_pictures_stay(change, page, seed):
    before, after = generated(page).document, change(generated(page), rng(seed)).document
    texts = [sorted(zip(each.ids, each.characters, each.words, each.pictured, strict=True)) for each in (before, after)]
    kept = [[entry for entry in one if any(entry[1:])] for one in texts]
    assert kept[0] == kept[1]
    assert after.characters.sum() == before.characters.sum()


@pytest.mark.parametrize("change", EVERY, ids=NAMES)
@given(page=PAGES, seed=SEEDS)
@settings(max_examples=10)
def test_a_view_follows_from_its_seed_and_leaves_the_page_alone(change, page, seed):
    before = generated(page)
    one, two = change(before, rng(seed)), change(generated(page), rng(seed))
    assert fields_of(one.document) == fields_of(two.document) and said(one.reading) == said(two.reading)
    assert fields_of(before.document) == fields_of(generated(page).document)
    assert said(before.reading) == said(generated(page).reading)


@pytest.mark.parametrize("change", EVERY, ids=NAMES)
def test_views_do_differ(change):
    page = generated(3)
    found = {str(fields_of(view.document)) for view in views(page, change, 30)}
    assert len(found) > 2


def test_only_bare_wrappers_are_left_out_and_any_of_them_may_be():
    for page in (by_hand(), generated(1), generated(2)):
        held = set(page.document.parents.tolist())
        gone = [set(page.document.ids) - set(view.document.ids) for view in views(page, unwrapped, 60)]
        bare = {
            name
            for node, name in enumerate(page.document.ids)
            if node and node in held and page.reading.kinds[node] == MERGED
            and not page.document.characters[node] and not page.document.pictured[node]
        }  # fmt: skip
        assert set().union(*gone) == bare
        assert page.document.ids[0] not in bare


def test_a_wrapper_that_shows_something_itself_stays():
    page = by_hand()
    wrapper = np.arange(8) == 2
    assert any("w" not in view.document.ids for view in views(page, unwrapped, 30))
    for shown in ({"characters": page.document.characters + wrapper}, {"pictured": tuple(wrapper.tolist())}):
        other = View(replace(page.document, **shown), page.reading)
        assert all("w" in view.document.ids for view in views(other, unwrapped, 30))


def test_what_a_wrapper_held_moves_up():
    small = next(view for view in views(by_hand(), unwrapped) if "w" not in view.document.ids)
    assert small.document.ids == ("root", "s", "h", "i", "p", "f", "b")
    assert small.document.parents.tolist() == [-1, 0, 1, 1, 0, 0, 5]
    assert small.document.flags[1] == ("d:flex",) and small.document.characters.tolist() == [0, 0, 5, 0, 20, 0, 0]
    assert small.reading.owners.tolist() == [0, 1, 2, 3, 4, 5, 6]


def test_a_div_belongs_to_the_element_around_and_to_none_behind_the_content():
    seen = set()
    for view in views(by_hand(), wrapped):
        document, reading = view.document, view.reading
        for node, classes in enumerate(document.classes):
            if classes == ("wrap",):
                (child,) = np.flatnonzero(document.parents == node)
                owner = reading.owners[node]
                seen.add((document.ids[child] if document.classes[child] != ("wrap",) else "", document.ids[owner]))
    expected = {("s", "root"), ("w", "s"), ("h", "s"), ("i", "s"), ("p", "root"), ("f", "root"), ("b", "f")}
    assert {pair for pair in seen if pair[0]} == expected


def test_what_lies_behind_the_content_may_hold_nodes_that_are_part_of_nothing():
    structure = {"id": "r", "tag": "main", "children": [
        {"id": "s", "tag": "section", "children": [
            {"id": "b", "tag": "div", "children": [{"id": "v", "tag": "video", "children": []}]},
        ]},
    ]}  # fmt: skip
    layout = {
        "structure": [{"type": "section", "source": ["s"], "children": []}],
        "props": {"background_image": [], "background_video": ["b"], "background_overlay": []},
    }
    document = flatten(structure)
    page = View(document, labels(document, layout))
    inside = [view for view in views(page, wrapped, 400) if view.document.tags.count("div") > 1]
    for view in inside:
        sound(view)
        assert said(labels(view.document, assemble(view.document, view.reading))) == said(view.reading)
    assert any(view.document.tags[-2:] == ("div", "video") for view in inside)


def test_a_wrapper_of_another_element_than_the_one_around_it_stays():
    """The nav explains a div beside it; what lies in that div lies in the nav."""
    structure = {"id": "r", "tag": "main", "children": [
        {"id": "n", "tag": "nav", "children": []},
        {"id": "d", "tag": "div", "children": [{"id": "l", "tag": "a", "children": []}]},
    ]}  # fmt: skip
    link = {"type": "button", "source": ["l"], "children": []}
    layout = {
        "structure": [{"type": "wrapper", "source": ["n", "d"], "children": [link]}],
        "props": {"background_image": [], "background_video": [], "background_overlay": []},
    }
    document = flatten(structure)
    page = View(document, labels(document, layout))
    assert assemble(document, page.reading) == layout
    for change in EVERY:
        for view in views(page, change):
            sound(view)
            assert told(view, {"r", "n", "d", "l"} & set(view.document.ids)) == told(page, set(view.document.ids))


def test_neighbours_change_places_with_all_that_they_hold():
    found = {view.document.ids for view in views(by_hand(), reordered, 400)}
    assert found == {
        ("root", "s", "w", "h", "i", "p", "f", "b"),
        ("root", "p", "s", "w", "h", "i", "f", "b"),
        ("root", "s", "w", "h", "i", "f", "b", "p"),
        ("root", "s", "w", "i", "h", "p", "f", "b"),
    }


@given(PAGES, SEEDS)
@settings(max_examples=20)
def test_but_for_neighbours_that_change_places_order_stays(page, seed):
    before = generated(page)
    for change in (unwrapped, wrapped, renamed):
        assert in_order(change(before, rng(seed))) == in_order(before)


@given(PAGES, SEEDS)
@settings(max_examples=20)
def test_new_class_names_stand_where_the_old_ones_did(page, seed):
    before, after = generated(page), renamed(generated(page), rng(seed))
    assert fields_of(replace(after.document, classes=before.document.classes)) == fields_of(before.document)
    pairs = {
        (old, new)
        for one, two in zip(before.document.classes, after.document.classes, strict=True)
        for old, new in zip(one, two, strict=True)
    }
    assert len(pairs) == len({old for old, _ in pairs}) == len({new for _, new in pairs})
    assert not np.array_equal(names(before.document), names(after.document))


@given(PAGES, SEEDS)
@settings(max_examples=20)
def test_a_view_never_outgrows_the_limit(page, seed):
    before = generated(page)
    most = len(before.document)
    after = varied(before, rng(seed), most)
    assert len(after.document) <= most
    assert len(varied(before, rng(seed), most + 1000).document) >= len(unwrapped(before, rng(seed)).document)
