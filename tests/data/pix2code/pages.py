"""Folders in the form of pix2code's web set. The codes and pictures are made up."""

import io
import json
from pathlib import Path

import numpy as np
from PIL import Image

from unrender.data.pix2code.importing import Import, find

BUTTONS = ("btn-green", "btn-orange", "btn-red")


def code(index: int) -> str:
    """A canonical code, another for each index below 729."""
    wells = [BUTTONS[index // 3**place % 3] for place in range(6)]
    rows = [wells[:1], wells[1:2], wells[2:4], wells[4:]]
    kinds = ("single", "single", "double", "double")
    body = "".join(
        "row {\n" + "".join(f"{kind} {{\nsmall-title, text, {button}\n}}\n" for button in row) + "}\n"
        for kind, row in zip(kinds, rows, strict=True)
    )
    return "header {\nbtn-active, btn-inactive\n}\n" + body


def picture(index: int) -> bytes:
    """A small PNG, no two alike."""
    pixels = np.random.default_rng(index).integers(0, 256, (46, 80, 3), np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


def write(folder: Path, name: str, index: int, gui: str | bytes | None = None, pictures: Path | None = None) -> None:
    """The two files of a page, the picture in a folder of its own where one is given."""
    gui = code(index) if gui is None else gui
    for place in (folder, pictures or folder):
        place.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.gui").write_bytes(gui if isinstance(gui, bytes) else gui.encode())
    ((pictures or folder) / f"{name}.png").write_bytes(picture(index))


def write_list(path: Path, entries: dict[str, int]) -> None:
    path.write_text("".join(json.dumps({"id": name, "gui": code(index)}) + "\n" for name, index in entries.items()))


def drawn(folder: Path, **settings) -> tuple[Import, dict[str, list[dict]]]:
    """The import of a folder, with all its rows by split."""
    source = Import(folder, **settings)
    return source, {split: list(source.draw(split, jobs, workers=1)) for split, jobs in find(source).items()}
