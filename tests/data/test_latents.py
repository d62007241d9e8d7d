from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tests.data.labelled_pages import write_labelled
from tests.training.little_pages import page
from unrender.config import UserError
from unrender.data.batches import stack
from unrender.data.latents import DrawnDataset, latent


def test_a_page_by_hand() -> None:
    """Two cells by two. The first is half red, half black; the last has text in rows 2..3, on its left side."""
    image, masks = torch.zeros(1, 3, 16, 16), torch.zeros(1, 2, 16, 16)
    image[0, 0, :4, :8] = 1
    image[0, :, :8, 8:] = torch.tensor([0.2, 0.4, 0.6]).view(3, 1, 1)
    masks[0, 0, 10:12, 8:12] = 1
    masks[0, 1, 8:, :2] = 1
    found = latent(image, masks)
    assert found.shape == (1, 8, 2, 2)
    assert found[0, :, 0, 0].tolist() == [0.5, 0, 0, 0, 0, 0, 0, 0]
    assert found[0, :, 0, 1].tolist() == pytest.approx([0.2, 0.4, 0.6, 0, 0, 0, 0, 0])
    assert found[0, :, 1, 0].tolist() == [0, 0, 0, 0.25, 0, 0, 0, 0]
    assert found[0, :, 1, 1].tolist() == [0, 0, 0, 0, 0, 0.5, 0, 0]


@pytest.mark.parametrize("row", range(8))
def test_a_row_of_text_is_half_of_its_band(row: int) -> None:
    masks = torch.zeros(1, 2, 8, 24)
    masks[0, 0, row, 8:16] = 1
    found = latent(torch.zeros(1, 3, 8, 24), masks)[0, 4:, 0]  # (band, cell)
    assert found.nonzero().tolist() == [[row // 2, 1]]
    assert found[row // 2, 1] == 0.5


@given(st.integers(0, 1000))
def test_means_are_those_of_the_page(seed: int) -> None:
    g = torch.Generator().manual_seed(seed)
    image, masks = torch.rand(2, 3, 16, 24, generator=g), (torch.rand(2, 2, 16, 24, generator=g) > 0.5).float()
    found = latent(image, masks)
    assert 0 <= found.min() <= found.max() <= 1
    assert torch.allclose(found[:, :3].mean((2, 3)), image.mean((2, 3)), atol=1e-5)
    assert torch.allclose(found[:, 3].mean((1, 2)), masks[:, 1].mean((1, 2)), atol=1e-5)
    assert torch.allclose(found[:, 4:].mean((1, 2, 3)), masks[:, 0].mean((1, 2)), atol=1e-5)


def test_an_item_is_the_latent_of_the_page_that_was_written(tmp_path: Path) -> None:
    pages = DrawnDataset(write_labelled(tmp_path), "train", "structure")
    written, item = page(5), pages[5]
    image = torch.from_numpy(written["image"]).permute(2, 0, 1)[None] / 255
    masks = torch.from_numpy(np.stack([written["text_mask"], written["image_mask"]]) > 127)[None].float()
    assert np.allclose(item["x0"], latent(image, masks)[0].numpy(), atol=1e-6)
    assert (item["goal"], item["format"], item["tone"]) == (5, 1, np.float32(5 / 16))
    assert item["frame"].tolist() == [1 / 16, 0, 15 / 16, 1]  # 4 px of 64 on either side
    assert pages.ratio.tolist() == pytest.approx([8 / 7] * 8)
    assert (len(pages), pages.difficulty) == (8, [10 * i for i in range(8)])


def test_an_item_may_be_the_page_itself(tmp_path: Path) -> None:
    pages = DrawnDataset(write_labelled(tmp_path), "train", "pixel")
    x0 = pages[3]["x0"]
    assert x0.dtype == np.float32
    assert np.array_equal(np.round(x0 * 127.5 + 127.5).astype(np.uint8).transpose(1, 2, 0), page(3)["image"])
    mean, std = pages.moments()
    assert (mean.shape, std.shape) == ((3, 1, 1), (3, 1, 1))
    assert not mean.any()
    assert (std == 1).all()


def test_items_make_a_batch(tmp_path: Path) -> None:
    pages = DrawnDataset(write_labelled(tmp_path), "train", "structure")
    batch = stack([pages[2], pages[0]])
    assert {name: (tuple(values.shape), values.dtype) for name, values in batch.items()} == {
        "x0": ((2, 8, 8, 8), torch.float32),
        "goal": ((2,), torch.int64),
        "format": ((2,), torch.int64),
        "tone": ((2,), torch.float32),
        "frame": ((2, 4), torch.float32),
    }


def test_moments_standardise(tmp_path: Path) -> None:
    pages = DrawnDataset(write_labelled(tmp_path), "train", "structure")
    mean, std = pages.moments()
    z = (torch.stack([torch.from_numpy(pages[i]["x0"]) for i in range(len(pages))]) - mean) / std
    assert mean.shape == std.shape == (8, 1, 1)
    assert torch.allclose(z.mean((0, 2, 3)), torch.zeros(8), atol=1e-5)
    assert torch.allclose(z.std((0, 2, 3), correction=0), torch.ones(8), atol=1e-4)


def test_a_channel_that_never_changes_is_not_divided_by_nothing(tmp_path: Path) -> None:
    from unrender.data.pictures import encode

    blank = encode(np.zeros((64, 64), np.uint8))
    pages = DrawnDataset(write_labelled(tmp_path, change=lambda i, row: {"image_mask": blank}), "train", "structure")
    mean, std = pages.moments()
    assert mean[3] == 0
    assert 0 < std[3] < 0.01


def test_rows_that_lack_a_label_are_left_out(tmp_path: Path) -> None:
    missing = {1: "goal", 2: "tone", 4: "text_mask", 5: "grammar_contrast"}
    folder = write_labelled(tmp_path, change=lambda i, row: {missing[i]: None} if i in missing else {})
    pages = DrawnDataset(folder, "train", "structure")
    assert pages.table["id"].to_pylist() == [f"train-{i:06d}" for i in (0, 3, 6, 7)]
    assert pages[1]["goal"] == 3


def test_a_word_that_is_no_goal_is_named_with_its_row(tmp_path: Path) -> None:
    folder = write_labelled(tmp_path, change=lambda i, row: {"goal": "sel"} if i == 3 else {})
    with pytest.raises(UserError, match="train-000003: goal is 'sel', but must be one of sell, event"):
        DrawnDataset(folder, "train", "structure")
