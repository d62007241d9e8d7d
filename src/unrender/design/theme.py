"""Themes: a palette from the swatch table, a typeface, and scales for type, space and corners."""

from dataclasses import dataclass

from .swatches import contrast_ratio


@dataclass(frozen=True)
class Palette:
    """Roles of swatches. ``energy`` in 0 (calm) .. 1 (energetic) says which tone the palette suits."""

    canvas: str
    surface: str
    tint: str
    band: str
    text: str
    muted: str
    accent: str
    second: str
    energy: float

    def on(self, background: str) -> str:
        """The text swatch that reads best on `background`."""
        return max((self.text, self.canvas, "white", "ink"), key=lambda name: contrast_ratio(name, background))

    def muted_on(self, background: str) -> str:
        """A quieter text swatch that still reads (ratio of at least 3) on `background`."""
        choices = (self.muted, "slate", "silver", "ash", "mist")
        readable = [name for name in choices if contrast_ratio(name, background) >= 3.0]
        return readable[0] if readable else self.on(background)


PALETTES: dict[str, Palette] = {
    #                    canvas    surface   tint     band      text        muted    accent    second   energy
    "linen": Palette("paper", "white", "sand", "graphite", "ink", "slate", "teal", "ash", 0.10),
    "fog": Palette("mist", "white", "silver", "slate", "ink", "slate", "navy", "ash", 0.05),
    "clinic": Palette("white", "mist", "ice", "navy", "ink", "slate", "sky", "teal", 0.25),
    "garden": Palette("white", "paper", "mint", "forest", "forest", "slate", "green", "amber", 0.35),
    "orchid": Palette("white", "mist", "lilac", "plum", "plum", "slate", "violet", "pink", 0.55),
    "harbour": Palette("ice", "white", "mist", "navy", "navy", "slate", "blue", "orange", 0.50),
    "berry": Palette("rose", "white", "paper", "wine", "wine", "graphite", "pink", "violet", 0.70),
    "market": Palette("white", "paper", "sand", "red", "ink", "slate", "red", "amber", 0.85),
    "citrus": Palette("sand", "white", "paper", "orange", "ink", "graphite", "orange", "green", 0.80),
    "sunrise": Palette("amber", "white", "sand", "wine", "ink", "graphite", "red", "navy", 0.98),
    "midnight": Palette("night", "graphite", "navy", "blue", "white", "ash", "sky", "violet", 0.60),
    "coal": Palette("ink", "graphite", "slate", "teal", "white", "silver", "teal", "amber", 0.30),
    "arcade": Palette("plum", "violet", "navy", "pink", "white", "silver", "amber", "sky", 0.95),
    "club": Palette("navy", "blue", "night", "violet", "white", "silver", "pink", "amber", 0.90),
    "meadow": Palette("mint", "white", "paper", "green", "ink", "graphite", "forest", "orange", 0.40),
    "theatre": Palette("wine", "plum", "ink", "amber", "white", "silver", "amber", "rose", 0.75),
    "glacier": Palette("ice", "white", "lilac", "blue", "ink", "slate", "violet", "sky", 0.20),
    "lagoon": Palette("forest", "teal", "night", "mint", "white", "silver", "amber", "mint", 0.65),
}

UNSEEN_PALETTES = ("meadow", "theatre", "glacier", "lagoon")
"""Kept for the split `test_theme`. Each of their swatches occurs in a palette that is trained on."""

FONTS: dict[str, str] = {
    "roboto": "Roboto",
    "lato": "Lato",
    "manrope": "Manrope",
    "serif": "Source Serif Pro",
    "caladea": "Caladea",
}
"""Typeface name in the DSL -> CSS family."""

UNSEEN_FONTS = ("caladea",)

SCALES = tuple(str(level) for level in range(8))
SPACES = {"tight": 0.8, "even": 1.0, "airy": 1.3}
CORNERS = {"square": 0.0, "soft": 0.4, "round": 1.0}


@dataclass(frozen=True)
class Theme:
    """What a designer fixes before placing anything; each field is one DSL word."""

    palette: str
    font: str
    scale: str
    space: str
    corner: str

    @property
    def colours(self) -> Palette:
        return PALETTES[self.palette]

    @property
    def heading_ratio(self) -> float:
        """Size of a first heading over body text, 1.7 .. 3.45."""
        return 1.7 + 0.25 * int(self.scale)


def seen_palettes() -> list[str]:
    return [name for name in PALETTES if name not in UNSEEN_PALETTES]


def seen_fonts() -> list[str]:
    return [name for name in FONTS if name not in UNSEEN_FONTS]
