"""Rows -> example folders that can be imported again with nothing lost."""

import json
import os
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from unrender.config import UserError
from unrender.data.examples.reading import LAYOUT, SCREENSHOT, STRUCTURE
from unrender.data.pictures import decode
from unrender.render.frame import ARTBOARD, place

COLUMNS = ["id", "split", "image", "page_width", "page_height", "structure", "layout"]
"""What a row must have."""


@dataclass
class Exported:
    written: int = 0
    skipped: int = 0
    """Rows without a document or a layout."""


def export(folder: Path, rows: Iterable[dict]) -> Exported:
    """Write `<folder>/<split>/<id>/` for each row; a folder is there whole or not at all, and replaces an older one.

    The screenshot is the page as the dataset holds it, 256 px on its long side; layout.json says how large the page is
    in the px of its boxes. UserError for an id or a split that names no folder.
    """
    done = Exported()
    for row in rows:
        if row["structure"] is None or row["layout"] is None:
            done.skipped += 1
            continue
        _write(folder / _name(row, "split") / _name(row, "id"), row)
        done.written += 1
    return done


def _name(row: dict, column: str) -> str:
    name = row[column]
    if Path(name).name != name or name in ("", ".", ".."):
        raise UserError(f"The row {row['id']!r} has the {column} {name!r}, which cannot be the name of a folder.")
    return name


def _write(target: Path, row: dict) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    aside = target.with_name(f".{os.getpid()}-{target.name}")
    try:
        aside.mkdir()
        Image.fromarray(page(row)).save(aside / SCREENSHOT)
        (aside / STRUCTURE).write_text(_pretty(json.loads(row["structure"])), encoding="utf-8")
        (aside / LAYOUT).write_text(_pretty(_sized(row)), encoding="utf-8")
        shutil.rmtree(target, ignore_errors=True)
        aside.replace(target)
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def page(row: dict) -> np.ndarray:
    """The page of a row without the artboard around it, uint8 (h, w, 3).

    It lies where its size puts it, but for a pixel by which an engine may round otherwise; that is looked for.
    """
    frame = decode(row["image"])
    if row["page_width"] is None or row["page_height"] is None:
        return frame
    left, top, right, bottom = box = place(row["page_width"], row["page_height"]).box
    drawn = (frame != ARTBOARD).any(-1)
    ys, xs = np.flatnonzero(drawn.any(1)), np.flatnonzero(drawn.any(0))
    if len(ys):
        seen = (int(xs[0]), int(ys[0]), int(xs[-1]) + 1, int(ys[-1]) + 1)
        if max(abs(a - b) for a, b in zip(seen, box, strict=True)) == 1:
            left, top, right, bottom = seen
    return np.ascontiguousarray(frame[top:bottom, left:right])


def _sized(row: dict) -> dict:
    size = {"width": row["page_width"], "height": row["page_height"]}
    return ({} if None in size.values() else {"page": size}) | json.loads(row["layout"])


def _pretty(value: dict) -> str:
    return json.dumps(value, indent=1) + "\n"
