"""Contact sheets: a look at a split in one picture."""

from collections.abc import Iterable
from itertools import islice
from pathlib import Path

import numpy as np
from PIL import Image

from unrender.artifacts import atomic_path
from unrender.data.pictures import decode

COLUMNS, ROWS, TILE, GAP = 8, 6, 168, 8


def save_contact_sheet(path: Path, rows: Iterable[dict]) -> None:
    """Lay out the first 48 pictures as a PNG of about 1400 x 1060 px."""
    step = TILE + GAP
    sheet = Image.new("RGB", (COLUMNS * step + GAP, ROWS * step + GAP), (236, 238, 241))
    for index, row in enumerate(islice(rows, COLUMNS * ROWS)):
        tile = Image.fromarray(np.asarray(decode(row["image"]))).resize((TILE, TILE), Image.Resampling.LANCZOS)
        sheet.paste(tile, (GAP + index % COLUMNS * step, GAP + index // COLUMNS * step))
    path.parent.mkdir(parents=True, exist_ok=True)
    with atomic_path(path) as aside:
        sheet.quantize(256, method=Image.Quantize.FASTOCTREE).save(aside, "PNG", optimize=True)
