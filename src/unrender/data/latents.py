"""What the decoder learns to draw: the structure-first latent of a page, or the page itself, with its brief.

The latent is a page as means over its cells, 32 x 32 of them. Nothing in it is learned.
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import torch
from jaxtyping import Float, UInt8
from torch import Tensor
from torch.nn import functional as F

from unrender.data import labels
from unrender.data.framed_pages import SIDES, FramedPages
from unrender.data.pictures import decode
from unrender.progress import counted

CELL = 8  # px
BANDS = 4  # a line of text is lower than a cell, so its mask is kept in so many horizontal bands
CHANNELS = 3 + 1 + BANDS
CHUNK = 100
PICTURES = ("image", "text_mask", "image_mask")

Space = Literal["structure", "pixel"]


def latent(image: Float[Tensor, "b 3 h w"], masks: Float[Tensor, "b 2 h w"]) -> Float[Tensor, "b 8 h8 w8"]:
    """RGB in 0..1 and the text and image masks -> per cell the mean colour, how much of it is picture, and how much
    of each of its bands is text; all in 0..1."""
    text = F.avg_pool2d(masks[:, :1], (CELL // BANDS, CELL))  # (b, 1, h/2, w/8)
    bands = text.unflatten(2, (-1, BANDS)).squeeze(1).transpose(1, 2)  # (b, 4, h/8, w/8)
    return torch.cat([F.avg_pool2d(image, CELL), F.avg_pool2d(masks[:, 1:], CELL), bands], 1)


class DrawnDataset(FramedPages):
    """Pages as the decoder is to draw them. An item: what was asked | x0 float32 (c, h, w), the latent in 0..1 or the
    page in -1..1.

    Latents of all pages are kept (32 KB a page); pages are decoded when asked for.
    """

    def __init__(self, folder: Path, split: str, space: Space):
        self.table = labels.fully_labelled(folder, split, (*PICTURES, *SIDES))
        super().__init__(self.table)
        self.latents = _latents(self.table) if space == "structure" else None

    def __getitem__(self, index: int) -> dict[str, Any]:
        return self.asked(index) | {"x0": self._page(index) if self.latents is None else self.latents[index]}

    def moments(self) -> tuple[Float[Tensor, "c 1 1"], Float[Tensor, "c 1 1"]]:
        """Mean and standard deviation of each channel; 0 and 1 for pages, which are in -1..1 as they are."""
        if self.latents is None:
            return torch.zeros(3, 1, 1), torch.ones(3, 1, 1)
        return moments(torch.from_numpy(self.latents))

    def _page(self, index: int) -> Float[np.ndarray, "3 h w"]:
        image = decode(self.table["image"][index].as_py())
        return image.transpose(2, 0, 1).astype(np.float32) / 127.5 - 1


def moments(latents: Float[Tensor, "n c h w"]) -> tuple[Float[Tensor, "c 1 1"], Float[Tensor, "c 1 1"]]:
    """Mean and standard deviation of each channel; the latter is never 0."""
    values = latents.double().transpose(0, 1).flatten(1)  # (c, n h w)
    mean, std = values.mean(1).float(), values.std(1, correction=0).float()
    return mean[:, None, None], std.clamp_min(1e-3)[:, None, None]


def _latents(table: pa.Table) -> Float[np.ndarray, "n 8 h w"]:
    parts = [latent(image.float() / 255, masks).numpy() for image, masks in decoded(table, "pages, as latents")]
    return np.concatenate(parts)


def decoded(table: pa.Table, label: str) -> Iterator[tuple[UInt8[Tensor, "b 3 h w"], Float[Tensor, "b 2 h w"]]]:
    """Images, and text and image masks (0 or 1), CHUNK rows at a time, with progress."""
    for image, text, picture in in_chunks(table, PICTURES, label):
        masks = torch.from_numpy(np.stack([text, picture], 1) > 127).float()
        yield torch.from_numpy(image).permute(0, 3, 1, 2), masks


def in_chunks(table: pa.Table, columns: Sequence[str], label: str) -> Iterator[list[UInt8[np.ndarray, "b ..."]]]:
    """These pictures of CHUNK rows at a time, with progress."""
    starts = range(0, len(table), CHUNK)
    with ThreadPoolExecutor(2) as pool:
        for start in counted(starts, len(starts), label):
            part = table.slice(start, CHUNK)
            yield [np.stack(list(pool.map(decode, part[name].to_pylist()))) for name in columns]
