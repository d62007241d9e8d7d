"""Text roles: how much each should weigh on the page, and the size that says so."""

from dataclasses import dataclass

from .faults import resize
from .theme import Theme


@dataclass(frozen=True)
class Role:
    """`weight` is the intended importance in 0..1; `step` the power of the heading ratio that sets the size."""

    weight: float
    step: float = 0.0
    factor: float = 1.0
    bold: bool = False
    muted: bool = False
    counts: bool = True
    """Whether the hierarchy score looks at it (controls and navigation do not compete with copy)."""


ROLES: dict[str, Role] = {
    "title": Role(1.0, step=1.0, bold=True),
    "heading": Role(0.8, step=0.62, bold=True),
    "subheading": Role(0.65, step=0.28, bold=True),
    "price": Role(0.9, step=0.66, bold=True),
    "day": Role(0.85, step=0.8, bold=True),
    "number": Role(0.7, step=0.5, bold=True),
    "quote": Role(0.55, factor=1.25),
    "lead": Role(0.5, factor=1.18),
    "body": Role(0.4, factor=0.98),
    "item": Role(0.35, factor=0.96),
    "caption": Role(0.2, factor=0.8, muted=True),
    "badge": Role(0.45, factor=0.78, bold=True, counts=False),
    "button": Role(0.75, factor=0.96, bold=True, counts=False),
    "link": Role(0.3, factor=0.88, counts=False),
    "brand": Role(0.55, factor=1.15, bold=True, counts=False),
    "label": Role(0.25, factor=0.82, counts=False),
    "cell": Role(0.3, factor=0.86, counts=False),
    "head": Role(0.4, factor=0.86, bold=True, counts=False),
}


def size(role: str, theme: Theme, flattening: float = 0.0) -> float:
    """Type size of a role in rem."""
    kind = ROLES[role]
    regular = kind.factor * theme.heading_ratio**kind.step
    return resize(regular, flattening) if kind.counts else regular
