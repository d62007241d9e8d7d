"""How alike two layouts look."""

from collections.abc import Mapping

import numpy as np
from jaxtyping import Float

from unrender.render.wireframe import ink_map

CELL = 8
"""Pixels of the 256 frame that are averaged into one cell before the comparison."""
WINDOW = 3
"""Cells along each side of the window of the SSIM."""


def visual_similarity(a: Mapping, b: Mapping, width: int | float, height: int | float) -> float:
    """Mean SSIM (Wang et al. 2004, eq. 13, L = 255) of the bare wireframes of two layouts of a page, 0..1.

    Both are drawn in the 256 frame (`wireframe.ink_map`: ink on paper of 0), averaged over cells of CELL pixels, and
    compared in windows of WINDOW cells. Only cells count that hold ink in either; negative values count as 0. Two
    layouts without any ink score 1.

    Plain SSIM of pictures of pages is high for anything, for most of a page is ground, and a tint is like another tint:
    one box over the whole page had 0.5. Without cells it is all about edges: 1 px apart, nothing is left of an outline.
    On 100 synthetic pages: nothing 0.01, one box 0.16 to 0.18, another page's layout 0.21, every type "column" in the
    true boxes 0.33; true types with every edge off by 6, 3, 1.5 px of 256 (standard deviation) 0.50, 0.72, 0.86; boxes
    rounded to the frame 0.98.
    """
    from skimage.metrics import structural_similarity

    inks = [_cells(ink_map(layout, width, height)) for layout in (a, b)]
    inked = (inks[0] > 0) | (inks[1] > 0)
    if not inked.any():
        return 1.0
    around = [np.pad(ink, WINDOW) for ink in inks]  # nothing lies off the page
    found = structural_similarity(*around, win_size=WINDOW, data_range=255, full=True)[1]
    return float(found[WINDOW:-WINDOW, WINDOW:-WINDOW][inked].clip(0).mean())


def _cells(ink: np.ndarray) -> Float[np.ndarray, "r c"]:
    """Means of cells; those at the far edges are completed with paper."""
    height, width = ink.shape
    whole = np.pad(ink, ((0, -height % CELL), (0, -width % CELL))).astype(np.float64)
    return whole.reshape(whole.shape[0] // CELL, CELL, whole.shape[1] // CELL, CELL).mean((1, 3))
