"""A set of example folders as one was published: nested keys, some of them repeated, some files swapped, and held-out
splits that are copies of training examples. Everything here is made up; only the form and the faults are theirs."""

import io
import json
import shutil
from pathlib import Path

import numpy as np
from PIL import Image

from unrender.data.examples.importing import Import, find

SWAPPED = (4, 5, 6, 7, 12)
REPEATED = (2, 9, 17, 21)
"""Examples whose grid holds columns with equal keys."""
COPIES = {"val": range(20, 25), "test": range(7)}
TRAIN = 30


def picture(seed: int, width: int = 384, height: int = 200) -> bytes:
    """A page with a few bars, no two seeds alike."""
    rng = np.random.default_rng(seed)
    pixels = np.full((height, width, 3), rng.integers(200, 256, 3), np.uint8)
    for _ in range(4):
        x, y = rng.integers(0, width - 80), rng.integers(0, height - 20)
        pixels[y : y + 20, x : x + 80] = rng.integers(0, 200, 3)
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


def document(index: int) -> str:
    """JSON as text, for no dict could repeat a key."""
    columns = ",".join(
        f'"div.column": {{"h3.title": {{"text": "Thing {number}"}}, "p.note": {{"text": "Of page {index}"}}}}'
        for number in range(3)
    )
    others = '"div.left": {"h1.big": {"text": "One heading"}}, "img.shot#w-1": {"src": "a.svg"}'
    inner = columns if index in REPEATED else others
    return (
        f'{{"header.hero{index}": {{"div.padding": {{"div.box[\'d:flex\']": '
        f'{{"div.grid.wide[\'d:grid\'][\'col:2\']": {{{inner}}}, "a.button.w-button": {{"text": "Go"}}, '
        '"a.button.is-second.w-button": {"text": "Stop"}}}, '
        '"div.behind": {"div.veil[\'p:absolute\']": {}, "svg.art": {"svg": "extractor"}}}}'
    )


def layout(index: int, enveloped: bool = False) -> str:
    columns = ",".join(
        f'"column${number}": {{"wrapper@div.column": {{"heading@h3.title": "", "paragraph@p.note": ""}}}}'
        for number in (1, 2, 3)
    )
    others = (
        '"column$1": {"wrapper@div.left": {"heading@h1.big": ""}}, '
        '"column$2": {"image@img.shot#w-1": "", "freedom$1": {"icon@svg.art": ""}}'
    )
    inner = columns if index in REPEATED else others
    tree = (
        f'{{"section@header.hero{index}@div.padding@div.box": {{"grid@div.grid.wide": {{{inner}}}, '
        '"button@a.button.w-button": "", "button@a.button.is-second.w-button": ""}}'
    )
    return f'{{"structure": {tree}, "props": {{"bo": "div.veil"}}}}' if enveloped else tree


def write(folder: Path, screenshot: bytes, structure: str, layout: str) -> Path:
    folder.mkdir(parents=True)
    (folder / "screenshot.png").write_bytes(screenshot)
    (folder / "structure.json").write_text(structure)
    (folder / "layout.json").write_text(layout)
    return folder


def published(folder: Path) -> Path:
    """30 training examples, 5 of them swapped; 12 more that are byte copies of those."""
    for index in range(TRAIN):
        texts = document(index), layout(index, enveloped=index == 3)
        structure, tree = reversed(texts) if index in SWAPPED else texts
        write(folder / "train" / f"example_{index + 1:02d}", picture(index), structure, tree)
    for split, indices in COPIES.items():
        for index in indices:
            name = f"example_{index + 1:02d}"
            shutil.copytree(folder / "train" / name, folder / split / name)
    (folder / "validation").mkdir()
    (folder / "validation" / "report.json").write_text(json.dumps({"total_examples": 0}))
    return folder


def drawn(folder):
    """The import of a folder, with all its rows by split."""
    source = Import(folder)
    return source, {split: list(source.draw(split, folders)) for split, folders in find(source).items()}
