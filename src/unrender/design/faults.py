"""Deliberate faults. They spoil a page in one respect and give the grammar scores their spread."""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from .swatches import RGB, contrast_ratio

NAMES = ("alignment", "contrast", "crowding", "hierarchy")
LEAST = (0.4, 0.15, 0.15, 0.4)
"""Least strength of each: less moves an edge by less than a pixel of the frame, or leaves type sizes in their order."""


@dataclass(frozen=True)
class Faults:
    """Strength of each fault, 0 (absent) .. 1, and the seed that says which elements they hit."""

    alignment: float = 0.0
    """Elements leave their shared edges, by up to 3.2 rem."""
    contrast: float = 0.0
    """Texts fade toward what is behind them."""
    crowding: float = 0.0
    """Gaps close and the content is squeezed to one side."""
    hierarchy: float = 0.0
    """Type sizes are flattened (0.5) and then inverted (1)."""
    seed: int = 0


def sample(rng: Generator, rate: float) -> Faults:
    """Each fault is present with probability `rate`, at a strength from its LEAST to 1."""
    present = rng.random(len(NAMES)) < rate
    strengths = np.round(rng.uniform(LEAST, 1.0), 3) * present
    return Faults(*map(float, strengths), seed=int(rng.integers(2**31)))


def shift(rng: Generator, strength: float) -> float:
    """Horizontal offset of one element in rem; about one in five stays where it belongs.

    Draws the same number of values whatever the strength, so a stronger fault moves the same elements further.
    """
    side, size, stays = rng.choice((-1.0, 1.0)), rng.uniform(0.35, 1.0), rng.random() < 0.2
    return 0.0 if stays else 3.2 * strength * side * size


def fade(rng: Generator, strength: float, text: str, behind: str) -> str:
    """The swatch a text fades to: its contrast ratio falls geometrically toward 1.2 with the strength."""
    spared = rng.random() > 0.35 + 0.65 * strength
    if strength == 0 or spared:
        return text
    start = contrast_ratio(text, behind)
    target = start ** (1 - strength) * min(start, 1.2) ** strength
    visible = [name for name in RGB if name != behind and contrast_ratio(name, behind) <= start]
    return min(visible, key=lambda name: abs(np.log(contrast_ratio(name, behind) / target)), default=text)


def resize(size: float, strength: float) -> float:
    """A type size in rem after the hierarchy fault: 0.5 flattens toward 1.1 rem, 1 inverts.

    What was large shrinks less than what was small grows, so that it stays legible (0.72 rem) and no two sizes meet.
    """
    if strength == 0:
        return size
    power = 1 - 2 * strength
    if power < 0 and size > 1.1:
        power *= 0.37
    return float(np.clip(1.1 * (size / 1.1) ** power, 0.7, 3.6))
