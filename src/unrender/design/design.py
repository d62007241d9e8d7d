"""A design: brief + theme + ordered element tree (+ faults). Everything else is derived from it."""

import hashlib
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from . import dsl, faults, outline
from .brief import KINDS, PROPORTIONS, Brief
from .compose import compose
from .dom import Dom
from .elements import slots_of
from .faults import Faults
from .html import document
from .theme import CORNERS, PALETTES, SPACES, UNSEEN_FONTS, UNSEEN_PALETTES, Theme, seen_fonts, seen_palettes
from .tree import Node, row_structures

TONE_NOISE = 0.6
"""Standard deviation, in levels of the type scale, by which the scale strays from what the tone asks for."""
PALETTE_REACH = 0.1
"""How far, in tone, a palette's energy may lie from the tone before it becomes unlikely."""


@dataclass(frozen=True)
class Design:
    brief: Brief
    theme: Theme
    tree: Node
    faults: Faults
    canvas: tuple[int, int]
    """Width and least height in CSS px."""
    outline: tuple[str, ...]
    markup: int
    """Seed of invisible wrappers and of the pictures' scenes."""

    @property
    def code(self) -> str:
        return dsl.encode(self.theme, self.tree)

    @property
    def digest(self) -> str:
        """Hash of the design's code: designs that differ only in copy or faults share it, so no split may."""
        return hashlib.sha256(self.code.encode()).hexdigest()[:16]

    def document(self) -> tuple[str, Dom]:
        return document(self.theme, self.tree, self.brief.texts, self.faults, self.canvas, self.markup)


def draw(rng: Generator, fault_rate: float, unseen_theme: bool = False, kind: tuple[str, str] | None = None) -> Design:
    """A random design. `unseen_theme`: from the palettes and typefaces that training never shows.

    `kind` fixes goal and format; without it both are drawn evenly.
    """
    goal, form = kind or KINDS[int(rng.integers(len(KINDS)))]
    tone = round(float(rng.random()), 3)
    blocks = outline.sample(rng, goal, form)
    tree = compose(rng, form, blocks, tone)
    texts = tuple(write(rng) for write in slots_of(tree))
    low, high = PROPORTIONS[form].widths
    width = int(rng.integers(low, high + 1))
    height = round(width * rng.uniform(*PROPORTIONS[form].canvas))
    return Design(
        Brief(goal, form, tone, texts),
        _theme(rng, tone, unseen_theme),
        tree,
        faults.sample(rng, fault_rate),
        (width, height),
        blocks,
        markup=int(rng.integers(1, 2**31)),
    )


def scale_chances(tone: float | np.ndarray) -> np.ndarray:
    """P(type scale level | tone), (..., 8)."""
    levels = np.arange(8)
    centre = np.asarray(tone)[..., None] * 7
    weight = np.exp(-(((levels - centre) / TONE_NOISE) ** 2) / 2)
    return weight / weight.sum(-1, keepdims=True)


def palette_chances(tone: float | np.ndarray, names: list[str]) -> np.ndarray:
    """P(palette | tone) over `names`, (..., n)."""
    energy = np.array([PALETTES[name].energy for name in names])
    weight = np.exp(-(((energy - np.asarray(tone)[..., None]) / PALETTE_REACH) ** 2) / 2)
    return weight / weight.sum(-1, keepdims=True)


def _theme(rng: Generator, tone: float, unseen: bool) -> Theme:
    palettes = list(UNSEEN_PALETTES) if unseen else seen_palettes()
    fonts = list(UNSEEN_FONTS) if unseen else seen_fonts()
    return Theme(
        palette=palettes[int(rng.choice(len(palettes), p=palette_chances(tone, palettes)))],
        font=fonts[int(rng.integers(len(fonts)))],
        scale=str(int(rng.choice(8, p=scale_chances(tone)))),
        space=tuple(SPACES)[int(rng.integers(len(SPACES)))],
        corner=tuple(CORNERS)[int(rng.integers(len(CORNERS)))],
    )


COMPOSITION_SHARE = 0.12
"""Share of row structures that only `test_composition` shows."""


def is_held_out(row: str) -> bool:
    """Whether a row structure is kept from training; its hash decides, so new element types join in.

    Never a row of one element: the element itself might be nowhere else, and composition is what the split is about.
    """
    several = " " in row or "|" in row
    return several and _fraction("row:" + row) < COMPOSITION_SHARE


def home_split(design: Design) -> str:
    """The split a design belongs to, by its own hash alone."""
    if any(is_held_out(row) for row in row_structures(design.tree)):
        return "test_composition"
    position = _fraction("design:" + design.digest)
    return "train" if position < 0.8 else "val" if position < 0.9 else "test"


def _fraction(text: str) -> float:
    return int(hashlib.sha256(text.encode()).hexdigest()[:8], 16) / 2**32
