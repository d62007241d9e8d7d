"""Pages with their code, as the choices that tell it."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from jaxtyping import UInt8

from unrender.config import LeftOut, UserError
from unrender.data.code_places import NEEDED, places
from unrender.data.pictures import decode
from unrender.data.shards import complete, read_table
from unrender.design import dsl
from unrender.design.automaton import Refused
from unrender.design.languages import Language, of_source


class CodeDataset:
    """Rows that have a code, all in one language.

    An item: image uint8 (3, h, w) | tokens int64 (t,): the word chosen wherever the grammar leaves a choice
    (design.automaton), padded with 0 | options bool (t, v): what could have been chosen | length int64 (): choices of
    this page | box float32 (t, 4): where the chosen element stands, as shares of the frame (left, top, width, height),
    0 where that is not known. t is the greatest length of the split, v the number of words.
    """

    def __init__(self, folder: str | Path, split: str, most: int | None = None):
        """`most`: read no more than so many rows. UserError where no row has a code, or a code does not parse."""
        columns = dict.fromkeys(["id", "source", "image", "dsl", "html", "elements", "columns", *NEEDED])
        table = read_table(Path(folder), split, list(columns))[:most]
        coded = complete(table, ("dsl",))
        self.skipped = len(table) - len(coded)
        if not len(coded):
            raise LeftOut(f"{folder}: split {split!r} has no row with a code; there is nothing to learn.")
        self.rows = coded.to_pylist()
        self.language = _language({row["source"] for row in self.rows}, f"{folder}: split {split!r}")
        self.codes = [[word for word in dsl.tokens(row["dsl"]) if word != ","] for row in self.rows]
        self.choices = [self._choices(row, words) for row, words in zip(self.rows, self.codes, strict=True)]
        self.longest = max(map(len, self.choices))
        self.difficulty: Sequence[int] = [len(chosen) for chosen in self.choices]
        self._kept: dict[int, dict[str, np.ndarray]] = {}

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, index: int) -> dict[str, np.ndarray]:
        if index not in self._kept:
            self._kept[index] = self._made(index)
        return self._kept[index] | {"image": self.image(index)}

    def image(self, index: int) -> UInt8[np.ndarray, "3 h w"]:
        return np.ascontiguousarray(decode(self.rows[index]["image"]).transpose(2, 0, 1))

    def _choices(self, row: dict, words: list[str]) -> list[tuple[str, tuple[str, ...], int]]:
        try:
            return self.language.automaton.choices(words)
        except Refused as error:
            raise UserError(f"{row['id']}: its code does not parse, {error}. Run `dvc repro validate`.") from None

    def _made(self, index: int) -> dict[str, np.ndarray]:
        chosen, ids = self.choices[index], self.language.automaton.ids
        tokens, boxes = np.zeros(self.longest, np.int64), np.zeros((self.longest, 4), np.float32)
        tokens[: len(chosen)] = [ids[word] for word, _, _ in chosen]
        places_ = np.vstack([places(self.rows[index], self.codes[index]), np.full((1, 4), np.nan)])  # the end has none
        boxes[: len(chosen)] = np.nan_to_num(places_[[place for _, _, place in chosen]])
        options = self._options(chosen)
        return {"tokens": tokens, "box": boxes, "length": np.array(len(chosen)), "options": options}

    def _options(self, chosen: list[tuple[str, tuple[str, ...], int]]) -> np.ndarray:
        ids = self.language.automaton.ids
        found = np.zeros((self.longest, len(ids)), bool)
        for row, (_, options, _) in zip(found, chosen, strict=False):
            row[[ids[word] for word in options]] = True
        return found


def _language(sources: set[str], where: str) -> Language:
    languages = {of_source(source).name: of_source(source) for source in sources}
    if len(languages) > 1:
        raise UserError(f"{where} mixes codes of {' and '.join(sorted(languages))}; a coder learns one language.")
    return languages.popitem()[1]
