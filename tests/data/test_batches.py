from pathlib import Path

import numpy as np
import pytest
import torch

from tests.training.little_pages import page, write_pages
from unrender.config import UserError
from unrender.data import batches
from unrender.data.batches import StructureDataset, stack
from unrender.data.shards import write_manifest, write_split


def test_an_item_is_the_page_that_was_written(tmp_path: Path) -> None:
    pages = StructureDataset(write_pages(tmp_path), "train")
    item, written = pages[5], page(5)
    assert np.array_equal(item["image"], written["image"].transpose(2, 0, 1))
    assert np.array_equal(item["masks"], np.stack([written["text_mask"], written["image_mask"]]) == 255)
    assert np.array_equal(item["colour"], written["colour"])
    assert np.array_equal(item["hierarchy"], written["hierarchy"][None])
    assert (len(pages), pages.ids[5], pages.difficulty[5], pages.skipped) == (12, "train-000005", 7, 0)


def test_a_batch_is_its_items(tmp_path: Path) -> None:
    pages = StructureDataset(write_pages(tmp_path), "val")
    batch = stack([pages[2], pages[0]])
    assert {name: values.dtype for name, values in batch.items()} == {
        "image": torch.uint8, "masks": torch.bool, "colour": torch.uint8, "hierarchy": torch.uint8,
    }  # fmt: skip
    assert all(np.array_equal(batch[name][1], pages[0][name]) for name in batch)


def test_pages_are_decoded_once_while_there_is_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = write_pages(tmp_path)
    monkeypatch.setattr(
        batches, "ROOM", 2.5 * sum(values.nbytes for values in StructureDataset(folder, "val")[0].values())
    )
    pages = StructureDataset(folder, "val")
    first = [pages[i] for i in range(3)]
    assert [pages[i] is first[i] for i in range(3)] == [True, True, False]
    assert all(np.array_equal(pages[2][name], first[2][name]) for name in first[2])


def rewritten(tmp_path: Path, change) -> Path:
    """The little dataset with its training rows changed."""
    from unrender.data.shards import iterate

    rows = [change(i, row) for i, row in enumerate(iterate(write_pages(tmp_path / "a"), "train"))]
    write_manifest(tmp_path / "b", {"train": write_split(tmp_path / "b", "train", rows)})
    return tmp_path / "b"


def test_rows_without_maps_are_skipped_and_counted(tmp_path: Path) -> None:
    folder = rewritten(tmp_path, lambda i, row: row | ({"colour": None} if i % 3 == 0 else {}))
    pages = StructureDataset(folder, "train")
    assert (len(pages), pages.skipped) == (8, 4)
    assert pages.ids[:2] == ["train-000001", "train-000002"]
    assert np.array_equal(pages[1]["colour"], page(2)["colour"])


def test_a_split_without_maps_says_so(tmp_path: Path) -> None:
    folder = rewritten(tmp_path, lambda i, row: row | {"hierarchy": None})
    with pytest.raises(UserError, match="'train' has no row with all of text_mask"):
        StructureDataset(folder, "train")


def test_a_broken_picture_is_named(tmp_path: Path) -> None:
    folder = rewritten(tmp_path, lambda i, row: row | {"colour": {"bytes": row["colour"]["bytes"][:40], "path": None}})
    with pytest.raises(UserError, match="train-000003: column colour is no readable picture"):
        StructureDataset(folder, "train")[3]
