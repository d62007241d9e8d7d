"""Designs become HTML: deterministic, safe, one text per slot, every word known to it."""

import json
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.pages import CANVAS, THEME, drawn, page_of, page_with, written
from unrender.design import sections
from unrender.design.elements import ELEMENTS, slots_of
from unrender.design.elements.builder import Builder
from unrender.design.faults import Faults
from unrender.design.html import document
from unrender.design.swatches import contrast_ratio
from unrender.design.theme import PALETTES
from unrender.render import engines

SEEDS = st.integers(0, 2**32 - 1)


@given(SEEDS)
def test_same_seed_same_html(seed):
    assert drawn(seed).document()[0] == drawn(seed).document()[0]


def test_different_seeds_differ():
    assert len({drawn(seed).document()[0] for seed in range(50)}) == 50


@given(SEEDS)
def test_one_text_per_slot(seed):
    design = drawn(seed)
    assert len(design.brief.texts) == len(slots_of(design.tree))
    for texts in (design.brief.texts[:-1], (*design.brief.texts, "one more")):
        with pytest.raises(ValueError, match="texts are needed"):
            document(design.theme, design.tree, texts, design.faults, design.canvas)


class _Reader(HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags, self.text = [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)

    def handle_data(self, data):
        self.text.append(data)


@given(st.lists(st.text(alphabet="<>&'\"/abc script-!=", min_size=1), min_size=2, max_size=2))
def test_hostile_text_stays_text(texts):
    tree = page_with("stat")
    plain, hostile = _Reader(), _Reader()
    plain.feed(document(THEME, tree, ("a", "b"), Faults(), CANVAS)[0])
    hostile.feed(document(THEME, tree, tuple(texts), Faults(), CANVAS)[0])
    assert hostile.tags == plain.tags
    assert "".join(hostile.text).endswith("".join(texts))


@pytest.mark.parametrize("word", ELEMENTS)
def test_every_word_renders_with_its_texts(word):
    tree = page_with(word)
    html, root = page_of(tree)
    for text in written(tree):
        assert text in html
    boxes = engines.get("blitz").open(html, *CANVAS).boxes()
    shown = [boxes[item.id] for item in root.walk() if item.id != "n0" and item.tag != "span"]
    assert all(width > 0 and height > 0 for _, _, width, height in shown)


@pytest.mark.parametrize("word", ELEMENTS)
def test_every_word_reads_on_every_ground_of_every_palette(word):
    node = next(node for node in page_with(word).walk() if node.word == word)
    for name, colours in PALETTES.items():
        for ground in {colours.canvas, colours.surface, colours.tint, colours.band, colours.accent, colours.second}:
            texts = iter(written(node))
            builder = Builder(replace(THEME, palette=name), Faults(), texts, markup=1)
            inks = [item.ink for item in builder.build(node, ground).walk() if item.ink and item.ink.text]
            assert next(texts, None) is None
            assert all(contrast_ratio(ink.colour, ink.behind) >= 2.5 for ink in inks), (name, ground)


@pytest.mark.parametrize("word", ELEMENTS)
def test_every_word_has_a_layout_type(word):
    _, root = page_of(page_with(word))
    types = {item.layout for item in root.walk() if item.layout}
    assert types <= set(sections.LAYOUT_TYPES)
    if ELEMENTS[word].group == "item":
        assert _item(root).layout in sections.LAYOUT_TYPES, f"{word} has no section-layout type"


def _item(root):
    """The element in the page's only column."""
    column = next(item for item in root.walk() if "column" in item.classes)
    return column.children[0]


@given(SEEDS)
@settings(max_examples=20)
def test_layout_explains_every_node_once(seed):
    _, root = drawn(seed).document()
    nodes = [item["id"] for item in _walk(sections.structure(root))]
    assert nodes == [f"n{index}" for index in range(len(nodes))]  # ordered, unique
    layout = sections.layout(root)
    elements = [item for top in layout["structure"] for item in _walk(top)]
    sources = [source for item in elements for source in item["source"]]
    layers = [source for ids in layout["props"].values() for source in ids]
    assert sorted(sources + layers) == sorted(nodes[1:])
    assert {item["type"] for item in elements} <= set(sections.LAYOUT_TYPES)
    starts = [int(item["source"][0][1:]) for item in elements]
    assert starts == sorted(starts)


def test_an_element_lies_where_the_first_node_it_explains_lies():
    _, root = drawn(3).document()
    boxes = {item.id: (1.0, 2.0, float(item.id[1:]) + 0.04, 4.0) for item in root.walk()}
    elements = [item for top in sections.layout(root, boxes)["structure"] for item in _walk(top)]
    assert [item["box"] for item in elements] == [[1.0, 2.0, float(item["source"][0][1:]), 4.0] for item in elements]
    assert all("box" not in item for top in sections.layout(root)["structure"] for item in _walk(top))


def test_some_nodes_are_in_the_document_and_not_on_the_page():
    pages = [drawn(seed).document() for seed in range(20)]
    unseen = [item for _, root in pages for item in root.walk() if "unseen" in item.classes]
    assert unseen
    assert all(item.layout is None and item.ink is None for item in unseen)
    assert all(".unseen{display:none}" in html for html, _ in pages)


def _walk(entry):
    yield entry
    for child in entry["children"]:
        yield from _walk(child)


def test_every_layout_type_is_some_element():
    used = {item.layout for word in ELEMENTS for item in page_of(page_with(word))[1].walk()}
    assert set(sections.LAYOUT_TYPES) <= used


@pytest.mark.parametrize(
    ("word", "kinds"), [("overlay", "image"), ("overlay-video", "video"), ("overlay-veil", "image overlay")]
)
def test_layers_behind_the_content_are_props(word, kinds):
    _, root = page_of(page_with(word))
    props = sections.layout(root)["props"]
    assert set(props) == set(sections.PROPS)
    assert [prop for prop, ids in props.items() if ids] == [f"background_{kind}" for kind in kinds.split()]
    assert all(len(ids) <= 1 for ids in props.values())


def test_structure_survives_json():
    _, root = drawn(1).document()
    assert json.loads(json.dumps(sections.structure(root))) == sections.structure(root)
