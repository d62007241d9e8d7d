"""A section layout as a picture: a wireframe on paper, or its outlines and names over the page itself."""

from collections.abc import Mapping
from functools import cache

import numpy as np
from jaxtyping import UInt8
from PIL import Image, ImageDraw, ImageFont

from ..design.section_tree import walk
from .frame import SIZE, place
from .wireframe_signs import GROUP_OF, GROUPS, LOOKS, PAPER, Box, Colour, Number, Pen, round_box

FINER = 2
"""Drawn this much larger and averaged down, for smooth edges."""
INSET = 2.0
"""CSS px by which a container is drawn within one of the same place, so that both are seen."""
DEEPEST = 4
"""Nested containers are set in this often at most."""
INK, RULE = (30, 41, 59), (203, 213, 225)


def wireframe(
    layout: Mapping, width: Number, height: Number, size: int | None = None, labels: bool = True
) -> Image.Image:
    """Draw a layout.json of a page of width x height CSS px, RGB, with the names of the types unless told otherwise.

    `size` is the longer side in pixels (a CSS px each if None). Elements without a box are left out.
    """
    scale = (size or max(width, height)) / max(width, height)
    drawn = (max(1, round(width * scale)), max(1, round(height * scale)))
    canvas = Image.new("RGB", (drawn[0] * FINER, drawn[1] * FINER), PAPER)
    pen = Pen(ImageDraw.Draw(canvas), scale * FINER, max(1, round(1.2 * scale * FINER)))
    elements = _placed(layout, scale * FINER)
    for element, box in elements:
        LOOKS[element["type"]].sign(pen, box, GROUP_OF[element["type"]])
    if labels:
        _write(
            pen.draw,
            [(element["type"], box) for element, box in elements],
            canvas.size,
            min(10 * pen.scale, max(canvas.size) / 75),
        )
    return canvas.resize(drawn, Image.Resampling.BOX)


def ink_map(layout: Mapping, width: Number, height: Number, size: int = SIZE) -> UInt8[np.ndarray, "h w"]:
    """The bare wireframe that readings are compared by, the longer side `size` pixels: paper is 0, containers are
    outlines, everything else is filled, each type with an ink of its own."""
    at = place(round(width), round(height), size)
    canvas = Image.new("L", (at.width * FINER, at.height * FINER))
    draw, across, down = ImageDraw.Draw(canvas), at.width * FINER / width, at.height * FINER / height
    for element in walk(layout["structure"]):
        if "box" in element:
            left, top, wide, high = element["box"]
            right, bottom = (left + max(wide, 0)) * across - 1, (top + max(high, 0)) * down - 1
            corners = (left * across, top * down, max(right, left * across), max(bottom, top * down))
            _flat(draw, element["type"], corners)
    return np.asarray(canvas.reduce(FINER))


def _flat(draw: ImageDraw.ImageDraw, kind: str, corners: Box) -> None:
    if GROUP_OF[kind].name == "container":
        draw.rectangle(corners, outline=LOOKS[kind].strength, width=2 * FINER)
    else:
        draw.rectangle(corners, fill=LOOKS[kind].strength)


def over(screenshot: Image.Image, layout: Mapping, page_width: Number | None = None) -> Image.Image:
    """Outlines, light tints and names of the elements over the page, at the screenshot's own resolution, and a legend
    in a strip below it. `page_width` is the page's width in CSS px where that is not the screenshot's in pixels."""
    page = screenshot.convert("RGB")
    scale = page.width / (page_width or page.width)
    unit = max(scale, max(page.size) / 1600)
    grey = page.convert("L").convert("RGB")
    pale = Image.blend(Image.blend(page, grey, 0.35), Image.new("RGB", page.size, PAPER), 0.25)
    elements = _placed(layout, scale)
    draw = ImageDraw.Draw(pale, "RGBA")  # blends what it draws
    for element, box in elements:
        _mark(draw, element["type"], box, unit)
    named = [(element["type"], box) for element, box in elements]
    _write(draw, named, pale.size, 10 * unit)
    return _with_legend(pale, [kind for kind, _ in named], unit)


def _placed(layout: Mapping, scale: Number) -> list[tuple[Mapping, Box]]:
    """Elements with a box, parents first, and where to draw them. A container in one of the same place is set in."""
    found, stack = [], [(element, 0) for element in reversed(layout["structure"])]
    while stack:
        element, depth = stack.pop()
        inside = GROUP_OF[element["type"]].name == "container"
        stack += [(child, depth + inside) for child in reversed(element["children"])]
        if "box" in element:
            left, top, wide, high = element["box"]
            by = min(INSET * min(depth, DEEPEST), wide / 8, high / 8) if inside else 0.0
            corners = (left + by, top + by, left + wide - by, top + high - by)
            found.append((element, (corners[0] * scale, corners[1] * scale, corners[2] * scale, corners[3] * scale)))
    return found


def _mark(draw: ImageDraw.ImageDraw, kind: str, box: Box, unit: Number) -> None:
    """One element: outlined on a white rim, which shows on dark pages too, and tinted unless it holds others."""
    group = GROUP_OF[kind]
    holds = group.name == "container"
    line = max(1, round((1.2 if holds else 1.8) * unit))
    left, top, right, bottom = box
    corners = (left, top, max(right, left + 1), max(bottom, top + 1))
    around = (left - line, top - line, corners[2] + line, corners[3] + line)
    round_box(draw, around, 3 * unit + line, None, (*PAPER, 170), width=line)
    round_box(draw, corners, 3 * unit, None if holds else (*group.ink, 46), (*group.ink, 255), width=line)


def _write(draw: ImageDraw.ImageDraw, named: list[tuple[str, Box]], size: tuple[int, int], type_size: Number) -> None:
    """The name of each element on a small flag in one of its corners; left out where no corner is free. Small elements
    choose first, for they have the fewest free corners."""
    face, taken = font(max(6, round(type_size))), []
    for kind, box in sorted(named, key=lambda item: (item[1][2] - item[1][0]) * (item[1][3] - item[1][1])):
        wide, high = draw.textlength(kind, font=face) + type_size * 0.7, type_size * 1.35
        for flag in _flags(kind, box, wide, high):
            if _inside(flag, size) and not any(_meet(flag, other) for other in taken):
                taken.append(flag)
                draw.rounded_rectangle(flag, type_size * 0.25, GROUP_OF[kind].ink)
                draw.text(((flag[0] + flag[2]) / 2, (flag[1] + flag[3]) / 2), kind, PAPER, face, anchor="mm")
                break


def _flags(kind: str, box: Box, wide: Number, high: Number) -> list[Box]:
    """Where the name may stand: in a corner of a container or a tall element, else above it or below it."""
    left, top, right, bottom = box
    corners = [(left, top), (right - wide, top), (left, bottom - high), (right - wide, bottom - high)]
    around = [(left, top - high), (right - wide, top - high), (left, bottom)]
    tall = GROUP_OF[kind].name == "container" or bottom - top > 3 * high
    room = right - left >= wide and bottom - top >= high
    starts = corners + around if room and tall else around + corners * room
    return [(x, y, x + wide, y + high) for x, y in starts]


def _inside(flag: Box, size: tuple[int, int]) -> bool:
    return flag[0] >= 0 and flag[1] >= 0 and flag[2] <= size[0] and flag[3] <= size[1]


def _meet(a: Box, b: Box) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def _with_legend(page: Image.Image, kinds: list[str], unit: Number) -> Image.Image:
    """The groups that occur and how many elements of each, in a strip below the page: it hides nothing."""
    size = max(1, round(min(13 * unit, page.width / 30)))  # a page may be a few pixels wide
    entries = [(group.ink, group.name, sum(kind in group.types for kind in kinds)) for group in GROUPS]
    entries = [(ink, f"{name} {count}") for ink, name, count in entries if count]
    rows = _rows(entries, font(size), page.width, size)
    strip = Image.new("RGB", (page.width, round(size * (0.9 + 1.9 * len(rows)))), PAPER)
    draw = ImageDraw.Draw(strip)
    draw.line((0, 0, page.width, 0), RULE, max(1, round(unit)))
    for index, row in enumerate(rows):
        top = size * (0.9 + 1.9 * index)
        for left, ink, text in row:
            draw.rounded_rectangle((left, top, left + size, top + size), size / 4, ink)
            draw.text((left + 1.5 * size, top + size / 2), text, INK, font(size), anchor="lm")
    out = Image.new("RGB", (page.width, page.height + strip.height), PAPER)
    out.paste(page, (0, 0))
    out.paste(strip, (0, page.height))
    return out


def _rows(entries: list[tuple[Colour, str]], face, width: int, size: Number) -> list[list[tuple[Number, Colour, str]]]:
    """Entries one after another, on as many rows as they need: (left, ink, text)."""
    rows, left = [[]], float(size)
    for ink, text in entries:
        wide = 1.5 * size + face.getlength(text)
        if rows[-1] and left + wide > width - size:
            rows.append([])
            left = float(size)
        rows[-1].append((left, ink, text))
        left += wide + 1.8 * size
    return rows


@cache
def font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """The typeface that comes with Pillow."""
    return ImageFont.load_default(size)
