"""Lay out one page or a folder of them: resumable, and one bad page never stops the rest."""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float
from PIL import Image

from unrender.artifacts import atomic_path, write_json
from unrender.config import UserError
from unrender.design.section_tree import KINDS, Document, Reading, assemble, walk
from unrender.inference.batch import Outcome, file_digest
from unrender.inference.document_files import load_document
from unrender.inference.layout_files import LAYOUT_RECORD, PageFiles
from unrender.inference.web_page import render_page
from unrender.render.screenshot import open_screenshot
from unrender.render.wireframe import over


@runtime_checkable  # so that types can be checked under test
class LayoutReads(Protocol):
    """What a reader of layouts is to this file."""

    digest: str
    """Names its weights: what another one has read is read again."""

    def read(self, image: Image.Image, document: Document) -> Reading:
        """What every node is; boxes in px of the RGB image."""


@dataclass(frozen=True)
class ShownPage:
    """A document and the picture of it. One px of the picture is `scale` px of the page."""

    document: Document
    picture: Image.Image
    scale: float = 1.0
    structure: dict | None = None
    """Where there is no file of it: the document as structure.json holds it."""
    boxes: Float[np.ndarray, "n 4"] | None = None
    """Where known: of every node, in px of the picture, NaN for what is not shown."""


def lay_out_pages(
    reader: LayoutReads, pages: Sequence[PageFiles], targets: Sequence[Path], outcome: Outcome
) -> Iterator[Path]:
    """Write each page's layout into the folder at the same position; yield it once it is read, skipped or given up.

    A folder that already holds a layout of the same bytes by the same weights is left alone.
    """
    for page, target in zip(pages, targets, strict=True):
        try:
            sources = _digests(page)
            if _is_done(target, sources, reader.digest):
                outcome.skipped += 1
            else:
                outcome.meanings[target] = lay_out(reader, page, target, sources)
                outcome.read += 1
        except UserError as error:
            outcome.failed[page.path] = str(error)
        yield page.path


def lay_out(reader: LayoutReads, page: PageFiles, target: Path, sources: dict[str, str]) -> str:
    """Read one page, write layout.json and wireframe.png, and say what was found. UserError for a bad page.

    A page of HTML also leaves its screenshot.png and structure.json, without which the layout's ids say nothing.
    """
    shown = show(page)
    reading = placed(reader.read(shown.picture, shown.document), shown)
    layout = assemble(shown.document, replace(reading, boxes=reading.boxes * shown.scale))
    target.mkdir(parents=True, exist_ok=True)
    (target / LAYOUT_RECORD).unlink(missing_ok=True)  # until the rest is there, the folder holds nothing whole
    pictures = {"wireframe.png": over(shown.picture, assemble(shown.document, reading))}
    if shown.structure is not None:
        pictures["screenshot.png"] = shown.picture
        write_json(target / "structure.json", shown.structure)
    for name, picture in pictures.items():
        with atomic_path(target / name) as aside:
            picture.save(aside)
    write_json(target / "layout.json", layout)
    sentence = summary(layout)
    write_json(target / LAYOUT_RECORD, {"files": sources, "model": reader.digest, "found": sentence})
    return sentence


def show(page: PageFiles) -> ShownPage:
    """The page's picture and document. UserError when one of them cannot be had."""
    if page.image is None:
        web = render_page(page.document)
        return ShownPage(web.document, web.screenshot, structure=web.structure, boxes=web.boxes)
    document = load_document(page.document)
    shot = open_screenshot(page.image)
    return ShownPage(document, shot.picture, shot.width / shot.picture.width)


def placed(reading: Reading, shown: ShownPage) -> Reading:
    """The reading, its elements where the engine laid them out, if an engine did."""
    if shown.boxes is None:
        return reading
    known = np.isin(np.arange(len(shown.document)), reading.starts) & np.isfinite(shown.boxes).all(1)
    return replace(reading, boxes=np.where(known[:, None], shown.boxes, reading.boxes))


def summary(layout: dict) -> str:
    """'7 elements: section 2, heading 2, image 3; background_image 1'."""
    elements = walk(layout["structure"])
    types = Counter(element["type"] for element in elements)
    counted = ", ".join(f"{kind} {types[kind]}" for kind in KINDS if types[kind])
    layers = ", ".join(f"{prop} {len(nodes)}" for prop, nodes in layout["props"].items() if nodes)
    said = f"{len(elements)} element{'s' * (len(elements) != 1)}" + (f": {counted}" if counted else "")
    return f"{said}; {layers}" if layers else said


def _digests(page: PageFiles) -> dict[str, str]:
    """Of the files that are there: what is missing is said when it is opened."""
    try:
        return {path.name: file_digest(path) for path in page.files if path.is_file()}
    except OSError as error:
        raise UserError(f"{error.filename} cannot be read: {error.strerror}") from None


def _is_done(target: Path, sources: dict[str, str], digest: str) -> bool:
    try:
        found = json.loads((target / LAYOUT_RECORD).read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError, json.JSONDecodeError):
        return False
    return found.get("model") == digest and found.get("files") == sources
