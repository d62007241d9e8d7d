"""The one global colour table.

Every painted surface and every text takes its colour from here, so a colour id in a structure map has a known
luminance. Id 0 is no swatch: it marks pixels outside the page.
"""

from functools import cache

OUTSIDE = 0

_HEX = {
    "white": "ffffff",
    "paper": "f7f3ea",
    "mist": "eceff4",
    "silver": "cfd5dd",
    "ash": "9ba5b0",
    "slate": "66717e",
    "graphite": "3b4552",
    "ink": "1a212b",
    "night": "0d1526",
    "navy": "1c2f66",
    "forest": "15402f",
    "plum": "451f57",
    "wine": "611a2b",
    "red": "d93838",
    "orange": "ef7f2a",
    "amber": "f6c23c",
    "green": "2f9e5b",
    "teal": "17928c",
    "sky": "2f8fe0",
    "blue": "2f55d4",
    "violet": "7446d9",
    "pink": "dd4b93",
    "rose": "fbdcdf",
    "sand": "fae6c8",
    "mint": "d3f1df",
    "ice": "d6e9fb",
    "lilac": "e5dcfa",
}

SWATCHES: tuple[str, ...] = ("outside", *_HEX)
"""Swatch names; the position is the colour id of the structure maps."""

COLOUR_ID = {name: index for index, name in enumerate(SWATCHES)}
RGB = {name: tuple(bytes.fromhex(code)) for name, code in _HEX.items()}


def hex_code(name: str) -> str:
    """CSS colour of a swatch, such as ``#d93838``."""
    return "#" + _HEX[name]


@cache
def luminance(name: str) -> float:
    """Relative luminance in 0..1 (WCAG 2.2, definition of relative luminance, sRGB)."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (v / 255 for v in RGB[name])]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@cache
def contrast_ratio(first: str, second: str) -> float:
    """WCAG 2.2 contrast ratio of two swatches, 1 (none) .. 21 (black on white)."""
    low, high = sorted((luminance(first), luminance(second)))
    return (high + 0.05) / (low + 0.05)
