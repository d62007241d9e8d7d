"""Rows follow from the seed alone."""

import numpy as np
import pytest

from unrender.data import synthesise
from unrender.data.pictures import decode
from unrender.data.schema import MAPS, NUM_COLOURS, SCHEMA, SIZE, SPLITS
from unrender.design import dsl


def rows(split="train", count=12, seed=0, workers=1):
    return list(synthesise.rows(split, count, seed, 0.3, "blitz", workers))


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch):
    """Several tasks, so that two workers share the work."""
    monkeypatch.setattr(synthesise, "CHUNK", 5)


@pytest.fixture(scope="module")
def train() -> list[dict]:
    return rows()


def test_workers_do_not_change_a_byte(train):
    assert rows(workers=2) == train


def test_fewer_rows_are_the_first_rows(train):
    assert rows(count=7) == train[:7]


def test_another_seed_draws_other_designs(train):
    assert not {row["dsl"] for row in train} & {row["dsl"] for row in rows(count=4, seed=1)}


def test_rows_differ(train):
    assert len({row["image"]["bytes"] for row in train}) == len(train)


def test_rows_fill_the_schema(train):
    for row in train:
        assert set(row) == set(SCHEMA.names)
        assert decode(row["image"]).shape == (SIZE, SIZE, 3)
        maps = {name: decode(row[name]) for name in MAPS}
        assert all(each.shape == (SIZE, SIZE) and each.dtype == np.uint8 for each in maps.values())
        assert set(np.unique(maps["text_mask"])) | set(np.unique(maps["image_mask"])) <= {0, 255}
        assert maps["colour"].max() < NUM_COLOURS
        assert dsl.encode(*dsl.decode(row["dsl"])) == row["dsl"]
        assert all(0 <= row[name] <= 1 for name in row if name.startswith(("grammar_", "fault_")))


def test_splits_share_no_design():
    owners: dict[str, str] = {}
    for split in SPLITS:
        for row in rows(split, 3):
            assert owners.setdefault(row["design_hash"], split) == split
