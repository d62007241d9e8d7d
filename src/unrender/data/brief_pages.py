"""Pages as the abstractor is trained on them: maps of a whole split in one file on disk, whatever their number."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
from jaxtyping import Bool, Float, UInt8

from unrender.artifacts import atomic_path
from unrender.data import labels, pictures
from unrender.data.measured import MEASURED, measured
from unrender.data.packed_maps import true_maps, unpacked, within
from unrender.data.schema import MAPS, SIZE
from unrender.progress import counted

Reader = Callable[[UInt8[np.ndarray, "n h w 3"]], UInt8[np.ndarray, "n 2 h w"]]
"""Page images -> packed maps, as the encoder reads them."""
CHUNK = 16


class BriefDataset:
    """Pages as their maps, with brief and grammar. Some maps are true, the others as the encoder reads them.

    An item: what `unpacked` gives | measured float32 (20,) | goal, format int64 | tone float32 | grammar float32 (4,).
    """

    def __init__(self, folder: Path, split: str, store: Path, read: Reader, predicted: float, seed: int):
        """`store` is the file that the maps are kept in; if it exists it is used as it is.

        UserError on a row whose label is none.
        """
        table = labels.fully_labelled(folder, split, ("image", *MAPS))
        self.difficulty: Sequence[int] = table["elements"].fill_null(0).to_pylist()
        self.goal, self.format = labels.classes(table, "goal"), labels.classes(table, "format")
        self.tone, self.grammar = labels.tone(table), labels.grammar(table)
        self.read = np.random.default_rng([seed, len(table)]).random(len(table)) < predicted
        shape, beside = (len(table), 2, SIZE, SIZE), store.with_suffix(".npy")
        if not store.exists():
            with atomic_path(beside) as numbers, atomic_path(store) as aside:
                np.save(numbers, _fill(np.memmap(aside, np.uint8, "w+", shape=shape), table, self.read, read))
        self.maps, self.measured = np.memmap(store, np.uint8, "r", shape=shape), np.load(beside)

    def __len__(self) -> int:
        return len(self.maps)

    def __getitem__(self, index: int) -> dict[str, np.ndarray]:
        return unpacked(np.asarray(self.maps[index])) | {
            "measured": self.measured[index],
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
) -> Float[np.ndarray, "n m"]:
    """Write the maps; give what is measured on them."""
    found = np.zeros((len(maps), MEASURED), np.float32)
    starts = range(0, len(table), CHUNK)
    for start in counted(starts, len(starts), "maps, as the encoder reads them"):
        rows = np.arange(start, min(start + CHUNK, len(table)))
        page = true_maps(table.slice(start, len(rows)))
        seen = rows[as_read[rows]]
        if len(seen):
            images = np.stack([pictures.decode(table["image"][int(row)].as_py()) for row in seen])
            page[seen - start] = within(read(images), page[seen - start])
        maps[rows], found[rows] = page, measured(page)
    return found
