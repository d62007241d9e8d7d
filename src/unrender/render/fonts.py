"""The typefaces both engines use: files from font wheels, the same bytes everywhere.

All are given the same vertical metrics. A line box reaches from a font's ascent to its descent, and these differ by a
fifth of the type size between faces whose letters are as tall: at a few pixels a letter, a label that nobody can read.
"""

import struct
from functools import cache
from importlib.resources import files

FACES: dict[str, tuple[str, str, str]] = {
    "Roboto": ("font_roboto", "Roboto-Regular.ttf", "Roboto-Bold.ttf"),
    "Lato": ("font_lato", "Lato-Regular.ttf", "Lato-Bold.ttf"),
    "Manrope": ("font_manrope", "Manrope-Regular.ttf", "Manrope-Bold.ttf"),
    "Source Serif Pro": ("font_source_serif_pro", "SourceSerifPro-Regular.ttf", "SourceSerifPro-Bold.ttf"),
    "Caladea": ("font_caladea", "Caladea-Regular.ttf", "Caladea-Bold.ttf"),
}
"""CSS family -> (package, file of weight 400, file of weight 700)."""
ASCENT, DESCENT = 1.03, 0.33
"""Of every face, in em from the baseline. Together the line height of running text: the background of a run, which is
as high as the font, then fills its line boxes."""


@cache
def face(family: str, bold: bool) -> bytes:
    """The font of one weight, with the common vertical metrics."""
    package, regular, heavy = FACES[family]
    return with_metrics((files(package) / "files" / (heavy if bold else regular)).read_bytes())


def with_metrics(font: bytes) -> bytes:
    """An OpenType file with the common vertical metrics, no line gap, and the same glyphs.

    Sets all three pairs that engines choose from (OpenType 1.9: hhea, and the typographic and Windows ones of OS/2).
    """
    data = bytearray(font)
    (count,) = struct.unpack_from(">H", data, 4)
    records = (struct.unpack_from(">4sIII", data, 12 + 16 * index) for index in range(count))
    offset = {tag: start for tag, _, start, _ in records}
    (units,) = struct.unpack_from(">H", data, offset[b"head"] + 18)
    up, down = round(ASCENT * units), round(DESCENT * units)
    struct.pack_into(">hhh", data, offset[b"hhea"] + 4, up, -down, 0)
    struct.pack_into(">hhhHH", data, offset[b"OS/2"] + 68, up, -down, 0, up, down)
    return bytes(data)


def every_face() -> list[bytes]:
    return [face(family, bold) for family in FACES for bold in (False, True)]
