"""Drawn pages on disk: one picture each and a contact sheet."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from unrender.artifacts import atomic_path
from unrender.evaluation.drawing import BATCH, Artist, Ask
from unrender.evaluation.pictures import contact_sheet
from unrender.progress import counted

COLUMNS = 4


def save_drawn(artist: Artist, asks: Sequence[Ask], seed: int, folder: Path) -> Path:
    """Draw, write `0000.png` ... as they come and `sheet.png` last; return the sheet's path."""
    pages, starts = [], range(0, len(asks), BATCH)
    for start in counted(starts, len(starts), "drawing"):
        drawn = artist.draw(asks[start : start + BATCH], seed, start)
        for i, page in enumerate(drawn, start):
            with atomic_path(folder / f"{i:04d}.png") as aside:
                Image.fromarray(page).save(aside)
        pages.append(drawn)
    sheet = folder / "sheet.png"
    with atomic_path(sheet) as aside:
        contact_sheet(np.concatenate(pages), min(COLUMNS, len(asks))).save(aside)
    return sheet
