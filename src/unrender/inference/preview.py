"""A compiled page as our own engine shows it."""

import numpy as np
from PIL import Image

from unrender.design.stand_in import Compiled
from unrender.render import engines

WIDTH = 800
"""Pixels, at most."""


def preview(page: Compiled, canvas: tuple[int, int], width: int) -> Image.Image:
    """The page on its canvas (width, least height in CSS px), as wide as a screenshot of `width` pixels, but no smaller
    than it is in CSS px and no wider than WIDTH. It grows with its content."""
    engine, (across, height) = engines.get("blitz"), canvas
    height = int(np.ceil(engine.open(page.html, across, height).boxes()[page.page][3]))
    shown = engine.open(page.html, across, height, min(WIDTH, max(across, width)) / across)
    return Image.fromarray(np.ascontiguousarray(shown.paint()[..., :3]))
