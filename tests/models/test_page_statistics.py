from math import log

import pytest
import torch
from torch import Tensor

from unrender.design.swatches import COLOUR_ID, SWATCHES, contrast_ratio
from unrender.models.abstractor import LIGHTNESS, swatch_table
from unrender.models.nn.page_statistics import extent, histogram, mean_over, text_contrast, weights_histogram


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


def test_gradients_pass_through_every_statistic() -> None:
    g = torch.Generator().manual_seed(0)
    text, light = (torch.rand(1, 1, 32, 32, generator=g).requires_grad_() for _ in range(2))
    statistics = {
        "contrast": text_contrast(text, torch.ones_like(text), light)[:, 1],
        "mean": mean_over(light, text),
        "weights": weights_histogram(light, text, 8).square() @ torch.arange(8.0),
        "extent": extent(torch.cat([1 - light, light], 1), text),
    }
    for name, found in statistics.items():
        (grad,) = torch.autograd.grad(found.sum(), text, retain_graph=True)
        assert grad.isfinite().all(), name
        assert grad.abs().sum() > 0, name


def test_the_histogram_of_what_is_under_a_mask() -> None:
    """Of a page of threes and one row of 27s, the mask covers two of each; of nothing, nothing."""
    colour = torch.full((2, 4, 4), 3, dtype=torch.uint8)
    colour[:, 0] = 27
    under = torch.zeros(2, 1, 4, 4)
    under[0, 0, :2, :2] = 1
    found = histogram(colour, len(SWATCHES), under)
    assert found[0, [3, 27]].tolist() == pytest.approx([0.5**0.5] * 2)
    assert not found[1].any()
    assert torch.allclose(histogram(soft(colour), len(SWATCHES), under), found, atol=1e-6)


def test_weights_of_text_by_hand() -> None:
    """Of three steps: half of the text has none, a quarter a half, and a quarter lies between that and all."""
    weight, text = torch.ones(1, 1, 2, 4), torch.zeros(1, 1, 2, 4)
    text[..., 0, :] = 1
    weight[..., 0, :] = torch.tensor([0.0, 0.0, 0.5, 0.75])
    assert weights_histogram(weight, text, 3).square().tolist()[0] == pytest.approx([0.5, 0.25 + 0.125, 0.125])
    assert weights_histogram(weight, torch.zeros_like(text), 3).max() < 1e-5


def test_the_extent_of_a_page_by_hand() -> None:
    colour, text = torch.zeros(1, 4, 8, dtype=torch.uint8), torch.zeros(1, 1, 4, 8)
    colour[:, 1:3, 2:8] = 3
    text[..., 2, 4:8] = 1
    for page in (colour, soft(colour)):
        assert extent(page, text).tolist() == [[0.5, 0.75, 4 / 32]]
