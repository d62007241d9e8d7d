"""Typefaces: one set of vertical metrics, in both the file and the layout."""

import io

import pytest
from fontTools.ttLib import TTFont

from unrender.render import engines, fonts

LINE = (
    "<html><body id='body' style='margin:0'><p style='margin:0;font:100px/2 \"{}\"'>"
    "<span class='t' style='--w:9'>Hxg</span></p></body></html>"
)


@pytest.mark.parametrize("family", fonts.FACES)
def test_tables_agree(family):
    font = TTFont(io.BytesIO(fonts.face(family, bold=True)))
    units = font["head"].unitsPerEm
    up, down = round(1.03 * units), round(0.33 * units)
    assert (font["hhea"].ascent, font["hhea"].descent, font["hhea"].lineGap) == (up, -down, 0)
    os2 = font["OS/2"]
    assert (os2.sTypoAscender, os2.sTypoDescender, os2.sTypoLineGap) == (up, -down, 0)
    assert (os2.usWinAscent, os2.usWinDescent) == (up, down)


@pytest.mark.parametrize("family", fonts.FACES)
def test_line_boxes_are_alike(family):
    marks = engines.get("blitz").open(LINE.format(family), 400, 200).paint("maps")[..., 0]
    rows = (marks > 127).any(1).nonzero()[0]
    assert abs(rows[0] - (100 - 136 / 2)) <= 1
    assert abs(rows[-1] + 1 - (100 + 136 / 2)) <= 1
