"""What a page's texture says without learning: how long its plain and its busy stretches are."""

from collections.abc import Iterator

import torch
from jaxtyping import Bool, Float, UInt8
from torch import Tensor
from torch.nn import functional as F

PLAIN = {1: (6, 40, 100), 2: (6, 40), 4: (6,), 16: (6,), 64: (6,)}
"""Width, in pixels, of the strips along which a page is gone through -> the most that pixels may differ, of 255, where
a strip is plain. Edges of type are soft: at several levels its strokes are of several widths, which tells typefaces."""
LONGEST = 32
"""Runs of this many pixels and more are counted together."""
NUMBERS = sum(map(len, PLAIN.values())) * 2 * 2 * LONGEST
"""Of a page: for strips of each width and each level, down and across, plain and busy, one for each length."""


@torch.no_grad()
def run_lengths(image: UInt8[Tensor, "b 3 h w"]) -> Float[Tensor, "b n"]:
    """log(1 + how many runs of each length there are), NUMBERS a page: of type, the lengths of strokes and of lines; of
    space, those of gaps (after the run lengths of grey levels, Galloway 1975). Sides must be multiples of the widest
    strip."""
    counts = []
    for columns in (image.transpose(2, 3), image):
        for band, spread in _spreads(columns.contiguous()):
            for most in PLAIN[band]:
                counts += [_counted(spread <= most), _counted(spread > most)]
    return torch.cat(counts, 1).float().log1p()


def _spreads(columns: UInt8[Tensor, "b 3 w h"]) -> Iterator[tuple[int, UInt8[Tensor, "b s h"]]]:
    """Of each width of strip: how far its pixels differ, in the channel where that is most. A strip of one pixel is
    compared with the next pixel on its way."""
    here, then = columns[..., :-1], columns[..., 1:]
    yield 1, F.pad((torch.maximum(here, then) - torch.minimum(here, then)).amax(1), (0, 1))
    high, low, band = columns, columns, 1
    while band < max(PLAIN):
        high, low = torch.maximum(high[:, :, ::2], high[:, :, 1::2]), torch.minimum(low[:, :, ::2], low[:, :, 1::2])
        band *= 2
        if band in PLAIN:
            yield band, (high - low).amax(1)


def _counted(mask: Bool[Tensor, "b s h"]) -> Tensor:
    """How many runs of True there are of each length, (b, LONGEST)."""
    pages = len(mask)
    edges = F.pad(mask.to(torch.int8), (1, 1)).diff(dim=2)  # (b, s, h + 1)
    first, beyond = (edges == 1).nonzero(), (edges == -1).nonzero()  # in the same order, one of each for every run
    length = (beyond[:, 2] - first[:, 2]).clamp_max(LONGEST)
    return (first[:, 0] * LONGEST + length - 1).bincount(minlength=pages * LONGEST).unflatten(0, (pages, LONGEST))
