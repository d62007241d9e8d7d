"""The brief: what a design is for, the shape it takes, how loud it speaks, and its texts."""

from dataclasses import dataclass

GOALS = ("sell", "event", "inform", "signup", "showcase", "compare")
FORMATS = ("poster", "social", "banner", "page")
KINDS = tuple((goal, form) for form in FORMATS for goal in GOALS)
"""Every goal in every format."""
WORDS = {"goal": GOALS, "format": FORMATS}


def number_of(name: str, word: str | None) -> int:
    """The place of a goal or format among all. ValueError, a sentence, when there is no such word."""
    if word not in WORDS[name]:
        raise ValueError(f"{name} is {word!r}, but must be one of {', '.join(WORDS[name])}")
    return WORDS[name].index(word)


@dataclass(frozen=True)
class Brief:
    goal: str
    format: str
    tone: float
    """0 calm .. 1 energetic."""
    texts: tuple[str, ...]
    """One string per text slot of the tree, in document order."""


@dataclass(frozen=True)
class Proportions:
    """The canvas of a format: CSS widths to draw from, and height / width bounds (minimum canvas, then accepted)."""

    widths: tuple[int, int]
    canvas: tuple[float, float]
    accepted: tuple[float, float]


PROPORTIONS: dict[str, Proportions] = {
    "poster": Proportions((380, 500), (1.25, 1.55), (1.15, 1.9)),
    "social": Proportions((400, 540), (0.80, 1.15), (0.75, 1.35)),
    "banner": Proportions((560, 760), (0.24, 0.42), (0.22, 0.62)),
    "page": Proportions((540, 840), (0.55, 1.00), (0.50, 1.75)),
}
"""Ranges overlap on purpose: proportions alone do not give the format away."""

LONGEST = 1100
"""CSS px of the longer side of a canvas: beyond it lines of body text are under four pixels high in the frame."""
