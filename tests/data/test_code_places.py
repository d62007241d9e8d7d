"""Each word of a code stands where the renderer put its element."""

import json
from collections.abc import Iterator

import numpy as np
import pytest

from tests.data.code_rows import HAND, code_of, layout_of, row_of, shares
from tests.data.section_pages import row as generated
from unrender.data.code_places import NEEDED, ROUNDED, places
from unrender.design import dsl
from unrender.design.elements import ELEMENTS, words_of
from unrender.design.faults import Faults
from unrender.design.tree import Node, node
from unrender.render import engines
from unrender.render.frame import SIZE

PIXEL = 1 / SIZE
IDS = (
    *("n1", "n2", "n6", "n8", "n10", "n11", "n12", "n14", "n16", "n17", "n18", "n19", "n20", "n21", "n23"),
    *("n25", "n26", "n27", "n28", "n32", "n34"),
)
"""The node of each element of HAND, in the order of its code: what lies between is merged into these."""


def after_theme(row: dict) -> tuple[list[str], np.ndarray]:
    words = code_of(row)
    start = words.index("}") + 1
    return words[start:], places(row, words)[start:]


def elements(row: dict) -> tuple[list[str], np.ndarray]:
    words, found = after_theme(row)
    kept = [place for place, word in enumerate(words) if word not in "{}"]
    return [words[place] for place in kept], found[kept]


def matched(tree: Node, layout: dict) -> Iterator[tuple[str, list[float]]]:
    """Words and boxes in the order of the code, told by nothing but how both trees are nested."""
    yield tree.word, layout["box"]
    if tree.children:
        for child, below in zip(tree.children, layout["children"], strict=True):
            yield from matched(child, below)


def true_boxes(row: dict) -> tuple[list[str], np.ndarray]:
    _, tree = dsl.decode(row["dsl"])
    pairs = [each for part, below in zip(tree.children, layout_of(row), strict=True) for each in matched(part, below)]
    return [word for word, _ in pairs], np.array([shares(box, row) for _, box in pairs])


@pytest.fixture(scope="module")
def hand() -> dict:
    return row_of(HAND)


def test_every_element_of_a_page_made_by_hand_has_the_box_that_the_renderer_gives(hand):
    words, found = elements(hand)
    boxes = engines.get("blitz").open(hand["html"], hand["page_width"], hand["page_height"]).boxes()
    assert len(words) == len(IDS) == hand["elements"]
    for word, box, name in zip(words, found, IDS, strict=True):
        assert box == pytest.approx(shares(boxes[name], hand), abs=PIXEL), word
    at = dict(zip(words, found, strict=True))
    assert at["brand"][0] < at["link"][0] and at["heading-1"][1] < at["text-2"][1] and at["icon"][0] < at["text-1"][0]
    assert at["nav-plain"] == pytest.approx([0.157, 0, 480 / 700, 0.067], abs=PIXEL)


def test_brackets_and_words_of_the_theme(hand):
    words = code_of(hand)
    found = places(hand, words)
    assert found.shape == (len(words), 4)
    start = words.index("}") + 1
    assert np.isnan(found[: words.index("palette-clinic") + 1]).all()  # format, theme, palette
    opened = []
    for place in range(start, len(words) - 1):
        if words[place] == "{":
            assert np.isnan(found[place]).all()  # never a choice
            opened.append(place - 1)
        elif words[place] == "}":
            assert (found[place] == found[opened.pop()]).all()
        else:
            assert np.isfinite(found[place]).all(), words[place]
    assert not opened and np.isnan(found[-1]).all()  # the page itself


def test_a_word_of_the_theme_is_where_it_shows_first(hand):
    words = code_of(hand)
    found = places(hand, words)
    at = {word.partition("-")[0]: box for word, box in zip(words[: words.index("}")], found, strict=False)}
    heading, column = (found[words.index(word)] for word in ("heading-1", "column"))
    assert np.array_equal(at["font"], heading) and np.array_equal(at["scale"], heading)
    assert np.array_equal(at["space"], column)
    rounded = found[next(i for i, word in enumerate(words) if word.partition("-")[0] in ROUNDED)]
    left, top, width, height = at["corner"]
    assert left < rounded[0] < left + width and top < rounded[1] < top + height  # its upper left corner
    assert width * SIZE == pytest.approx(16) and height * SIZE == pytest.approx(10)


def test_what_shows_nowhere_has_no_place():
    row = row_of(node("page", node("section-plain", node("row-1", node("column", Node("text-1"))))))
    words = code_of(row)
    for word, box in zip(words, places(row, words), strict=True):
        if word.partition("-")[0] in ("font", "scale", "corner"):
            assert np.isnan(box).all(), word


@pytest.mark.parametrize("index", [0, 1, 2, 3, 5, 7])
def test_generated_pages_with_wrappers_and_faults(index):
    """Compared by the nesting of the layout, to a frame pixel."""
    row = generated(index)
    words, found = elements(row)
    expected, boxes = true_boxes(row)
    assert words == expected
    np.testing.assert_allclose(found, boxes, atol=PIXEL)


@pytest.mark.parametrize("first", range(5))
def test_every_word_has_a_place(first):
    """Some ten words a page, wrapped now and then, and moved."""
    items = [Node(word, _filling(word)) for word in words_of("item")][first::5]
    columns = [node("column", *items[start::3]) for start in range(3)]
    row = row_of(node("page", node("section-plain", node("row-1-1-1", *columns))), first + 3, Faults(0.3, seed=4), 1200)
    words, found = elements(row)
    expected, boxes = true_boxes(row)
    assert words == expected and len(words) >= 5 + len(items)
    np.testing.assert_allclose(found, boxes, atol=PIXEL)


def _filling(word: str) -> tuple[Node, ...]:
    kind = ELEMENTS[word]
    return tuple(Node({"item": "text-1", "field": "field"}[kind.children or ""]) for _ in range(kind.arity[0]))


@pytest.mark.parametrize("missing", NEEDED)
def test_a_row_that_does_not_say_how_it_was_drawn_has_no_places(hand, missing):
    words = code_of(hand)
    assert np.isnan(places({**hand, missing: None}, words)).all()


def test_a_damaged_recipe_is_none(hand):
    words = code_of(hand)
    assert np.isnan(places({**hand, "recipe": json.dumps({"canvas": [480, 700]})}, words)).all()
