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
from unrender.data.brief_pages import BriefDataset
from unrender.data.packed_maps import packed, unpacked, within
from unrender.data.schema import NUM_COLOURS, SIZE


@given(st.integers(0, 2**32 - 1), st.integers(1, 3), st.integers(1, 9), st.integers(1, 9))
def test_what_was_packed_is_unpacked(seed: int, count: int, height: int, width: int) -> None:
    rng = np.random.default_rng(seed)
    masks = rng.random((count, 2, height, width)) > 0.5
    colour = rng.integers(0, NUM_COLOURS, (count, height, width), np.uint8)
    hierarchy = rng.integers(0, 256, (count, height, width), np.uint8)
    maps = packed(masks, colour, hierarchy)
    assert (maps.shape, maps.dtype) == ((count, 2, height, width), np.uint8)
    for i in range(count):
        found = unpacked(maps[i])
        assert found["masks"].dtype == bool
        assert np.array_equal(found["masks"], masks[i])
        assert np.array_equal(found["colour"], colour[i])
        assert np.array_equal(found["hierarchy"], hierarchy[i][None])


def test_one_pixel_by_hand() -> None:
    """Swatch 27, with text and picture: 27 + 32 + 64."""
    maps = packed(np.ones((1, 2, 1, 1), bool), np.full((1, 1, 1), 27, np.uint8), np.full((1, 1, 1), 200, np.uint8))
    assert maps.flatten().tolist() == [123, 200]


def test_outside_of_the_page_there_is_nothing() -> None:
    true = packed(np.zeros((1, 2, 1, 2), bool), np.array([[[0, 5]]], np.uint8), np.zeros((1, 1, 2), np.uint8))
    assert within(np.full_like(true, 99), true).tolist() == [[[[0, 99]], [[0, 99]]]]


def unread(images: np.ndarray) -> np.ndarray:
    raise AssertionError("no page was to be read")


def blank(images: np.ndarray) -> np.ndarray:
    """Reads swatch 9 and weight 7 everywhere, even outside the page."""
    return np.stack([np.full(images.shape[:3], value, np.uint8) for value in (9, 7)], 1)


def labelled(folder: Path, count: int = 8, **options) -> Path:
    return write_labelled(folder, count, SIZE, **options)


def test_an_item_is_the_page_that_was_written(tmp_path: Path) -> None:
    pages = BriefDataset(labelled(tmp_path), "train", tmp_path / "maps.bin", unread, predicted=0.0, seed=0)
    item, written = pages[5], page(5, SIZE)
    assert np.array_equal(item["masks"], np.stack([written["text_mask"], written["image_mask"]]) > 127)
    assert np.array_equal(item["colour"], written["colour"])
    assert np.array_equal(item["hierarchy"], written["hierarchy"][None])
    assert (item["goal"], item["format"], item["tone"]) == (5, 1, np.float32(5 / 16))
    assert item["grammar"].tolist() == [0.25, 5 / 16, 0.75, 1.0]
    assert (len(pages), pages.difficulty) == (8, [10 * i for i in range(8)])
    assert (tmp_path / "maps.bin").stat().st_size == 8 * 2 * SIZE * SIZE


def test_items_make_a_batch(tmp_path: Path) -> None:
    pages = BriefDataset(labelled(tmp_path, 2), "train", tmp_path / "maps.bin", unread, predicted=0.0, seed=0)
    batch = stack([pages[1], pages[0]])
    assert {name: (tuple(values.shape), values.dtype) for name, values in batch.items()} == {
        "masks": ((2, 2, SIZE, SIZE), torch.bool),
        "colour": ((2, SIZE, SIZE), torch.uint8),
        "hierarchy": ((2, 1, SIZE, SIZE), torch.uint8),
        "measured": ((2, 20), torch.float32),
        "goal": ((2,), torch.int64),
        "format": ((2,), torch.int64),
        "tone": ((2,), torch.float32),
        "grammar": ((2, 4), torch.float32),
    }


def test_pages_are_read_but_never_outside_the_page(tmp_path: Path) -> None:
    pages = BriefDataset(labelled(tmp_path, 3), "train", tmp_path / "maps.bin", blank, predicted=1.0, seed=0)
    for i in range(3):
        inside = page(i, SIZE)["colour"] > 0
        assert not inside.all()
        assert np.array_equal(pages[i]["colour"], inside * 9)
        assert np.array_equal(pages[i]["hierarchy"][0], inside * 7)
        assert not pages[i]["masks"].any()


def test_some_pages_are_read_and_the_seed_says_which(tmp_path: Path) -> None:
    folder = labelled(tmp_path, 18)  # more than are decoded at once
    half = BriefDataset(folder, "train", tmp_path / "a", blank, predicted=0.5, seed=0)
    assert 3 < half.read.sum() < 15
    for i in range(18):
        true = page(i, SIZE)["colour"]
        assert np.array_equal(half[i]["colour"], (true > 0) * 9 if half.read[i] else true), i
    BriefDataset(folder, "train", tmp_path / "b", blank, predicted=0.5, seed=0)
    BriefDataset(folder, "train", tmp_path / "c", blank, predicted=0.5, seed=1)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes() != (tmp_path / "c").read_bytes()


def test_a_store_that_is_there_is_used(tmp_path: Path) -> None:
    folder, store = labelled(tmp_path, 2), tmp_path / "maps.bin"
    first = BriefDataset(folder, "train", store, blank, predicted=1.0, seed=0)
    again = BriefDataset(folder, "train", store, unread, predicted=1.0, seed=0)
    assert np.array_equal(again[1]["colour"], first[1]["colour"])


def test_a_reader_that_fails_leaves_no_store(tmp_path: Path) -> None:
    folder = labelled(tmp_path, 2)
    with pytest.raises(AssertionError, match="no page was to be read"):
        BriefDataset(folder, "train", tmp_path / "maps" / "train.bin", unread, predicted=1.0, seed=0)
    assert list((tmp_path / "maps").iterdir()) == []


@pytest.mark.parametrize(("name", "word"), [("goal", "sel"), ("format", "flyer")])
def test_a_word_that_is_no_label_is_named_with_its_row(tmp_path: Path, name: str, word: str) -> None:
    folder = labelled(tmp_path, 3, change=lambda i, row: {name: word} if i == 2 else {})
    with pytest.raises(UserError, match=f"train-000002: {name} is '{word}', but must be one of "):
        BriefDataset(folder, "train", tmp_path / "maps.bin", unread, predicted=0.0, seed=0)
    assert not (tmp_path / "maps.bin").exists()


def test_rows_that_lack_a_label_are_left_out(tmp_path: Path) -> None:
    missing = {0: "hierarchy", 2: "grammar_alignment"}
    folder = labelled(tmp_path, 4, change=lambda i, row: {missing[i]: None} if i in missing else {})
    pages = BriefDataset(folder, "train", tmp_path / "maps.bin", unread, predicted=0.0, seed=0)
    assert len(pages) == 2
    assert np.array_equal(pages[1]["colour"], page(3, SIZE)["colour"])
    assert pages[1]["goal"] == 3


def test_a_split_without_labels_says_so(tmp_path: Path) -> None:
    folder = labelled(tmp_path, 2, change=lambda i, row: {"tone": None})
    with pytest.raises(UserError, match=r"split 'train' has no row with all of .*tone.*nothing to learn"):
        BriefDataset(folder, "train", tmp_path / "maps.bin", unread, predicted=0.0, seed=0)
