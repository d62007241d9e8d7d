from pathlib import Path

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Generator

from tests.data.labelled_pages import write_labelled
from unrender.data.cells import PALETTE, CellDataset, cells_of, gather_patterns, mixture, pages_of, painted, window


def seeded(seed: int) -> Generator:
    return Generator().manual_seed(seed)


def test_cells_are_squares_row_by_row() -> None:
    page = torch.arange(16 * 24).to(torch.uint8).view(1, 1, 16, 24).expand(1, 3, 16, 24)
    cells = cells_of(page)
    assert cells.shape == (6, 64, 3)
    assert torch.equal(cells[4, :, 0].view(8, 8), page[0, 0, 8:, 8:16])
    assert torch.equal(pages_of(cells.float(), 2, 3), page.float())


@given(st.integers(0, 27), st.integers(0, 27), st.integers(1, 31), st.integers(0, 1000))
def test_a_cell_of_two_swatches_is_read_exactly(ground: int, ink: int, inked: int, seed: int) -> None:
    share = torch.zeros(1, 64)
    share[0, torch.randperm(64, generator=seeded(seed))[:inked]] = 1
    cell = painted(torch.tensor([ground]), torch.tensor([ink]), share).round().to(torch.uint8)
    found = mixture(cell)
    assert (int(found[0]), int(found[1])) == (ground, ink)
    assert torch.allclose(found[2], share if ground != ink else torch.zeros(1, 64), atol=1e-6)


def test_soft_edges_are_shares() -> None:
    """An edge that is smoothed over one column of pixels."""
    share = torch.tensor([0, 0, 0, 0, 0, 0.5, 1, 1]).repeat(8)[None]
    cell = painted(torch.tensor([1]), torch.tensor([20]), share).round().to(torch.uint8)
    ground, ink, found = mixture(cell)
    assert (int(ground), int(ink)) == (1, 20)
    assert torch.allclose(found, share, atol=0.01)


def test_the_ground_is_the_larger_part() -> None:
    share = (torch.arange(64) < 40).float()[None]
    cell = painted(torch.tensor([1]), torch.tensor([8]), share).to(torch.uint8)
    ground, ink, found = mixture(cell)
    assert (int(ground), int(ink)) == (8, 1)
    assert torch.equal(found, 1 - share)


def test_noise_of_a_level_is_no_ink() -> None:
    cell = (PALETTE[5].expand(1, 64, 3) + torch.randint(-1, 2, (1, 64, 3), generator=seeded(0))).clamp(0, 255)
    ground, ink, share = mixture(cell.to(torch.uint8))
    assert int(ground) == int(ink) == 5
    assert not share.any()


def test_patterns_are_cells_that_are_there() -> None:
    kinds = (torch.rand(5, 64, generator=seeded(1)) > 0.7).float()
    shares = kinds[torch.randint(0, 5, (500,), generator=seeded(2))]
    found = gather_patterns(shares, 40, seeded(0))
    assert found.shape == (40, 64)
    assert (torch.cdist(found, kinds).amin(1) < 1e-6).all()
    assert (torch.cdist(kinds, found).amin(1) < 1e-6).all()


def test_pages_come_back(tmp_path: Path) -> None:
    """Little pages have text one pixel wide and a picture of noise: all else is as it was, given enough patterns."""
    data = CellDataset(write_labelled(tmp_path), "train", patterns=500)
    assert len(data) == 8
    assert data.difficulty == [10 * i for i in range(8)]
    item = data[3]
    assert {name: (values.shape, values.dtype) for name, values in item.items()} == {
        "latent": ((8, 8, 8), np.float32),
        "cells": ((8, 8, 3), np.int16),
    }
    ground, ink, place = torch.from_numpy(item["cells"]).long().flatten(0, 1).unbind(1)
    drawn = pages_of(painted(ground, ink, data.patterns[place] * (ground != ink)[:, None]), 8, 8)[0] / 255
    off = (drawn.unflatten(1, (8, 8)).unflatten(3, (8, 8)).mean((2, 4)) - torch.from_numpy(item["latent"][:3])).abs()
    plain = torch.from_numpy(item["latent"][3]) == 0  # no picture
    assert off.amax(0)[plain].mean() < 0.01


def test_patterns_may_be_given(tmp_path: Path) -> None:
    folder = write_labelled(tmp_path)
    patterns = torch.eye(64)[:7]
    data = CellDataset(folder, "train", patterns)
    assert torch.equal(data.patterns, patterns)
    assert data.cells[..., 2].max() < 7
    assert (data.cells[..., 2][data.cells[..., 0] == data.cells[..., 1]] == 0).all()


def test_moments_standardise(tmp_path: Path) -> None:
    data = CellDataset(write_labelled(tmp_path), "train", patterns=16)
    mean, std = data.moments()
    z = (data.latents - mean) / std
    assert torch.allclose(z.mean((0, 2, 3)), torch.zeros(8), atol=1e-4)
    assert torch.allclose(z.std((0, 2, 3)), torch.ones(8), atol=1e-3)


def test_a_window_is_the_same_place_in_both() -> None:
    rows = torch.arange(8.0)[:, None].expand(8, 8)
    both = torch.stack([rows, rows.T])  # (2, 8, 8): which row, which column
    batch = {"latent": both.expand(3, 2, 8, 8), "cells": both.movedim(0, 2).expand(3, 8, 8, 2)}
    seen = set()
    for seed in range(60):
        cut = window(batch, seeded(seed), 4)
        assert cut["latent"].shape == (3, 2, 4, 4)
        assert torch.equal(cut["latent"].movedim(1, 3), cut["cells"])
        seen.add(tuple(cut["cells"][0, 0, 0].tolist()))
    assert {row for row, _ in seen} == {column for _, column in seen} == set(range(5))
