"""Other markup for the same page: whatever changes, the labels still say the same of it."""

from functools import partial

import pytest
from hypothesis import given, settings

from tests.data.section_pages import generated
from tests.data.viewed import PAGES, SEEDS, fields_of, rng, said, sound, told, views
from unrender.data.layout_views import CHANGES, varied
from unrender.data.markup_views import folded, loosened, unmarked
from unrender.data.view import View
from unrender.design.section_tree import assemble, flatten, labels

EVERY = (*CHANGES, partial(varied, most=200))
ALL_OR_NOTHING = (folded, loosened, unmarked)
NAMES = [*(change.__name__ for change in CHANGES), "varied"]


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
def test_no_text_is_lost_and_none_is_added(change, page, seed):
    before, after = generated(page).document, change(generated(page), rng(seed)).document
    texts = [sorted(zip(each.characters, each.words, strict=True)) for each in (before, after)]
    kept = [[text for text in one if any(text)] for one in texts]
    assert kept[0] == kept[1]


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
    assert len(found) > (
        1 if change in (folded, loosened, unmarked) else 2
    )  # these two are done to all of a page, or not


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


@given(PAGES, SEEDS)
@settings(max_examples=20)
def test_a_view_never_outgrows_the_limit(page, seed):
    before = generated(page)
    most = len(before.document)
    assert len(varied(before, rng(seed), most).document) <= most


def test_with_room_views_do_grow():
    page = generated(3)
    assert any(len(varied(page, rng(seed), 1000).document) > len(page.document) for seed in range(100))
