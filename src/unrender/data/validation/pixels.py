"""A row's pictures: they decode, have the right size and mode, and agree with one another."""

import io
import struct
import zlib
from collections.abc import Iterator

import numpy as np
from PIL import Image

from unrender.data.pictures import encode
from unrender.data.schema import MAPS, NUM_COLOURS, SIZE
from unrender.design.swatches import RGB
from unrender.render.frame import ARTBOARD, place

PICTURES = ("image", *MAPS)
MODES = {"image": "RGB", **dict.fromkeys(MAPS, "L")}
_BROKEN = (OSError, SyntaxError, ValueError, EOFError, zlib.error, struct.error, Image.DecompressionBombError)
"""What Pillow raises on damaged bytes."""

SWATCH_RGB = np.array([ARTBOARD, *RGB.values()], np.int16)  # (k, 3), by colour id

Fault = tuple[str, str]
"""(rule, sentence)."""


def read(row: dict) -> tuple[dict[str, np.ndarray], list[Fault]]:
    """The pictures that are as they must be, and what is wrong with the others."""
    pictures: dict[str, np.ndarray] = {}
    faults: list[Fault] = []
    for name in PICTURES:
        cell = row[name]
        if cell is None or cell["bytes"] is None:
            if name == "image" or row["source"] == "synthetic":
                faults.append(("null_value", f"Column {name!r} holds no picture."))
            continue
        found = _open(name, cell["bytes"])
        if isinstance(found, tuple):
            faults.append(found)
        else:
            pictures[name] = found
    return pictures, faults


def _open(name: str, data: bytes) -> np.ndarray | Fault:
    try:
        with Image.open(io.BytesIO(data)) as image:
            if image.size != (SIZE, SIZE):
                return ("picture_size", f"{name} is {image.width} x {image.height} px, not {SIZE} x {SIZE}.")
            image.load()
            if image.mode != MODES[name]:
                return ("picture_mode", f"{name} is of mode {image.mode}, not {MODES[name]}.")
            return np.asarray(image)
    except _BROKEN as error:
        return ("picture_broken", f"{name} does not decode: {_plain(error)}.")


def _plain(error: BaseException) -> str:
    text = str(error) or type(error).__name__
    return "it is no picture" if text.startswith("cannot identify") else text


def converted(row: dict, name: str) -> dict | None:
    """The picture in the mode it should have, or None where that would lose or guess anything."""
    with Image.open(io.BytesIO(row[name]["bytes"])) as image:
        if image.mode == "P" and name != "image":
            return None  # an index or its colour: nobody knows which was meant
        pixels = np.asarray(image.convert("RGBA"))
    colours, opaque = pixels[..., :3], (pixels[..., 3] == 255).all()
    grey = (colours == colours[..., :1]).all()
    if not opaque or (name != "image" and not grey):
        return None
    return encode(np.ascontiguousarray(colours if name == "image" else colours[..., 0]))


def check_values(row: dict, pictures: dict[str, np.ndarray]) -> Iterator[Fault]:
    """What the pixels may be, and where."""
    for name in ("text_mask", "image_mask"):
        odd = (pictures[name].view(np.int8) + 0) if name in pictures else np.zeros(1, np.int8)  # 255 is -1
        count = int(np.count_nonzero((odd != 0) & (odd != -1)))
        if count:
            yield "mask_values", f"{name} holds {count} pixels that are neither 0 nor 255."
    if "colour" not in pictures:
        return
    colour = pictures["colour"]
    if colour.max() >= NUM_COLOURS:
        yield "colour_ids", f"colour holds id {colour.max()}; the last swatch is {NUM_COLOURS - 1}."
        return
    yield from _letterbox(row, pictures, colour != 0)


def _letterbox(row: dict, pictures: dict[str, np.ndarray], page: np.ndarray) -> Iterator[Fault]:
    """The page is a full rectangle where its size puts it (to a pixel); around it lie the artboard and empty maps."""
    rows, columns = np.flatnonzero(page.any(1)), np.flatnonzero(page.any(0))
    if not len(rows):
        yield "letterbox", "colour says that no pixel belongs to the page."
        return
    found = (int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1)
    area = (found[2] - found[0]) * (found[3] - found[1])
    if np.count_nonzero(page) != area:
        yield "letterbox", f"colour has {area - np.count_nonzero(page)} holes (id 0) inside the page."
        return
    if row["page_width"] and row["page_height"]:
        wanted = place(row["page_width"], row["page_height"]).box
        if max(abs(a - b) for a, b in zip(found, wanted, strict=True)) > 1:
            yield "letterbox", f"colour has the page at {found}; its size in CSS px puts it at {wanted}."
    if "image" in pictures and any((strip != ARTBOARD).any() for strip in _around(pictures["image"], found)):
        yield "letterbox", "The image is not the artboard's grey everywhere outside the page."
    for name in ("text_mask", "image_mask", "hierarchy"):
        if name in pictures and any(strip.any() for strip in _around(pictures[name], found)):
            yield "letterbox", f"{name} marks pixels outside the page."


def _around(pixels: np.ndarray, box: tuple[int, int, int, int]) -> tuple[np.ndarray, ...]:
    """The strips above, below, left and right of a box."""
    left, top, right, bottom = box
    return pixels[:top], pixels[bottom:], pixels[top:bottom, :left], pixels[top:bottom, right:]


def flat_share(pictures: dict[str, np.ndarray]) -> float:
    """Share of the page's pixels whose colour is that of their swatch.

    Most of a page is flat, so a low share says that image and colour map belong to different pages.
    """
    colour, image = pictures["colour"][::2, ::2], pictures["image"][::2, ::2]
    near = np.abs(SWATCH_RGB[colour] - image).max(-1) <= 12
    page = colour != 0
    return float(near[page].mean())


def weightless_share(pictures: dict[str, np.ndarray]) -> float:
    """Share of text pixels that the hierarchy map gives no weight: 0 when both belong together."""
    text = pictures["text_mask"] != 0
    return float((pictures["hierarchy"][text] == 0).mean()) if text.any() else 0.0
