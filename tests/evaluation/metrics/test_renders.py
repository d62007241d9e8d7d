"""SSIM and IoU of elements, by hand and against scikit-image."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from skimage.metrics import structural_similarity

from unrender.evaluation.metrics.renders import element_iou, ssim


def noise(seed: int, smooth: int = 8) -> np.ndarray:
    coarse = np.random.default_rng(seed).integers(0, 256, (64 // smooth, 64 // smooth, 3), np.uint8)
    return coarse.repeat(smooth, 0).repeat(smooth, 1)


@pytest.mark.parametrize("smooth", [1, 4, 16])
def test_ssim_is_that_of_scikit_image(smooth):
    a, b = noise(0, smooth), noise(1, smooth)
    b[20:50] = a[20:50]
    wang = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False}
    assert ssim(a, b) == pytest.approx(structural_similarity(a, b, channel_axis=2, data_range=255, **wang), abs=1e-5)


def test_ssim_of_flat_frames_by_hand():
    """Without variance: (2 x 100 x 200 + C1) / (100^2 + 200^2 + C1)."""
    a, b = np.full((32, 32, 3), 100, np.uint8), np.full((32, 32, 3), 200, np.uint8)
    assert ssim(a, b) == pytest.approx((40000 + 6.5025) / (50000 + 6.5025), abs=1e-5)
    assert ssim(a, a) == 1


def test_one_changed_patch_lowers_ssim():
    a = noise(0)
    b = a.copy()
    b[24:32, 24:32] = 255 - b[24:32, 24:32]
    assert 0.5 < ssim(b, a) < 0.99
    assert ssim(b, a) == pytest.approx(ssim(a, b))


PAGE = [("text", (0.0, 0.0, 0.5, 0.1)), ("text", (0.0, 0.2, 0.5, 0.1)), ("icon", (0.6, 0.0, 0.1, 0.1))]


def test_elements_by_hand():
    assert element_iou(PAGE, PAGE) == pytest.approx((3, 3))
    half = [("text", (0.25, 0.0, 0.5, 0.1)), *PAGE[1:]]  # .25 of .75 is shared
    assert element_iou(half, PAGE) == pytest.approx((2 + 1 / 3, 3))


def test_one_right_element_of_three_scores_a_third():
    assert element_iou(PAGE[:1], PAGE) == pytest.approx((1, 3))
    assert element_iou(PAGE, PAGE[:1]) == pytest.approx((1, 3))


def test_another_kind_in_the_same_place_is_wrong():
    assert element_iou([("button", box) for _, box in PAGE], PAGE) == (0, 3)
    assert element_iou([], []) == (0, 0)
    assert element_iou([], PAGE) == (0, 3)


PLACES, SIZES = st.floats(0, 1), st.floats(0.01, 1)
ELEMENTS = st.lists(st.tuples(st.sampled_from(["text", "icon"]), st.tuples(PLACES, PLACES, SIZES, SIZES)), max_size=5)


@given(ELEMENTS, ELEMENTS)
def test_element_iou_is_bounded_and_symmetric(a, b):
    over, under = element_iou(a, b)
    assert 0 <= over <= under + 1e-9
    assert element_iou(b, a) == pytest.approx((over, under))
    assert element_iou(a, a) == pytest.approx((len(a), len(a)))
