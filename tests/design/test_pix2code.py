"""pix2code's language: canonical texts, and pages that show what their code says."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from scipy import ndimage
from skimage.metrics import structural_similarity

from unrender.data.pix2code.rows import paint
from unrender.design import pix2code
from unrender.design.automaton import END, START, Refused
from unrender.design.dsl import SyntaxFault
from unrender.design.languages import foreign
from unrender.design.tree import Node
from unrender.render import engines
from unrender.render.frame import fit
from unrender.render.screenshot import open_screenshot

GENUINE = Path("shared", "data", "pix2code_web")
GROUNDS = {"btn-green": (80, 168, 80), "btn-orange": (238, 160, 50), "btn-red": (205, 65, 60)}
"""About the middle of each button's ground."""


@st.composite
def walks(draw) -> list[str]:
    """The words of a code, each drawn from what may follow; in a hurry after 60."""
    automaton, state, words = foreign().automaton, START, []
    while state:
        options = automaton.options(state) if len(words) < 60 else automaton.hurried(state)
        words.append(draw(st.sampled_from(options)))
        state = automaton.step(state, words[-1])
    assert words.pop() == END
    return words


def test_the_canonical_text_is_that_of_pix2code():
    text = "header{btn-active,btn-inactive}row{single{small-title,text,btn-green}}"
    assert pix2code.encode(pix2code.decode(text)) == (
        "header {\nbtn-active, btn-inactive\n}\nrow {\nsingle {\nsmall-title, text, btn-green\n}\n}\n"
    )


@given(walks())
def test_every_walk_is_a_code_that_survives_decoding(words):
    tree = pix2code.decode(" ".join(words))
    text = pix2code.encode(tree)
    assert [word for word in pix2code.tokens(text) if word != ","] == words
    assert pix2code.decode(text) == tree and pix2code.encode(pix2code.decode(text)) == text
    counts = pix2code.difficulty(tree)
    assert counts["elements"] == sum(word not in "{}" for word in words) and 1 <= counts["columns"] <= 4


@given(st.lists(st.sampled_from([*pix2code.vocabulary(), "prose"]), max_size=12))
def test_other_texts_are_refused_with_a_sentence(words):
    text = " ".join(words)
    try:
        foreign().automaton.choices([word for word in words if word != ","])
    except Refused:
        with pytest.raises(SyntaxFault, match=r"token \d+: expected"):
            pix2code.decode(text)
    else:
        assert pix2code.decode(pix2code.encode(pix2code.decode(text))) == pix2code.decode(text)


def buttons(frame: np.ndarray) -> dict[str, int]:
    """Patches of a frame that have the colour of a button; its label may part one patch, never in two rows."""
    found = {}
    for name, rgb in GROUNDS.items():
        near = np.abs(frame.astype(int) - rgb).max(-1) < 45
        labels, count = ndimage.label(ndimage.binary_closing(near, np.ones((3, 7))))
        sizes = ndimage.sum_labels(near, labels, range(1, count + 1)) if count else []
        found[name] = sum(size > 15 for size in sizes)
    return found


CODE = """header { btn-inactive, btn-active, btn-inactive }
row { quadruple { small-title, text, btn-green } quadruple { small-title, text, btn-red }
quadruple { small-title, text, btn-orange } quadruple { small-title, text, btn-green } }
row { double { small-title, text, btn-orange } double { small-title, text, btn-red } }
row { single { small-title, text, btn-red } }"""


@pytest.mark.parametrize("number", range(8))
def test_a_page_shows_the_buttons_of_its_code_in_every_look(number):
    rng = np.random.default_rng(number)
    dressed = pix2code.look(rng) if number else pix2code.Look()
    page = pix2code.html(pix2code.decode(CODE), number, dressed)
    assert buttons(paint(engines.get("blitz"), page)) == {"btn-green": 2, "btn-orange": 2, "btn-red": 3}


def test_neither_look_nor_words_change_what_a_page_is_made_of():
    tree = pix2code.decode(CODE)
    pages = [pix2code.html(tree, seed, pix2code.look(np.random.default_rng(seed))) for seed in range(5)]
    words = [[part.split('"')[0] for part in page.split('class="')[1:]] for page in pages]
    assert all(found == words[0] for found in words) and len(set(pages)) == 5
    assert sum("btn btn-" in word for word in words[0]) == 10 and words[0].count("well") == 7


def test_the_engine_finds_every_button_where_its_colour_is():
    """It reports inline blocks elsewhere, and attention would be taught to look there."""
    page = engines.get("blitz").open(pix2code.html(pix2code.decode(CODE), 0), *pix2code.SIZE)
    pixels = page.paint()
    for name, (left, top, width, height) in page.boxes().items():
        if name.startswith("btn-"):
            edge = pixels[int(top + height / 2), int(left + 4), :3].astype(int)
            ends = pix2code._GROUNDS[name.rpartition("-")[0]]
            assert np.abs(edge - np.mean(ends, 0)).max() < 16, name
            assert width > 60 and height > 30


@pytest.fixture(scope="module")
def genuine(root) -> Path:
    folder = root.parent / GENUINE
    if not folder.is_dir():
        pytest.skip("pix2code's pages are not on this machine")
    return folder


def test_every_genuine_code_decodes_and_encodes_to_itself(genuine):
    texts = {path.read_text().strip() for path in sorted(genuine.glob("*/*.gui"))}
    for path in sorted(genuine.glob("*.jsonl")):
        texts |= {json.loads(line)["gui"].strip() for line in path.read_text().splitlines()}
    assert len(texts) > 1400
    assert [text for text in texts if pix2code.encode(pix2code.decode(text)).split() != text.split()] == []


def test_a_render_is_more_like_its_genuine_page_than_like_others(genuine):
    """Not than like each: whether a text takes two lines or three is chance, and moves all that stands below."""
    paths = sorted(genuine.glob("valid/*.gui"))[:12]
    trees = [pix2code.decode(path.read_text()) for path in paths]
    shown = [grey(fit(open_screenshot(path.with_suffix(".png")).picture)[0]) for path in paths]
    best = []
    for index, tree in enumerate(trees):
        made = grey(Image.fromarray(paint(engines.get("blitz"), pix2code.html(tree, index))))
        likeness = [structural_similarity(made, other) for other in shown]
        others = [likeness[at] for at, other in enumerate(trees) if arrangement(other) != arrangement(tree)]
        assert likeness[index] > np.mean(others) + 0.02, (paths[index].name, likeness)
        best.append(likeness[index] > max(others))
    assert np.mean(best) >= 0.75


def arrangement(tree: Node) -> list[str]:
    return [part.children[0].word for part in tree.children if part.word == "row"]


def grey(picture: Image.Image) -> np.ndarray:
    return np.asarray(picture.convert("L"))
