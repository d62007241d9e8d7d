"""Pages as cells of two colours: what the refiner learns to say of each cell.

A page is flat, so nearly every cell of 8 x 8 px is some mixture of two swatches, its ground and its ink, and how they
are mixed is one of few patterns: an edge at some height, a corner, a piece of a letter. On pages of test that leaves a
mean error of 0.2 levels with exact mixtures, and of 2.2 with the nearest of 2,048 patterns.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float, Int, UInt8
from torch import Generator, Tensor

from unrender.data import labels
from unrender.data.latents import CELL, PICTURES, decoded, latent, moments
from unrender.design.swatches import RGB, SWATCHES
from unrender.render.frame import ARTBOARD

AREA = CELL**2
FLAT = 6  # levels of a channel by which pixels of one surface may differ
EXACT = 8  # levels of a channel by which a pixel of a swatch may differ from it
TRIED = 5  # colours of a cell, most frequent first, that ground and ink are looked for among
SAMPLE = 100_000  # cells that patterns are gathered from
ROUNDS = 15

Mixed = tuple[Int[Tensor, " n"], Int[Tensor, " n"], Float[Tensor, "n 64"]]
"""Ground and ink, as places in PALETTE, and how much of each pixel is ink; at most half of all. A cell of one colour
has it as both."""


def _palette() -> Float[Tensor, "28 3"]:
    return torch.tensor([ARTBOARD, *(RGB[name] for name in SWATCHES[1:])]).float()


PALETTE = _palette()
"""Colours of cells, 0..255: the artboard in place 0, then the swatches by their id."""


def cells_of(pages: UInt8[Tensor, "b 3 h w"]) -> UInt8[Tensor, "n 64 3"]:
    """The cells of pages, row by row."""
    tall = pages.unflatten(3, (-1, CELL)).unflatten(2, (-1, CELL))  # (b, 3, h8, 8, w8, 8)
    return tall.permute(0, 2, 4, 3, 5, 1).reshape(-1, AREA, 3)


def pages_of(cells: Float[Tensor, "n 64 3"], height: int, width: int) -> Float[Tensor, "b 3 h w"]:
    """The pages, of height x width cells, that these are the cells of."""
    tall = cells.reshape(-1, height, width, CELL, CELL, 3)
    return tall.permute(0, 5, 1, 3, 2, 4).flatten(4, 5).flatten(2, 3)


def mixture(cells: UInt8[Tensor, "n 64 3"]) -> Mixed:
    """The two colours and the shares that come nearest to each cell."""
    ground, share = _nearest_colour(cells.float().mean(1)), torch.zeros(len(cells), AREA)
    ink = ground.clone()
    spread = cells.amax(1).int() - cells.amin(1).int()
    rows = (spread.amax(1) > FLAT).nonzero()[:, 0]
    ground[rows], ink[rows], share[rows] = _of_several_colours(cells[rows].float())
    return ground, ink, share


def _of_several_colours(cells: Float[Tensor, "n 64 3"]) -> Mixed:
    """The most frequent colour, and the one towards which the pixels lie; a far one would do as well as one that some
    pixels are, so what no pixel reaches costs."""
    near = _nearest_colour(cells.flatten(0, 1)).unflatten(0, (-1, AREA))  # (n, 64)
    exact = (cells - PALETTE[near]).abs().amax(2) < EXACT
    counts = torch.zeros(len(cells), len(PALETTE)).scatter_add_(1, near, 1 + exact.float() / 2)
    found = counts.topk(TRIED, 1).indices  # (n, TRIED)
    ground = found[:, 0]
    apart = cells - PALETTE[ground][:, None]
    ink, share = ground.clone(), torch.zeros(len(cells), AREA)
    least = apart.square().sum((1, 2))
    for other in found[:, 1:].unbind(1):
        way = PALETTE[other] - PALETTE[ground]  # (n, 3)
        part = ((apart * way[:, None]).sum(2) / way.square().sum(1, keepdim=True).clamp_min(1)).clamp(0, 1)
        error = (apart - part[..., None] * way[:, None]).square().sum((1, 2)) + 20 * AREA * (1 - part.amax(1))
        better = (error < least) & (counts.gather(1, other[:, None])[:, 0] > 0)
        least = torch.where(better, error, least)
        ink, share = torch.where(better, other, ink), torch.where(better[:, None], part, share)
    more = share.mean(1) > 0.5
    ground, ink = torch.where(more, ink, ground), torch.where(more, ground, ink)
    return ground, ink, torch.where(more[:, None], 1 - share, share)


def painted(ground: Int[Tensor, " n"], ink: Int[Tensor, " n"], share: Float[Tensor, "n 64"]) -> Float[Tensor, "n 64 3"]:
    """Cells of these colours, 0..255."""
    return torch.lerp(PALETTE[ground][:, None], PALETTE[ink][:, None], share[..., None])


def _nearest_colour(colours: Float[Tensor, "n 3"]) -> Int[Tensor, " n"]:
    return _nearest(colours, PALETTE)


def _nearest(rows: Float[Tensor, "n d"], among: Float[Tensor, "k d"]) -> Int[Tensor, " n"]:
    half = among.square().sum(1) / 2
    return torch.cat([(half - part @ among.T).argmin(1) for part in rows.split(1 << 15)])


def gather_patterns(shares: Float[Tensor, "n 64"], count: int, generator: Generator) -> Float[Tensor, "k 64"]:
    """The `count` cells that stand best for all (k-means, then the cell nearest to each mean, which is not blurred)."""
    shares = shares[torch.randperm(len(shares), generator=generator)[:SAMPLE]]
    means = shares[torch.arange(count) % len(shares)]
    for _ in range(ROUNDS):
        place = _nearest(shares, means)
        sums = torch.zeros_like(means).index_add_(0, place, shares)
        sizes = place.bincount(minlength=count)[:, None]
        means = torch.where(sizes > 0, sums / sizes.clamp_min(1), means)
    place = _nearest(shares, means)
    far = (shares - means[place]).square().sum(1).argsort(descending=True)
    means[place[far]] = shares[far]  # of those in one place the last, the nearest, stays
    return means


class CellDataset:
    """Pages as latents and cells. An item: latent float32 (8, h, w), 0..1 | cells int16 (h, w, 3), ground, ink and the
    place of the pattern in `patterns`, 0 where the cell has one colour. All pages are kept: 38 KB each."""

    def __init__(self, folder: Path, split: str, patterns: int | Float[Tensor, "k 64"], seed: int = 0):
        """`patterns` gives them, or says how many to gather from this split."""
        table = labels.fully_labelled(folder, split, PICTURES)
        self.difficulty: Sequence[int] = table["elements"].fill_null(0).to_pylist()
        found, latents, shares = [], [], []
        for image, masks in decoded(table, "pages, cell by cell"):
            ground, ink, share = mixture(cells_of(image))
            found.append(torch.stack([ground, ink], 1).to(torch.int16))
            shares.append((share[ground != ink] * 255).to(torch.uint8))
            latents.append(latent(image.float() / 255, masks))
        self.latents = torch.cat(latents)
        pairs, mixed = torch.cat(found), torch.cat(shares)  # (cells, 2), (cells of two colours, 64)
        if isinstance(patterns, int):
            generator = Generator().manual_seed(seed)
            some = mixed[torch.randperm(len(mixed), generator=generator)[:SAMPLE]]
            patterns = gather_patterns(some.float() / 255, patterns, generator)
        self.patterns = patterns
        place = torch.zeros(len(pairs), 1, dtype=torch.int16)
        parts = (_nearest(part.float() / 255, patterns) for part in mixed.split(1 << 17))
        place[pairs[:, 0] != pairs[:, 1]] = torch.cat(list(parts)).to(torch.int16)[:, None]
        height, width = self.latents.shape[2:]
        self.cells = torch.cat([pairs, place], 1).unflatten(0, (-1, height, width))  # (n, h, w, 3)

    def __len__(self) -> int:
        return len(self.cells)

    def __getitem__(self, index: int) -> dict[str, np.ndarray]:
        return {"latent": self.latents[index].numpy(), "cells": self.cells[index].numpy()}

    def moments(self) -> tuple[Float[Tensor, "8 1 1"], Float[Tensor, "8 1 1"]]:
        """Mean and standard deviation of each channel of the latents."""
        return moments(self.latents)


def window(batch: dict[str, Tensor], generator: Generator, side: int) -> dict[str, Tensor]:
    """A random square of side x side cells, in the same place on all pages of a batch."""
    height, width = batch["latent"].shape[2:]
    top, left = (int(torch.randint(whole - side + 1, (), generator=generator)) for whole in (height, width))
    rows, columns = slice(top, top + side), slice(left, left + side)
    return {"latent": batch["latent"][:, :, rows, columns], "cells": batch["cells"][:, rows, columns]}
