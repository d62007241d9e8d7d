"""Rows of the dataset as arrays that a network can read."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import psutil
import pyarrow as pa
import torch
from jaxtyping import Shaped
from torch import Tensor

from unrender.config import LeftOut, UserError
from unrender.data.pictures import decode
from unrender.data.schema import MAPS
from unrender.data.shards import complete, read_table

PICTURES = ("image", *MAPS)
ROOM = 2.5 * 2**30
"""Bytes of decoded pages to keep, at most: some 5,500 pages. Decoding takes a fifth of a step on two cores."""


class StructureDataset:
    """Page images with their structure maps. Pictures stay encoded (about 15 KB a row) until asked for; then they are
    kept, as far as ROOM and a quarter of the free memory go.

    An item: image uint8 (3, h, w) RGB | masks bool (2, h, w) text, image | colour uint8 (h, w) swatch id, 0 outside
    the page | hierarchy uint8 (1, h, w), 255 is the weightiest.
    """

    def __init__(self, folder: str | Path, split: str):
        table = read_table(Path(folder), split, ["id", *PICTURES, "elements"])
        labelled = complete(table, MAPS)
        self.skipped = len(table) - len(labelled)  # rows of sources that have no structure maps
        if not len(labelled):
            raise LeftOut(
                f"{folder}: split {split!r} has no row with all of {', '.join(MAPS)}; there is nothing to learn."
            )
        self.ids: list[str] = labelled["id"].to_pylist()
        self.difficulty: Sequence[int] = labelled["elements"].fill_null(0).to_pylist()
        self._encoded = {name: _field(labelled[name], "bytes") for name in PICTURES}
        self._kept: dict[int, dict[str, np.ndarray]] = {}
        self._room = min(ROOM, psutil.virtual_memory().available / 4)

    def __len__(self) -> int:
        return len(self.ids)

    def __getitem__(self, index: int) -> dict[str, np.ndarray]:
        if index in self._kept:
            return self._kept[index]
        item = self._read(index)
        size = sum(values.nbytes for values in item.values())
        if size <= self._room:
            self._room -= size
            self._kept[index] = item
        return item

    def _read(self, index: int) -> dict[str, np.ndarray]:
        image, text, picture, colour, hierarchy = (self._decoded(name, index) for name in PICTURES)
        return {
            "image": np.ascontiguousarray(image.transpose(2, 0, 1)),
            "masks": np.stack([text, picture]) > 127,
            "colour": colour,
            "hierarchy": hierarchy[None],
        }

    def _decoded(self, name: str, index: int) -> Shaped[np.ndarray, "..."]:
        try:
            return decode({"bytes": self._encoded[name][index].as_py()})
        except OSError as error:  # PIL.UnidentifiedImageError is one
            raise UserError(
                f"{self.ids[index]}: column {name} is no readable picture ({error}). Run `dvc repro validate`."
            ) from None


def _field(column: pa.ChunkedArray, name: str) -> pa.ChunkedArray:
    return pa.chunked_array([chunk.field(name) for chunk in column.chunks])


def stack(items: Sequence[Mapping[str, np.ndarray | np.generic]]) -> dict[str, Tensor]:
    """Items -> one batch, a new first axis everywhere."""
    return {name: torch.from_numpy(np.stack([item[name] for item in items])) for name in items[0]}
