"""What a renderer must do."""

from typing import Protocol, runtime_checkable

import numpy as np

Box = tuple[float, float, float, float]
"""(left, top, width, height) in CSS px."""


@runtime_checkable  # so that types can be checked under test
class Page(Protocol):
    """One parsed document, laid out in its viewport."""

    def boxes(self) -> dict[str, Box]:
        """The box of every element that has an id."""

    def paint(self, render_pass: str | None = None) -> np.ndarray:
        """Opaque RGBA pixels, uint8 (h, w, 4), of the page itself or of one of its structure passes."""


@runtime_checkable
class Engine(Protocol):
    name: str

    def open(self, html: str, width: int, height: int, scale: float = 1.0) -> Page:
        """Lay out `html` in a viewport of CSS px; painting multiplies lengths by `scale`."""

    def close(self) -> None:
        """Free what the engine holds."""
