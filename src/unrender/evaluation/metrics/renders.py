"""How alike two rendered pages are: their pixels, and the places of their elements."""

import numpy as np
from jaxtyping import UInt8

from unrender.evaluation.metrics.layouts import box_ious

Counts = tuple[float, float]
"""Numerator and denominator."""
Element = tuple[str, tuple[float, float, float, float]]
"""What it is, and its box (left, top, width, height) as shares of the page's width and height."""


def ssim(said: UInt8[np.ndarray, "h w 3"], true: UInt8[np.ndarray, "h w 3"]) -> float:
    """Mean structural similarity of two RGB frames over pixels and channels (Wang et al. 2004: Gaussian windows of
    1.5 px, L = 255), -1..1; 1 for equal frames.

    Most of a page is ground, so it is high for any two pages of one palette: read it beside a constant prediction's.
    """
    from skimage.metrics import structural_similarity

    if np.array_equal(said, true):
        return 1.0
    options = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False}
    frames = said.astype(np.float32), true.astype(np.float32)  # a quarter faster than float64, and as exact to 1e-6
    return float(structural_similarity(*frames, channel_axis=2, data_range=255, **options))


def element_iou(said: list[Element], true: list[Element]) -> Counts:
    """(sum of IoU over pairs of elements of one kind, elements of the page that has more), 0..1.

    Pairs are the best assignment (Hungarian) within each kind; what has no partner counts 0. (0, 0) where neither page
    has an element.
    """
    from scipy.optimize import linear_sum_assignment

    found = 0.0
    for kind in {kind for kind, _ in said} & {kind for kind, _ in true}:
        ious = box_ious(*(np.array([box for name, box in page if name == kind], float) for page in (said, true)))
        found += float(ious[linear_sum_assignment(ious, maximize=True)].sum())
    return found, float(max(len(said), len(true)))
