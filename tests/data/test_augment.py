import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from tests.training.little_pages import SIDE, page
from unrender.config import UserError
from unrender.data.augment import JITTER_LIMIT, Augment, augmented, jittered
from unrender.data.batches import stack
from unrender.design.swatches import RGB, SWATCHES

PALETTE = torch.tensor([RGB[name] for name in SWATCHES[1:]])  # (k-1, 3)
seeds = st.integers(0, 2**31)


def pages(seed: int = 0, count: int = 2) -> dict[str, Tensor]:
    rows = [page(seed + i) for i in range(count)]
    return stack(
        [
            {
                "image": row["image"].transpose(2, 0, 1),
                "masks": np.stack([row["text_mask"], row["image_mask"]]) > 127,
                "colour": row["colour"],
                "hierarchy": row["hierarchy"][None],
            }
            for row in rows
        ]
    )


def generator(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def labelled(seed: int) -> dict[str, Tensor]:
    """Pages whose image is nothing but their labels: red is the colour id, green the masks, blue the hierarchy."""
    batch = pages(seed)
    green = batch["masks"][:, 0] * 100 + batch["masks"][:, 1] * 100
    batch["image"] = torch.stack([batch["colour"] * 9, green.to(torch.uint8), batch["hierarchy"][:, 0]], 1)
    return batch


def edges(maps: Tensor) -> Tensor:
    """Pixels with a different neighbour, grown by one: there, interpolation may mix."""
    values = maps.float()
    low, high = (torch.nn.functional.max_pool2d(sign * values, 5, 1, 2) * sign for sign in (-1, 1))
    return (low != high).any(1)


@given(seeds, seeds)
@settings(deadline=None, max_examples=25)
def test_a_crop_moves_all_labels_with_the_image(seed: int, draw: int) -> None:
    moved = augmented(labelled(seed % 1000), generator(draw), Augment(crop=0.5))
    flat = ~edges(torch.cat([moved["colour"][:, None], moved["masks"], moved["hierarchy"]], 1))
    image = moved["image"]
    assert torch.equal(image[:, 0][flat], (moved["colour"] * 9)[flat])
    assert torch.equal(image[:, 2][flat], moved["hierarchy"][:, 0][flat])
    masks = (moved["masks"][:, 0] * 100 + moved["masks"][:, 1] * 100).to(torch.uint8)
    assert torch.equal(image[:, 1][flat], masks[flat])
    assert flat.float().mean() > 0.2


@given(seeds, seeds)
@settings(deadline=None, max_examples=25)
def test_a_window_is_a_part_of_the_page_as_it_is(seed: int, draw: int) -> None:
    batch = labelled(seed % 1000)
    cut = augmented(batch, generator(draw), Augment(window=32))
    places = {(top, left) for top in range(SIDE - 31) for left in range(SIDE - 31)}
    for i in range(2):
        same = {
            (top, left)
            for top, left in places
            if all(torch.equal(cut[n][i], batch[n][i][..., top : top + 32, left : left + 32]) for n in batch)
        }
        assert same


def test_a_window_larger_than_the_page_is_refused() -> None:
    with pytest.raises(UserError, match="window 512"):
        augmented(pages(), generator(0), Augment(window=512))


@given(seeds)
@settings(deadline=None, max_examples=25)
def test_a_crop_invents_no_class(draw: int) -> None:
    batch = pages()
    moved = augmented(batch, generator(draw), Augment(crop=0.5))
    for i in range(2):
        assert set(moved["colour"][i].unique().tolist()) <= set(batch["colour"][i].unique().tolist())
        assert set(moved["hierarchy"][i].unique().tolist()) <= set(batch["hierarchy"][i].unique().tolist())


def test_the_jitter_limit_is_below_half_the_way_to_another_swatch() -> None:
    """Each channel moves by at most the limit and half a step of rounding: projected on the way to another swatch."""
    way = (PALETTE[:, None] - PALETTE[None]).double()[~torch.eye(len(PALETTE), dtype=torch.bool)]  # (pairs, 3)
    farthest = way.abs().sum(1) * (JITTER_LIMIT * 255 + 0.5)
    assert (farthest < way.square().sum(1) / 2).all()


@given(seeds)
@settings(deadline=None, max_examples=50)
def test_jitter_keeps_every_swatch_nearest_to_itself(draw: int) -> None:
    image = PALETTE.to(torch.uint8).T[None, :, None, :]  # (1, 3, 1, k-1): a pixel a swatch
    seen = jittered(image, JITTER_LIMIT, generator(draw))[0, :, 0].T.float()  # (k-1, 3)
    assert torch.equal(torch.cdist(seen, PALETTE.float()).argmin(1), torch.arange(len(PALETTE)))


@given(seeds)
@settings(deadline=None, max_examples=25)
def test_softening_and_jitter_leave_labels_alone_and_images_close(draw: int) -> None:
    batch = pages()
    moved = augmented(batch, generator(draw), Augment(soften=1.0, colour_jitter=0.01))
    assert all(torch.equal(moved[name], batch[name]) for name in ("masks", "colour", "hierarchy"))
    assert moved["image"].dtype == torch.uint8
    assert (moved["image"].float() - batch["image"].float()).abs().mean() < 25


def test_all_zeros_is_the_page_itself() -> None:
    batch = pages()
    assert augmented(batch, generator(0), Augment()) is batch


def test_the_generator_decides_everything() -> None:
    config = Augment(colour_jitter=0.01, crop=0.3, soften=0.5)
    one, two, three = (augmented(pages(), generator(seed), config) for seed in (4, 4, 5))
    assert all(torch.equal(one[name], two[name]) for name in one)
    assert not torch.equal(one["image"], three["image"])


def test_examples_of_a_batch_get_different_views() -> None:
    batch = {name: torch.cat([values[:1], values[:1]]) for name, values in pages().items()}
    moved = augmented(batch, generator(0), Augment(crop=0.5))
    assert not torch.equal(moved["image"][0], moved["image"][1])
    assert moved["image"].shape == (2, 3, SIDE, SIDE)


@pytest.mark.parametrize("field", ["colour_jitter", "crop", "soften"])
def test_nonsense_is_refused(field: str) -> None:
    with pytest.raises(ValueError):
        Augment(**{field: 1.5})
