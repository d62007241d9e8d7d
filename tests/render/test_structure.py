"""Structure maps are what is painted: glyphs lie in the text mask, hidden pictures do not count."""

import numpy as np

from tests.pages import first_sound
from unrender.design.swatches import COLOUR_ID, RGB
from unrender.render import engines
from unrender.render.frame import paint_scale, place
from unrender.render.structure import colour_ids, most_frequent, shrink, structure_maps

BODY = '<body id="body" data-pass="none" style="margin:0;background:#fff;font-family:Roboto">'


def row(*colours) -> np.ndarray:
    """Opaque pixels, (1, n, 4); names stand for swatches."""
    return np.array([[(*RGB.get(colour, colour), 255) for colour in colours]], np.uint8)


def test_flat_colours_are_exact():
    pixels = row("white", "ink", "red").repeat(4, 0)
    assert colour_ids(pixels).tolist() == [[COLOUR_ID["white"], COLOUR_ID["ink"], COLOUR_ID["red"]]] * 4


def test_an_edge_takes_the_nearer_side_not_a_third_swatch():
    white, ink = np.array(RGB["white"]), np.array(RGB["ink"])
    edge = [tuple((white * (1 - share) + ink * share).astype(np.uint8)) for share in (0.2, 0.45, 0.8)]
    ids = colour_ids(row("white", "white", *edge, "ink", "ink").repeat(3, 0))
    assert set(np.unique(ids)) == {COLOUR_ID["white"], COLOUR_ID["ink"]}
    assert ids[1].tolist() == [COLOUR_ID["white"]] * 4 + [COLOUR_ID["ink"]] * 3


def test_a_lone_blend_takes_the_nearest_swatch():
    assert colour_ids(row((252, 252, 252)).repeat(9, 0).repeat(9, 1))[4, 4] == COLOUR_ID["white"]


def test_blocks_by_hand():
    """Most votes win, the first of equals; what matches no swatch abstains; a part of a block counts as one."""
    pixels = np.concatenate([row("red", "ink", "ice"), row("ink", "ink", (1, 2, 3)), row("white", "red", "ice")])
    assert colour_ids(pixels, 2).tolist() == [
        [COLOUR_ID[a], COLOUR_ID[b]] for a, b in (("ink", "ice"), ("white", "ice"))
    ]
    grey = np.concatenate([row((100,) * 3, (200,) * 3, (50,) * 3), row((100,) * 3, (0,) * 3, (70,) * 3)])
    assert shrink(grey, 2)[..., 0].tolist() == [[100, 60]]


def test_most_frequent_by_hand():
    votes = [np.array([[1, 5, 0, 4]]), np.array([[2, 5, 0, 3]]), np.array([[2, 6, 7, 4]]), np.array([[2, 0, 0, 3]])]
    assert most_frequent([vote.astype(np.uint8) for vote in votes]).tolist() == [[2, 5, 7, 4]]


def test_glyphs_lie_in_the_text_mask():
    _, rendered = first_sound(0)
    html = BODY + '<p style="font-size:40px"><span class="t c-ink" style="--w:255;color:#1a212b">Gentle quay</span></p>'
    page = engines.get("blitz").open(html, 256, 256, paint_scale(256, 256))
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
    style = "--w:128;position:absolute;left:50px;top:50px;width:100px;height:100px;background:#d93838"
    picture = f'<div class="img w" style="{style}"></div>'
    page = engines.get("blitz").open(BODY + picture + cover, 256, 256, paint_scale(256, 256))
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
