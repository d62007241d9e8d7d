from math import log

import pytest
import torch
from torch import Tensor

from unrender.design.swatches import COLOUR_ID, SWATCHES, contrast_ratio
from unrender.models.abstractor import LIGHTNESS, swatch_table
from unrender.models.nn.page_statistics import (
    HEIGHTS,
    CornerProfile,
    by_rank,
    corners,
    granulometry,
    histogram,
    mean_over,
    text_contrast,
)


def band(top: int, bottom: int, side: int = 64) -> Tensor:
    """Text across the page from row `top` to before `bottom`."""
    text = torch.zeros(1, 1, side, side)
    text[..., top:bottom, :] = 1
    return text


def share_of_contrast(ink: float, ground: float) -> Tensor:
    """Of a band of text, per block of 2 x 2. Ink and ground by the logarithm of their luminance, 0..1."""
    text = band(16, 20)
    found = text_contrast(text, torch.ones_like(text), torch.where(text > 0, ink, ground))
    assert torch.equal(found[:, :1], text[..., ::2, ::2])
    assert not found[0, 1, :8].any()
    assert not found[0, 1, 10:].any()
    return found[0, 1, 8:10]


def lightness(luminance: float) -> float:
    """0 at luminance 0, 1 at 1; a difference of 1 is a ratio of 21."""
    return log((luminance + 0.05) / 0.05) / log(21)


def test_black_on_white_is_full_contrast_and_no_more() -> None:
    assert (share_of_contrast(0.0, 1.0) == 1).all()
    assert (share_of_contrast(1.0, 0.0) == 1).all()


@pytest.mark.parametrize(("ink", "ground"), [(0.2, 0.6), (0.6, 0.2)])
def test_grey_on_grey_by_hand(ink: float, ground: float) -> None:
    """(0.6 + 0.05) / (0.2 + 0.05) = 2.6"""
    found = share_of_contrast(lightness(ink), lightness(ground))
    assert found.flatten().tolist() == pytest.approx([log(2.6) / log(7)] * found.numel(), rel=1e-4)


def test_no_contrast_is_none() -> None:
    assert share_of_contrast(0.7, 0.7).abs().max() < 1e-6


@pytest.mark.parametrize(("ink", "ground"), [("slate", "white"), ("amber", "night"), ("silver", "mist")])
def test_swatches_differ_by_their_contrast_ratio(ink: str, ground: str) -> None:
    light = swatch_table()[:, LIGHTNESS]
    found = share_of_contrast(light[COLOUR_ID[ink]].item(), light[COLOUR_ID[ground]].item())
    score = min(1.0, log(contrast_ratio(ink, ground)) / log(7))
    assert found.flatten().tolist() == pytest.approx([score] * found.numel(), abs=1e-4)


def test_the_ground_is_looked_for_nearby_and_on_the_page() -> None:
    """Of dark text on white, neither a dark page below nor the artboard beside it matters."""
    text = band(16, 20)
    light = torch.where(text > 0, 0.5, 1.0)
    light[..., 40:, :] = 0
    page = torch.ones_like(text)
    page[..., :16] = 0
    light[..., :16] = 0.1
    found = text_contrast(text * page, page, light)[0, 1, 8:10, 8:]
    assert found.flatten().tolist() == pytest.approx([0.5 * log(21) / log(7)] * found.numel(), rel=1e-3)


def test_a_page_without_text_has_no_contrast() -> None:
    nothing = torch.zeros(1, 1, 16, 16)
    assert not text_contrast(nothing, torch.ones_like(nothing), torch.rand(1, 1, 16, 16)).any()


def test_ranks_divide_the_text() -> None:
    text = torch.tensor([[[[1.0, 1.0, 0.8, 0.0]]]])
    ranked = by_rank(text, torch.tensor([[[[0.4, 0.7, 0.95, 0.95]]]]))
    assert torch.equal(
        ranked[0, :, 0],
        torch.tensor([[0, 0, 0, 0], [1, 0, 0, 0], [0, 0, 0, 0], [0, 1, 0, 0], [0, 0, 0, 0], [0, 0, 0.8, 0]]),
    )
    assert torch.equal(ranked.sum(1, keepdim=True), text)


@pytest.mark.parametrize("top", [0, 20, 52])
def test_a_line_of_12_rows_is_gone_once_eroded_by_12(top: int) -> None:
    """One row at a time: 9 of 12 are left after 3, 6 after 6, 3 after 9. The frame's edges are no text."""
    left = granulometry(band(top, top + 12))[0]
    assert left.tolist() == pytest.approx([max(0, 12 - n) / 12 for n in range(1, HEIGHTS + 1)])
    assert left[[2, 5, 8]].tolist() == pytest.approx([0.75, 0.5, 0.25])
    assert not left[11:].any()


def test_lines_are_measured_each_by_its_own_height() -> None:
    """Two lines of 4 rows and one of 20: (2 * 3 + 19) / 28 after one, (2 * 2 + 18) / 28 after two, and so on down."""
    text = band(2, 6) + band(10, 14) + band(20, 40)
    left = [(2 * max(0, 4 - n) + 20 - n) / 28 for n in range(1, HEIGHTS + 1)]
    assert granulometry(text)[0].tolist() == pytest.approx(left)


def test_kinds_of_text_are_measured_apart() -> None:
    """For each height one after the other."""
    kinds = [band(20, 26), band(20, 32), torch.zeros(1, 1, 64, 64)]
    found = granulometry(torch.cat(kinds, 1))[0].unflatten(0, (HEIGHTS, 3))
    for number, kind in enumerate(kinds):
        assert torch.equal(found[:, number], granulometry(kind)[0]), number


def test_pages_are_measured_apart() -> None:
    found = granulometry(torch.cat([band(20, 26), band(20, 32)]))
    assert torch.equal(found, torch.cat([granulometry(band(20, 26)), granulometry(band(20, 32))]))


def test_a_weighted_mean_by_hand() -> None:
    x = torch.tensor([[[[1.0, 3.0]], [[5.0, 5.0]]]])
    assert mean_over(x, torch.tensor([[[[0.25, 0.75]]]])).tolist() == [[2.5, 5.0]]
    assert mean_over(x, torch.zeros(1, 1, 1, 2)).tolist() == [[0, 0]]


def soft(colour: Tensor) -> Tensor:
    """Ids as probabilities."""
    return torch.nn.functional.one_hot(colour.long(), len(SWATCHES)).permute(0, 3, 1, 2).float()


def test_the_histogram_by_hand() -> None:
    """A quarter, and three: 0.5 and 0.866."""
    colour = torch.full((2, 4, 4), 3, dtype=torch.uint8)
    colour[0, :2, :2] = 27
    found = histogram(colour, len(SWATCHES))
    assert found.shape == (2, len(SWATCHES))
    assert found[0, [3, 27]].tolist() == pytest.approx([0.75**0.5, 0.5])
    assert found[1, 3] == 1
    assert found.square().sum(1).tolist() == pytest.approx([1, 1])


def test_the_histogram_of_ids_is_that_of_certain_probabilities() -> None:
    g = torch.Generator().manual_seed(0)
    colour = torch.randint(0, len(SWATCHES), (3, 16, 16), generator=g).to(torch.uint8)
    colour[2] = 5
    assert torch.allclose(histogram(colour, len(SWATCHES)), histogram(soft(colour), len(SWATCHES)), atol=1e-6)


def test_the_histogram_of_certain_probabilities_has_a_gradient() -> None:
    """The root is steepest where a swatch does not occur."""
    colour = soft(torch.full((1, 4, 4), 3, dtype=torch.uint8)).requires_grad_()
    histogram(colour, len(SWATCHES)).sum().backward()
    assert colour.grad.isfinite().all()


def box(left: int, right: int, top: int = 10, bottom: int = 20, side: int = 32) -> Tensor:
    found = torch.zeros(1, 1, side, side)
    found[..., top:bottom, left:right] = 1
    return found


def counts(maps: Tensor) -> Tensor:
    """Corners at each x, (2, w - 1): upper left ones, upper right ones."""
    return corners(maps)[0] * (maps.shape[2] - 1)


def test_a_box_has_one_upper_left_and_one_upper_right_corner() -> None:
    """Between x = 4 and 5 it begins, between 12 and 13 it ends."""
    left, right = counts(box(5, 13))
    assert {int(x): left[x].item() for x in left.nonzero()} == pytest.approx({4: 1.0})
    assert {int(x): right[x].item() for x in right.nonzero()} == pytest.approx({12: 1.0})


def test_boxes_that_line_up_share_their_corners() -> None:
    left, right = counts(box(5, 13, 2, 6) + box(5, 20, 10, 14))
    assert {int(x): left[x].item() for x in left.nonzero()} == pytest.approx({4: 2.0})
    assert {int(x): right[x].item() for x in right.nonzero()} == pytest.approx({12: 1.0, 19: 1.0})


def test_the_height_of_a_box_and_its_place_in_y_do_not_matter() -> None:
    assert torch.equal(counts(box(5, 13)), counts(box(5, 13, 3, 30)))


def test_maps_have_corners_of_their_own() -> None:
    """Left ones of all maps, then right ones of all."""
    found = corners(torch.cat([box(5, 13), box(7, 9), torch.zeros(1, 1, 32, 32)], 1))[0]
    assert found.argmax(1).tolist() == [4, 6, 0, 12, 8, 0]
    assert found.sum(1).mul(31).tolist() == pytest.approx([1, 1, 0, 1, 1, 0])


def test_the_profile_tells_boxes_that_line_up_from_others() -> None:
    torch.manual_seed(0)
    profile = CornerProfile(8).eval()
    maps = [torch.cat([box(5, 13, 2, 6) + box(left, 20, 10, 14)] * 3, 1) for left in (5, 7)]
    one, two = (profile(each) for each in maps)
    assert one.shape == (1, profile.outputs)
    assert not torch.allclose(one, two, atol=1e-3)


def test_gradients_pass_through_every_statistic() -> None:
    g = torch.Generator().manual_seed(0)
    text, light = (torch.rand(1, 1, 32, 32, generator=g).requires_grad_() for _ in range(2))
    statistics = {
        "contrast": text_contrast(text, torch.ones_like(text), light)[:, 1],
        "ranks": by_rank(text, light).square(),
        "lines": granulometry(text),
        "corners": corners(text).square(),
        "mean": mean_over(light, text),
    }
    for name, found in statistics.items():
        (grad,) = torch.autograd.grad(found.sum(), text, retain_graph=True)
        assert grad.isfinite().all(), name
        assert grad.abs().sum() > 0, name
