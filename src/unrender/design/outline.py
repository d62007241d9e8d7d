"""Outlines: which blocks a page is made of, given its goal. Small enough that its exact probability is known.

One block serves the goal, the others may stand on any page, and the goal's block is not always first. So a goal can
be read from the blocks, but not looked up; `posterior` is the best any reader of the blocks can do.
"""

import numpy as np
from numpy.random import Generator

from .brief import GOALS

PRIMARY = {
    "sell": "product",
    "event": "event",
    "inform": "article",
    "signup": "form",
    "showcase": "gallery",
    "compare": "plans",
}
PLAIN = "plain"
PLAIN_RATE = 0.03
"""Share of designs whose only block is a heading, a text and a button: nobody can tell their goal."""

_ROAMING = dict.fromkeys(PRIMARY.values(), 0.01)
EXTRAS = {
    "page": {"features": 0.34, "stats": 0.2, "testimonial": 0.2, "video": 0.08, "call": 0.12, **_ROAMING},
    "poster": {"stats": 0.3, "testimonial": 0.34, "contact": 0.3, **_ROAMING},
    "social": {"stats": 0.32, "testimonial": 0.3, "contact": 0.32, **_ROAMING},
    "banner": {"stats": 0.44, "contact": 0.5, **_ROAMING},
}
EXTRA_COUNTS = {"page": (0.1, 0.4, 0.35, 0.15), "poster": (0.65, 0.35), "social": (0.8, 0.2), "banner": (0.8, 0.2)}
"""Probability of 0, 1, 2, ... extra blocks."""

FIRST_RATE = 0.7
"""How often the goal's block comes first; otherwise it stands anywhere."""


def sample(rng: Generator, goal: str, form: str) -> tuple[str, ...]:
    """An outline for a goal and a format."""
    primary = PLAIN if rng.random() < PLAIN_RATE else PRIMARY[goal]
    count = int(rng.choice(len(EXTRA_COUNTS[form]), p=EXTRA_COUNTS[form]))
    names, weights = zip(*EXTRAS[form].items(), strict=True)
    extras = [names[i] for i in rng.choice(len(names), size=count, p=np.divide(weights, sum(weights)))]
    at = 0 if rng.random() < FIRST_RATE else int(rng.integers(count + 1))
    return (*extras[:at], primary, *extras[at:])


def likelihood(outline: tuple[str, ...], goal: str, form: str) -> float:
    """P(outline | goal, format), summed over which block is the goal's."""
    count = len(outline) - 1
    if count >= len(EXTRA_COUNTS[form]):
        return 0.0
    weights = EXTRAS[form]
    total = sum(weights.values())
    chance = 0.0
    for index, block in enumerate(outline):
        place = (1 - FIRST_RATE) / (count + 1) + (FIRST_RATE if index == 0 else 0.0)
        own = PLAIN_RATE if block == PLAIN else (1 - PLAIN_RATE) * (block == PRIMARY[goal])
        others = np.prod([weights.get(other, 0.0) / total for other in outline[:index] + outline[index + 1 :]])
        chance += place * own * float(others)
    return EXTRA_COUNTS[form][count] * chance


def posterior(outline: tuple[str, ...], form: str) -> np.ndarray:
    """P(goal | outline, format) over GOALS, goals being equally frequent."""
    chances = np.array([likelihood(outline, goal, form) for goal in GOALS])
    return chances / chances.sum()
