"""Pages as others would have written them: tags, flags, runs of text, rows and columns."""

from collections import defaultdict

import numpy as np
from hypothesis import given, settings

from tests.data.section_pages import generated
from tests.data.viewed import PAGES, SEEDS, rng, views
from unrender.data.markup_views import FIRST, FRAMED, INSIDE, SHOWN, folded, loosened, restyled, retagged, unmarked
from unrender.data.node_features import FLAGS, TAGS
from unrender.data.view import View
from unrender.design.section_tree import KINDS, MERGED, assemble, flatten, labels, walk
from unrender.design.sections import LAYOUT_TYPES, PROPS

LAYERS: dict[str, list[str]] = {prop: [] for prop in PROPS}


def page(structure: dict, layout: list[dict]) -> View:
    document = flatten(structure)
    return View(document, labels(document, {"structure": layout, "props": LAYERS}))


def node(name: str, tag: str, *children: dict, text: int = 0) -> dict:
    said = {"text": {"characters": text, "words": 1}} if text else {}
    return {"id": name, "tag": tag, **said, "children": list(children)}


def element(kind: str, *source: str, children: tuple[dict, ...] = ()) -> dict:
    return {"type": kind, "source": list(source), "children": list(children)}


def pitch() -> View:
    """A heading and a button with their runs of text, in a column of its own in a row of its own."""
    heading = node("h", "h1", node("t", "span", text=9))
    button = node("b", "a", node("u", "span", text=4))
    return page(
        node("r", "main", node("s", "section", node("g", "div", node("c", "div", heading, button)))),
        [
            element("section", "s", children=(
                element("grid", "g", children=(
                    element("column", "c", children=(element("heading", "h", "t"), element("button", "b", "u"))),
                )),
            )),
        ],
    )  # fmt: skip


def roles(view: View) -> list[tuple[bool, str]]:
    kinds, owners = view.reading.kinds, view.reading.owners
    return [
        (kind != MERGED, KINDS[kind if kind != MERGED else kinds[own]]) for kind, own in zip(kinds, owners, strict=True)
    ]


def became(roles: list[tuple[bool, str]], before: tuple, after: tuple) -> dict[tuple, set]:
    """What became of what nodes said before, by their role."""
    found = defaultdict(set)
    for role, old, new in zip(roles, before, after, strict=True):
        found[role, old].add(new)
    return found


def test_the_table_knows_kinds_and_tags():
    for table in (FIRST, INSIDE):
        for kind, tags in table.items():
            assert kind in KINDS
            for tag, others in tags.items():
                assert tag in TAGS and set(others.split()) <= set(TAGS)
                assert tag not in others.split()
    assert set(FIRST) == {*LAYOUT_TYPES, *PROPS}


@given(PAGES, SEEDS)
@settings(max_examples=30)
def test_what_is_alike_gets_the_same_tag_from_the_table(seed, draw):
    before, after = generated(seed), retagged(generated(seed), rng(draw))
    found = became(roles(before), before.document.tags, after.document.tags)
    for ((first, kind), old), new in found.items():
        assert len(new) == 1
        assert new <= {old, *(FIRST if first else INSIDE).get(kind, {}).get(old, "").split()}


def test_every_tag_of_the_table_is_used():
    used = defaultdict(set)
    for view in views(pitch(), retagged, 400):
        for name, tag in zip(view.document.ids, view.document.tags, strict=True):
            used[name].add(tag)
    assert used["b"] == {"a", *FIRST["button"]["a"].split()}
    assert used["u"] == {"span", *INSIDE["button"]["span"].split()}
    assert used["r"] == {"main"}


@given(PAGES, SEEDS)
@settings(max_examples=20)
def test_tags_of_pictures_show_a_file_and_frames_do_not(seed, draw):
    before, after = generated(seed).document, retagged(generated(seed), rng(draw)).document
    for tag, was, shown in zip(after.tags, before.pictured, after.pictured, strict=True):
        assert shown == (tag in SHOWN or (was and tag not in FRAMED))


@given(PAGES, SEEDS)
@settings(max_examples=20)
def test_flags_are_left_out_or_flex_and_grid_exchanged_for_all_that_is_alike(seed, draw):
    before, after = generated(seed), restyled(generated(seed), rng(draw))
    found = became(roles(before), before.document.flags, after.document.flags)
    for (_, old), all_new in found.items():
        (new,) = all_new
        assert set(new) <= set(FLAGS) and len(set(new)) == len(new) <= len(old)


def test_a_block_that_holds_one_run_of_text_says_it_itself():
    seen = {view.document.ids for view in views(pitch(), folded, 60)}
    assert seen == {("r", "s", "g", "c", "h", "t", "b", "u"), ("r", "s", "g", "c", "h", "b")}
    small = next(view for view in views(pitch(), folded, 60) if len(view.document) == 6)
    assert small.document.characters.tolist() == [0, 0, 0, 0, 9, 4]
    assert small.document.words.tolist() == [0, 0, 0, 0, 1, 1]
    assert small.reading.owners.tolist() == [0, 1, 2, 3, 4, 5]
    assert pitch().document.characters.tolist() == [0, 0, 0, 0, 0, 9, 0, 4]


def test_runs_stay_where_there_are_two_of_them_or_they_are_elements():
    runs, other = (node("t", "span", text=3), node("u", "span", text=4)), node("q", "p", text=5)
    two = page(
        node("r", "main", node("p", "p", *runs), node("d", "div", other)),
        [element("paragraph", "p", "t", "u"), element("wrapper", "d", children=(element("paragraph", "q"),))],
    )
    assert {len(view.document) for view in views(two, folded, 60)} == {6}


def test_marks_without_text_or_file_may_be_drawn_by_a_style_sheet_all_of_a_kind_or_none():
    items = tuple(node(f"l{k}", "li", node(f"i{k}", "i"), node(f"t{k}", "span", text=3)) for k in range(2))
    names = [f"{letter}{k}" for k in range(2) for letter in "lit"]
    listed = page(
        node("r", "main", node("u", "ul", *items), node("e", "div")),
        [element("list", "u", *names), element("image", "e")],
    )
    seen = {view.document.ids for view in views(listed, unmarked, 60)}
    assert seen == {("r", "u", *names, "e"), ("r", "u", "l0", "t0", "l1", "t1", "e")}


def test_a_row_of_one_column_goes_with_it_and_what_it_held_moves_up():
    seen = {view.document.ids for view in views(pitch(), loosened, 100)}
    whole, without_row, loose = (("r", "s", *some, "h", "t", "b", "u") for some in ("gc", "c", ""))
    assert seen == {whole, without_row, loose}
    loose = next(view for view in views(pitch(), loosened, 100) if len(view.document) == 6)
    (section,) = assemble(loose.document, loose.reading)["structure"]
    assert [child["type"] for child in section["children"]] == ["heading", "button"]


def test_a_column_of_one_item_may_go_and_its_row_stays():
    cards = tuple(node(f"c{k}", "div", node(f"w{k}", "article")) for k in range(2))
    columns = tuple(element("column", f"c{k}", children=(element("wrapper", f"w{k}"),)) for k in range(2))
    before = page(node("r", "main", node("g", "div", *cards)), [element("grid", "g", children=columns)])
    seen = {view.document.ids for view in views(before, loosened, 100)}
    assert seen == {("r", "g", "c0", "w0", "c1", "w1"), ("r", "g", "w0", "w1")}


def test_rows_and_columns_with_nodes_of_their_own_stay():
    held = page(
        node("r", "main", node("g", "div", node("c", "div", node("w", "div", node("h", "h1"))))),
        [element("grid", "g", children=(element("column", "c", "w", children=(element("heading", "h"),)),))],
    )  # fmt: skip
    assert {len(view.document) for view in views(held, loosened, 100)} == {5}


def test_a_row_goes_alone_where_it_is_all_that_a_section_holds():
    items = tuple(node(f"c{k}", "div", node(f"p{k}", "p", text=4), node(f"q{k}", "p", text=5)) for k in range(2))
    columns = tuple(
        element("column", f"c{k}", children=(element("paragraph", f"p{k}"), element("paragraph", f"q{k}")))
        for k in range(2)
    )
    row, below = node("g", "div", *items), tuple(name for k in range(2) for name in (f"c{k}", f"p{k}", f"q{k}"))
    grid = element("grid", "g", children=columns)
    alone = page(node("r", "main", node("s", "section", row)), [element("section", "s", children=(grid,))])
    assert {view.document.ids for view in views(alone, loosened, 100)} == {("r", "s", "g", *below), ("r", "s", *below)}
    heading = element("heading", "h")
    two = page(
        node("r", "main", node("s", "section", node("h", "h1"), row)),
        [element("section", "s", children=(heading, grid))],
    )
    assert {len(view.document) for view in views(two, loosened, 100)} == {10}


@given(PAGES, SEEDS)
@settings(max_examples=20)
def test_only_rows_and_columns_are_left_out(seed, draw):
    before, after = generated(seed), loosened(generated(seed), rng(draw))
    kinds = dict(zip(before.document.ids, before.reading.kinds.tolist(), strict=True))
    gone = set(before.document.ids) - set(after.document.ids)
    assert {KINDS[kinds[name]] for name in gone} <= {"grid", "column"}
    assert len(walk(assemble(after.document, after.reading)["structure"])) == len(after.reading.starts)
    assert np.isin(
        after.reading.owners, [0, *after.reading.starts, *np.flatnonzero(after.reading.kinds > MERGED)]
    ).all()
