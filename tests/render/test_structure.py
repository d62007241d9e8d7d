"""Structure maps are what is painted: glyphs lie in the text mask, hidden pictures do not count."""

import numpy as np

from tests.pages import first_sound
from unrender.design.swatches import COLOUR_ID, RGB
from unrender.render import engines
from unrender.render.frame import place
from unrender.render.structure import colour_ids, structure_maps

BODY = '<body id="body" data-pass="none" style="margin:0;background:#fff;font-family:Roboto">'


def swatches(*names: str) -> np.ndarray:
    return np.array([RGB[name] for name in names], np.uint8)


def test_flat_colours_are_exact():
    pixels = swatches("white", "ink", "red")[None].repeat(4, 0)
    assert colour_ids(pixels).tolist() == [[COLOUR_ID["white"], COLOUR_ID["ink"], COLOUR_ID["red"]]] * 4


def test_an_edge_takes_the_nearer_side_not_a_third_swatch():
    white, ink = swatches("white", "ink").astype(int)
    edge = [(white * (1 - share) + ink * share).astype(np.uint8) for share in (0.2, 0.45, 0.8)]
    ids = colour_ids(np.array([[RGB["white"], RGB["white"], *edge, RGB["ink"], RGB["ink"]]] * 3, np.uint8))
    assert set(np.unique(ids)) == {COLOUR_ID["white"], COLOUR_ID["ink"]}
    assert ids[1].tolist() == [COLOUR_ID["white"]] * 4 + [COLOUR_ID["ink"]] * 3


def test_a_lone_blend_takes_the_nearest_swatch():
    assert colour_ids(np.full((9, 9, 3), (252, 252, 252), np.uint8))[4, 4] == COLOUR_ID["white"]


def test_glyphs_lie_in_the_text_mask():
    _, rendered = first_sound(0)
    html = BODY + '<p style="font-size:40px"><span class="t c-ink" style="--w:255;color:#1a212b">Gentle quay</span></p>'
    page = engines.get("blitz").open(html, 256, 256)
    maps = structure_maps(page)
    glyphs = np.abs(maps.image.astype(int) - 255).sum(-1) > 60
    assert glyphs.sum() > 500
    assert (maps.text[glyphs] == 255).mean() > 0.999
    assert (maps.hierarchy[maps.text > 0] == 255).mean() > 0.95
    assert (rendered.maps.text > 0).any()


def test_what_is_covered_does_not_count():
    cover = (
        '<div class="b-white" style="position:absolute;left:0;top:0;width:100px;height:200px;background:#fff"></div>'
    )
    style = "--c:#d93838;--w:128;position:absolute;left:50px;top:50px;width:100px;height:100px;background:#d93838"
    picture = f'<div class="img w" style="{style}"></div>'
    page = engines.get("blitz").open(BODY + picture + cover, 256, 256)
    maps = structure_maps(page)
    assert (maps.picture[60:140, 110:140] == 255).all()
    assert not maps.picture[:, :99].any()
    assert (maps.hierarchy[60:140, 110:140] == 128).all()


def test_colour_is_zero_exactly_outside_the_page():
    for seed in range(6):
        _, rendered = first_sound(seed, 0.3)
        left, top, right, bottom = place(rendered.width, rendered.height).box
        inside = np.zeros((256, 256), bool)
        inside[top:bottom, left:right] = True
        assert np.abs((rendered.maps.colour > 0).astype(int) - inside).sum() <= 256  # a page may round a line short
        assert not rendered.maps.text[rendered.maps.colour == 0].any()
        assert not rendered.maps.picture[rendered.maps.colour == 0].any()


def test_same_page_same_bytes():
    design, first = first_sound(3, 0.3)
    assert design
    _, again = first_sound(3, 0.3)
    for name in ("image", "text", "picture", "colour", "hierarchy"):
        assert getattr(first.maps, name).tobytes() == getattr(again.maps, name).tobytes()
