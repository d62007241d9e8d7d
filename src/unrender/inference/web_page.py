"""A page of HTML as our own engine shows it: its document, its screenshot, and where each node lies."""

import json
import math
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float
from PIL import Image

from unrender.config import UserError
from unrender.design.section_tree import Document
from unrender.inference import page_painter
from unrender.inference.document_files import as_document, check_nodes, read_bytes

WIDTH = 1280
"""CSS px: the window of a common laptop."""
MAX_HEIGHT = 8000
"""CSS px; what lies lower is cut off."""
SECONDS = 10.0
MEMORY = 2 << 30
"""Bytes of address space for the process that paints; an idle one takes a quarter of it."""
PAINTER = ("-m", page_painter.__name__)


@dataclass(frozen=True)
class WebPage:
    """`structure` is the document as structure.json holds it."""

    document: Document
    structure: dict
    screenshot: Image.Image
    boxes: Float[np.ndarray, "n 4"]
    """left, top, width, height of each node in px of the screenshot; NaN for what is not shown."""


def render_page(path: Path, width: int = WIDTH, seconds: float = SECONDS, memory: int = MEMORY) -> WebPage:
    """Parse, lay out and paint an HTML file. Scripts do not run, and no other file is read: pictures are grey.

    `width` is in CSS px; the height is that of the content, up to MAX_HEIGHT. UserError when the file is missing, no
    HTML, empty, or more than the engine can do in `seconds` and `memory` bytes.
    """
    header, pixels = _answer(path, read_bytes(path), width, seconds, memory)
    if "error" in header:
        raise UserError(f"{path} {header['error']}")
    check_nodes(header["structure"], path)
    boxes = [[math.nan] * 4 if box is None else box for box in header["boxes"]]
    return WebPage(
        as_document(header["structure"], path),
        header["structure"],
        Image.frombytes("RGB", (header["width"], header["height"]), pixels),
        np.array(boxes, float),
    )


def _answer(path: Path, content: bytes, width: int, seconds: float, memory: int) -> tuple[dict, bytes]:
    """What the painting process says. UserError when it does not end, or breaks."""
    limits = map(str, (width, MAX_HEIGHT, math.ceil(seconds), memory))
    command = [sys.executable, *PAINTER, *limits]
    try:
        done = subprocess.run(command, input=content, capture_output=True, timeout=seconds, check=False)
    except subprocess.TimeoutExpired:
        raise UserError(
            f"{path} was not laid out within {seconds:g} s and was given up; simplify the page, or give a screenshot "
            "and its document instead"
        ) from None
    head, _, pixels = done.stdout.partition(b"\n")
    if done.returncode or not head:
        raise UserError(
            f"{path} broke the rendering engine ({_reason(done)}); simplify the page, or give a screenshot and its "
            "document instead"
        )
    return json.loads(head), pixels


def _reason(done: subprocess.CompletedProcess[bytes]) -> str:
    """The last thing that the process said, else how it ended."""
    said = done.stderr.decode("utf-8", "replace").strip().splitlines()
    return said[-1][:200] if said else f"exit code {done.returncode}"
