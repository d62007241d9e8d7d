"""Rendered codes: described as they lie on the page, and scored below a perfect copy for one fault."""

from dataclasses import asdict

import numpy as np
import pytest

from tests.pages import THEME, drawn, sound_designs
from unrender.design import dsl
from unrender.design.dsl import SyntaxFault
from unrender.design.stand_in import Compiled
from unrender.design.swatches import RGB
from unrender.design.tree import node
from unrender.evaluation.rendered import METRICS, Rendered, compare, compared, render_all, rendered
from unrender.render.frame import ARTBOARD

CANVAS = (500, 400)
ITEMS = ("heading-1", "text-2", "button-primary", "image-wide")


def code_of(*items: str, theme=THEME) -> str:
    column = node("column", *map(node, items))
    return dsl.encode(theme, node("page", node("section-plain", node("row-1", column))))


def values(said: str | None, true: str, canvas=CANVAS) -> dict[str, float]:
    counts = compare(None if said is None else rendered(said, canvas), rendered(true, canvas))
    return {name: over / under for name, (over, under) in zip(METRICS, counts, strict=True)}


def fixed(code: str, canvas: tuple[int, int]) -> Compiled:
    """A language of one page, as another compiler would hand it over."""
    if code != "fixed":
        raise SyntaxFault("no code")
    style = "*{margin:0}#page{width:200px;height:100px}#a{position:absolute;left:50px;top:20px;width:100px;height:40px}"
    body = '<body id="body"><div id="page"><p id="a"></p></div></body>'
    return Compiled(f"<!doctype html><html><head><style>{style}</style></head>{body}</html>", [("box", "a")], [])


def test_a_perfect_copy():
    for design in sound_designs(3, seed=5):
        assert values(design.code, design.code, design.canvas) == pytest.approx(dict.fromkeys(METRICS, 1.0))


def test_boxes_are_shares_of_the_page():
    page = rendered("fixed", (200, 100), fixed)
    assert page.elements == [("box", (0.25, 0.2, 0.5, 0.4))]
    assert page.blocks == []
    assert page.image.shape == (256, 256, 3)
    assert page.image.dtype == np.uint8
    assert (page.image[:64] == ARTBOARD).all()  # 256 x 128, centred
    assert (page.image[64:192] == 255).all()
    assert (page.image[192:] == ARTBOARD).all()


def test_a_page_grows_with_its_content():
    page = rendered(code_of("text-4", "text-4", "image-square"), (500, 100))
    bottom = max(top + height for _, (_, top, _, height) in page.elements)
    assert 0.9 < bottom <= 1.001
    assert (page.image[:, 128] != ARTBOARD).any(-1).all()  # higher than wide: no artboard above or below


def test_blocks_are_where_the_words_are():
    """A heading's block is as wide as its column; its words are not. Elements keep the box of the block."""
    page = rendered(code_of(*ITEMS), CANVAS)
    assert len(page.blocks) == 3
    heading = page.blocks[0]
    (column,) = [box for kind, box in page.elements if kind == "column"]
    assert heading.colour == RGB[THEME.colours.on(THEME.colours.canvas)]
    assert heading.box[2] < column[2] - 0.05
    assert all(block.box[0] >= 0 and block.box[0] + block.box[2] <= 1.01 for block in page.blocks)


def test_a_missing_element_lowers_what_it_should():
    """Of section, row, column and four items one is missing: the rest keeps less than all of 6 of 7."""
    found = values(code_of(*ITEMS[:2], ITEMS[3]), code_of(*ITEMS))
    assert found["element_iou"] < 6 / 7
    assert found["block_match"] < 1
    assert found["block_text"] == pytest.approx(1)
    assert found["ssim"] < 1


def test_another_palette_changes_colours_and_nothing_else():
    other = type(THEME)(**(asdict(THEME) | {"palette": "midnight"}))
    found = values(code_of(*ITEMS, theme=other), code_of(*ITEMS))
    assert found["element_iou"] == pytest.approx(1)
    assert [found["block_match"], found["block_text"]] == pytest.approx([1, 1])
    assert found["block_colour"] < 0.8
    assert found["ssim"] < 0.9


def test_one_right_text_of_many_scores_low():
    found = values(code_of("caption"), code_of("heading-1", "text-4", "text-3", "list-5", "faq-4", "caption"))
    assert found["block_text"] > 0.9
    assert max(found[f"block_{name}_match"] for name in ("text", "position", "colour")) < 0.1


def test_the_artboard_counts_for_nothing():
    """White and black strips a tenth of their frame high: alike only in the artboard."""
    frames = [np.full((256, 256, 3), ARTBOARD, np.uint8) for _ in range(2)]
    frames[0][115:141], frames[1][115:141] = 255, 0
    said, true = (Rendered(frame, [], []) for frame in frames)
    assert compare(said, true)[0][0] < 0.15
    assert compare(true, true)[0][0] == 1


def test_what_does_not_compile_scores_nothing():
    assert values(None, code_of(*ITEMS)) == dict.fromkeys(METRICS, 0.0)


def test_arms_are_scored_page_by_page_and_alike_whatever_the_workers():
    designs = sound_designs(12, seed=1)
    true, canvases = [design.code for design in designs], [design.canvas for design in designs]
    arms = {"copy": true, "constant": [true[0]] * 12, "broken": ["page {"] * 12}
    alone, spread = (compared(arms, true, canvases, workers=workers) for workers in (1, 2))
    assert set(alone) == set(arms)
    assert {name: tally.value for name, tally in alone["copy"].items()} == pytest.approx(dict.fromkeys(METRICS, 1.0))
    assert {name: tally.value for name, tally in alone["broken"].items()} == dict.fromkeys(METRICS, 0.0)
    for name, tally in alone["constant"].items():
        assert tally.ratios[0] == pytest.approx(1), name
        assert tally.value < 0.98, name
        assert np.array_equal(tally.over, spread["constant"][name].over), name


def test_pages_come_in_order():
    codes = [drawn(seed).code for seed in range(3)]
    pages = list(render_all([codes[0], "page {", codes[2]], [CANVAS] * 3, workers=1))
    assert pages[1] is None
    for code, page in zip(codes[::2], pages[::2], strict=True):
        assert np.array_equal(page.image, rendered(code, CANVAS).image)


def test_refuses_what_cannot_be_compared():
    code = code_of(*ITEMS)
    with pytest.raises(ValueError):
        compared({"short": []}, [code], [CANVAS], workers=1)
    with pytest.raises(SyntaxFault, match="true code"):
        compared({"own": [code]}, ["page {"], [CANVAS], workers=1)
