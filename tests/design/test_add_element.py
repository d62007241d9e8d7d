"""A new element type is one decorated function: language, page, labels and maps follow by themselves."""

import numpy as np
import pytest

from tests.pages import CANVAS, THEME, page_of, page_with, written
from unrender.data import tokenizer
from unrender.design import dsl, grammar, sections, words
from unrender.design.dom import Dom
from unrender.design.elements import ELEMENTS, element
from unrender.design.elements.builder import surface
from unrender.render import engines
from unrender.render.frame import paint_scale
from unrender.render.structure import structure_maps


@pytest.fixture(autouse=True)
def progress():
    """The element `progress`: a label over a bar that is filled in part; gone again after the test."""
    css = ".progress{width:100%;gap:.3rem}.track{width:100%;height:.6rem}.track>i{display:block;width:60%;height:100%}"

    @element("progress", texts=(words.label,), css=css)
    def build(b, node, behind):
        """Built as any other: texts through the builder, surfaces in swatches, one section-layout type."""
        track = Dom("div", ("track", surface("silver")), [Dom("i", (surface(b.colours.accent),))])
        return Dom("div", ("progress", "stack"), [b.block("p", "caption", behind, None), track], layout="counter")

    yield
    del ELEMENTS["progress"]


def test_the_language_knows_it():
    tree = page_with("progress")
    assert "progress" in dsl.vocabulary()
    assert dsl.decode(dsl.encode(THEME, tree)) == (THEME, tree)
    assert "progress" in dsl.tokens(dsl.encode(THEME, tree))


def test_its_token_is_learnt(monkeypatch):
    """A tokenizer from before the element counts it as unknown; fitted again, it has a token of its own."""
    config = tokenizer.Config(kind="word", vocab_size=4096)
    code = dsl.encode(THEME, page_with("progress"))
    after = tokenizer.fit(config, [code])
    assert after.token_to_id("<unk>") not in tokenizer.encode(after, code)
    assert tokenizer.decode_design(after, tokenizer.encode(after, code)) == code
    with monkeypatch.context() as earlier:
        earlier.delitem(ELEMENTS, "progress")
        before = tokenizer.fit(config, [])
    assert tokenizer.encode(before, code).count(before.token_to_id("<unk>")) == 1


def test_it_stands_on_the_page_and_in_the_labels():
    html, root = page_of(page_with("progress"))
    page = engines.get("blitz").open(html, *CANVAS, paint_scale(*CANVAS))
    item = next(item for item in root.walk() if "progress" in item.classes)
    left, top, width, height = page.boxes()[item.id]
    maps = structure_maps(page)
    inside = np.zeros((256, 256), bool)
    scale = 256 / max(CANVAS)
    rows, columns = slice(int(top * scale), int((top + height) * scale) + 1), slice(int(left * scale), None)
    inside[rows, columns] = True
    assert width > 100
    assert (maps.text[inside] > 0).any()
    assert not (maps.text[~inside] > 0).any()
    assert len(np.unique(maps.colour[inside])) >= 4  # canvas, text, track, filling
    marks = grammar.marks(root, {**page.boxes(), "n0": page.boxes()["page"]})
    assert sum(mark.text for mark in marks) == len(written(page_with("progress")))


def test_the_section_layout_explains_it():
    _, root = page_of(page_with("progress"))
    assert "counter" in str(sections.layout(root))


def test_a_word_is_declared_once():
    with pytest.raises(ValueError, match="declared twice"):
        element("progress")(lambda b, node, behind: Dom("div"))
