"""A code alone becomes a page: the same element, the same copy; every element and every text can be found."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.pages import CANVAS, THEME, drawn, page_with
from unrender.design import dsl
from unrender.design.elements import ELEMENTS
from unrender.design.stand_in import compiled
from unrender.design.tree import node
from unrender.render import engines

COLUMN = "heading-2 text-2 button-primary".split()


def code_of(*items: str) -> str:
    column = node("column", *map(node, items))
    return dsl.encode(THEME, node("page", node("section-plain", node("row-1", column))))


def texts(code: str) -> list[str]:
    return [text for _, text, _ in compiled(code, CANVAS).texts]


def test_what_two_codes_share_has_the_same_copy():
    """Another element in between changes nothing of the rest; a second one of a kind has other words."""
    heading, text, button = texts(code_of(*COLUMN))
    assert [heading, text] == texts(code_of("heading-2", "caption", "text-2"))[0::2]
    assert texts(code_of("caption", *COLUMN))[1:] == [heading, text, button]
    assert texts(code_of(*COLUMN, "heading-2"))[:3] == [heading, text, button]
    assert texts(code_of(*COLUMN, "heading-2"))[3] != heading


def test_what_two_codes_share_has_the_same_scenes():
    """A picture put before another does not change that one, nor what its builder draws after its children."""
    alone, behind = (compiled(code_of(*items), CANVAS).html for items in (["video"], ["image-wide", "video"]))
    scene = alone[alone.index("p-video", alone.index("<body")) :].partition(">")[0]
    assert "url(" in scene
    assert scene in behind


@pytest.mark.parametrize("word", ELEMENTS)
def test_every_element_is_found_on_the_page(word):
    tree = page_with(word)
    made = compiled(dsl.encode(THEME, tree), CANVAS)
    boxes = engines.get("blitz").open(made.html, *CANVAS).boxes()
    kinds = Counter(item.kind for item in tree.walk()) - Counter([tree.kind])
    assert Counter(kind for kind, _ in made.elements) == kinds
    assert len({at for _, at in made.elements}) == len(made.elements)
    assert all(np.prod(boxes[at][2:]) > 0 for _, at in made.elements)


@given(st.integers(0, 1000))
def test_elements_are_nested_as_in_the_code(seed):
    """Ids are numbered in document order, and so are the elements of the tree."""
    design = drawn(seed)
    made = compiled(design.code, design.canvas)
    ordered = sorted(made.elements, key=lambda element: int(element[1].removeprefix("n")))
    assert [kind for kind, _ in ordered] == [item.kind for item in design.tree.walk()][1:]
    assert len(made.texts) == len(design.brief.texts)


def test_same_code_same_page_and_no_code_no_page():
    code = drawn(3).code
    assert compiled(code, CANVAS) == compiled(code, CANVAS)
    with pytest.raises(dsl.SyntaxFault):
        compiled(code.replace("}", "", 1), CANVAS)
