"""The typefaces both engines use: files from font wheels, the same bytes everywhere."""

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


@cache
def face(family: str, bold: bool) -> bytes:
    """The font file of one weight."""
    package, regular, heavy = FACES[family]
    return (files(package) / "files" / (heavy if bold else regular)).read_bytes()


def every_face() -> list[bytes]:
    return [face(family, bold) for family in FACES for bold in (False, True)]
