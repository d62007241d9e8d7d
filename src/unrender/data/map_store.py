"""Structure maps of a whole split in one file on disk: two bytes a pixel, whatever the number of pages in memory."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
from jaxtyping import Bool, Shaped, UInt8

from unrender.artifacts import atomic_path
from unrender.data import labels, pictures
from unrender.data.schema import MAPS, NUM_COLOURS, SIZE
from unrender.progress import counted

TEXT, IMAGE = 32, 64  # bits above the colour id
COLOUR = TEXT - 1
assert NUM_COLOURS <= TEXT

Reader = Callable[[UInt8[np.ndarray, "n h w 3"]], UInt8[np.ndarray, "n 2 h w"]]
"""Page images -> packed maps, as the encoder reads them."""
CHUNK = 16


def packed(
    masks: Bool[np.ndarray, "n 2 h w"], colour: UInt8[np.ndarray, "n h w"], hierarchy: UInt8[np.ndarray, "n h w"]
) -> UInt8[np.ndarray, "n 2 h w"]:
    """Colour id and both masks in one byte, hierarchy in the other."""
    return np.stack([colour | masks[:, 0] * np.uint8(TEXT) | masks[:, 1] * np.uint8(IMAGE), hierarchy], 1)


def unpacked(maps: UInt8[np.ndarray, "2 h w"]) -> dict[str, Shaped[np.ndarray, "..."]]:
    """masks bool (2, h, w) | colour uint8 (h, w) | hierarchy uint8 (1, h, w)."""
    return {
        "masks": np.stack([maps[0] & TEXT, maps[0] & IMAGE]) > 0,
        "colour": maps[0] & COLOUR,
        "hierarchy": maps[1:],
    }


class BriefDataset:
    """Pages as their maps, with brief and grammar. Some maps are true, the others as the encoder reads them.

    An item: what `unpacked` gives | goal, format int64 | tone float32 | grammar float32 (4,).
    """

    def __init__(self, folder: Path, split: str, store: Path, read: Reader, predicted: float, seed: int):
        """`store` is where the maps are kept; if it exists it is used as it is. UserError on a row that is no label."""
        table = labels.fully_labelled(folder, split, ("image", *MAPS))
        self.difficulty: Sequence[int] = table["elements"].fill_null(0).to_pylist()
        self.goal, self.format = labels.classes(table, "goal"), labels.classes(table, "format")
        self.tone, self.grammar = labels.tone(table), labels.grammar(table)
        self.read = np.random.default_rng([seed, len(table)]).random(len(table)) < predicted
        shape = (len(table), 2, SIZE, SIZE)
        if not store.exists():
            with atomic_path(store) as aside:
                _fill(np.memmap(aside, np.uint8, "w+", shape=shape), table, self.read, read)
        self.maps = np.memmap(store, np.uint8, "r", shape=shape)

    def __len__(self) -> int:
        return len(self.maps)

    def __getitem__(self, index: int) -> dict[str, np.ndarray]:
        return unpacked(np.asarray(self.maps[index])) | {
            "goal": self.goal[index],
            "format": self.format[index],
            "tone": self.tone[index],
            "grammar": self.grammar[index],
        }


def _fill(
    maps: UInt8[np.ndarray, "n 2 h w"],
    table: pa.Table,
    as_read: Bool[np.ndarray, "n"],
    read: Reader,
) -> None:
    starts = range(0, len(table), CHUNK)
    for start in counted(starts, len(starts), "maps, as the encoder reads them"):
        rows = np.arange(start, min(start + CHUNK, len(table)))
        page = true_maps(table.slice(start, len(rows)))
        seen = rows[as_read[rows]]
        if len(seen):
            images = np.stack([pictures.decode(table["image"][int(row)].as_py()) for row in seen])
            inside = (page[seen - start, 0] & COLOUR) > 0  # where the page lies in its frame is known
            page[seen - start] = read(images) * inside[:, None]
        maps[rows] = page


def true_maps(table: pa.Table) -> UInt8[np.ndarray, "n 2 h w"]:
    """The labels, packed."""
    text, image, colour, hierarchy = (
        np.stack([pictures.decode(cell) for cell in table[name].to_pylist()]) for name in MAPS
    )
    return packed(np.stack([text, image], 1) > 127, colour, hierarchy)
