"""What the best reader of a page could know: one row's share of every label's ceiling."""

import numpy as np

from . import grammar, outline
from .design import Design, palette_chances, scale_chances
from .grammar import Mark
from .theme import UNSEEN_PALETTES, seen_palettes

_TONES = np.linspace(0, 1, 201)
VISIBLE = 1.12
"""A text whose contrast ratio is below this cannot be told from what is behind it."""


def goal_accuracy(design: Design) -> float:
    """Expected accuracy of the best guess of the goal from the blocks: max posterior."""
    return float(outline.posterior(design.outline, design.brief.format).max())


def tone_error(design: Design) -> float:
    """Expected absolute error of the best guess of the tone from type scale and palette: about the posterior median."""
    name = design.theme.palette
    palettes = list(UNSEEN_PALETTES) if name in UNSEEN_PALETTES else seen_palettes()
    chance = (
        scale_chances(_TONES)[:, int(design.theme.scale)] * palette_chances(_TONES, palettes)[:, palettes.index(name)]
    )
    chance /= chance.sum()
    median = _TONES[np.searchsorted(chance.cumsum(), 0.5)]
    return float((np.abs(_TONES - median) * chance).sum())


def text_seen(marks: list[Mark]) -> float:
    """Share of the text area that can be seen at all."""
    area = sum(mark.area for mark in marks if mark.text)
    return sum(mark.area for mark in marks if mark.text and mark.ratio >= VISIBLE) / area if area else 1.0


def grammar_errors(marks: list[Mark], width: float | int, height: float | int, pixel: float) -> dict[str, float]:
    """Change of each score when every box is known only to the frame pixel (`pixel` CSS px wide)."""
    exact = grammar.scores(marks, width, height)
    snapped = [_snap(mark, pixel) for mark in marks]
    return {name: abs(value - exact[name]) for name, value in grammar.scores(snapped, width, height).items()}


def _snap(mark: Mark, pixel: float) -> Mark:
    left, top, width, height = mark.box
    edges = (round(edge / pixel) * pixel for edge in (left, top, left + width, top + height))
    x0, y0, x1, y1 = edges
    rem = max(round(mark.rem * 16 / pixel), 1) * pixel / 16 if mark.text else mark.rem
    return Mark((x0, y0, x1 - x0, y1 - y0), mark.text, mark.weight, rem, mark.ratio, mark.ranked)
