"""Wrappers, order and class names: what they may do to a document."""

from dataclasses import replace

import numpy as np
from hypothesis import given, settings

from tests.data.section_pages import by_hand, generated
from tests.data.viewed import PAGES, SEEDS, fields_of, in_order, rng, said, sound, views
from unrender.data.node_features import names
from unrender.data.structure_views import grouped, renamed, reordered, unwrapped, wrapped
from unrender.data.view import View
from unrender.design.section_tree import MERGED, assemble, flatten, labels


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


def test_neighbours_are_put_together_in_the_element_around_and_in_order():
    row = {"id": "g", "tag": "div", "children": [{"id": name, "tag": "p", "children": []} for name in "abc"]}
    layout = {
        "structure": [
            {
                "type": "grid",
                "source": ["g"],
                "children": [{"type": "paragraph", "source": [name], "children": []} for name in "abc"],
            }
        ],
        "props": {"background_image": [], "background_video": [], "background_overlay": []},
    }
    document = flatten({"id": "r", "tag": "main", "children": [row]})
    page = View(document, labels(document, layout))
    seen = set()
    for view in views(page, grouped, 400):
        sound(view)
        assert in_order(view) == in_order(page)
        for node, classes in enumerate(view.document.classes):
            if classes == ("wrap",):
                inside = np.flatnonzero(view.document.parents == node)
                owner = view.document.ids[view.reading.owners[node]]
                seen.add((owner, "".join(view.document.ids[child] for child in inside)))
    assert seen == {("r", "g")} | {("g", some) for some in ("a", "b", "c", "ab", "bc", "abc")}


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
    for change in (unwrapped, wrapped, grouped, renamed):
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
