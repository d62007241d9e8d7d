"""How alike two rendered pages are: their pixels, and the places of their elements."""

import numpy as np
from jaxtyping import UInt8

from unrender.evaluation.metrics.layouts import box_ious

Counts = tuple[float, float]
"""Numerator and denominator."""
Element = tuple[str, tuple[float, float, float, float]]
"""What it is, and its box (left, top, width, height) as shares of the page's width and height."""

SIGMA, REACH = 1.5, 5
"""Standard deviation and radius of the windows of SSIM, in px."""
C1, C2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
"""What keeps its quotients finite (K1 = 0.01, K2 = 0.03)."""


def ssim(said: UInt8[np.ndarray, "h w 3"], true: UInt8[np.ndarray, "h w 3"]) -> float:
    """Mean structural similarity of two RGB frames over pixels and channels (Wang et al. 2004, eq. 13: Gaussian windows
    of 1.5 px, L = 255), -1..1; 1 for equal frames.

    Most of a page is ground, so it is high for any two pages of one palette: read it beside a constant prediction's.
    What scikit-image's `structural_similarity` says, in half the time: x x and y y are only needed as a sum.
    """
    from scipy.ndimage import gaussian_filter

    if np.array_equal(said, true):
        return 1.0
    x, y = (np.moveaxis(frame, 2, 0).astype(np.float32) for frame in (said, true))
    seen = gaussian_filter(np.stack([x, y, x * x + y * y, x * y]), SIGMA, truncate=REACH / SIGMA, axes=(2, 3))
    mean_x, mean_y, squares, product = seen[..., REACH:-REACH, REACH:-REACH]  # windows that lie inside
    both, apart = mean_x * mean_y, mean_x**2 + mean_y**2
    alike = (2 * both + C1) * (2 * (product - both) + C2) / ((apart + C1) * (squares - apart + C2))
    return float(alike.mean())


def element_iou(said: list[Element], true: list[Element]) -> Counts:
    """(sum of IoU over pairs of elements of one kind, elements of the page that has more), 0..1.

    Pairs are the best assignment (Hungarian) within each kind; what has no partner counts 0. (0, 0) where neither page
    has an element.
    """
    from scipy.optimize import linear_sum_assignment

    found = 0.0
    for kind in sorted({kind for kind, _ in said} & {kind for kind, _ in true}):  # sums depend on the order
        ious = box_ious(*(np.array([box for name, box in page if name == kind], float) for page in (said, true)))
        found += float(ious[linear_sum_assignment(ious, maximize=True)].sum())
    return found, float(max(len(said), len(true)))
