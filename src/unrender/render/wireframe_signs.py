"""How each element type looks in a wireframe: containers as outlines, texts as bars, controls as pills, media as boxes
that are crossed out or carry a sign."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from PIL import ImageDraw

Colour = tuple[int, int, int]
Number = int | float
Box = tuple[Number, Number, Number, Number]
"""left, top, right, bottom in pixels of the drawing."""


@dataclass(frozen=True)
class Group:
    """Types that look alike: `ink` draws, `tint` fills."""

    name: str
    types: tuple[str, ...]
    ink: Colour
    tint: Colour


GROUPS = (
    Group("container", ("section", "grid", "column", "wrapper", "freedom"), (100, 116, 139), (246, 248, 251)),
    Group("text", ("heading", "paragraph", "list", "counter", "marquee"), (51, 65, 85), (226, 232, 240)),
    Group("control", ("button", "accordion", "tab", "social"), (79, 70, 229), (224, 231, 255)),
    Group("picture", ("image", "icon", "gallery", "masonry", "carousel"), (13, 148, 136), (204, 240, 235)),
    Group("embed", ("video", "map", "qr", "divider"), (217, 119, 6), (254, 239, 208)),
)
GROUP_OF = {kind: group for group in GROUPS for kind in group.types}
PAPER: Colour = (255, 255, 255)
SOFT: Colour = (148, 163, 184)
"""Bars of running text, lighter than headings."""
ONE = 1e6
"""A pitch that leaves one line."""


def round_box(draw: ImageDraw.ImageDraw, box: Box, radius: Number, *paint: tuple | None, width: int) -> None:
    """Round corners, `paint` is fill and outline. On whole pixels: between them, Pillow stumbles over small boxes."""
    draw.rounded_rectangle([round(edge) for edge in box], round(radius), *paint, width=width)


@dataclass(frozen=True)
class Pen:
    """Where to draw, and how large a CSS px and a line are there; `solid` is the opacity of fills, 0..255."""

    draw: ImageDraw.ImageDraw
    scale: Number
    line: int
    solid: int = 255

    def fill(self, colour: Colour) -> tuple[int, int, int, int]:
        return (*colour, self.solid)

    def panel(self, box: Box, radius: Number, fill: Colour | None, outline: Colour | None, width: int = 0) -> None:
        """A rectangle with round corners. One too small for them is filled; nothing is drawn inside out."""
        left, top, right, bottom = box
        right, bottom = max(right, left + 1), max(bottom, top + 1)
        round_by = min(radius, (right - left) / 2, (bottom - top) / 2)
        ground = None if fill is None else self.fill(fill)
        round_box(self.draw, (left, top, right, bottom), round_by, ground, outline, width=width or self.line)

    def stroke(self, points: list[tuple[Number, Number]], colour: Colour, width: int = 0) -> None:
        self.draw.line(points, fill=colour, width=width or self.line, joint="curve")

    def disc(self, x: Number, y: Number, radius: Number, fill: Colour | None, outline: Colour | None = None) -> None:
        corners = (x - radius, y - radius, x + radius, y + radius)
        self.draw.ellipse(corners, None if fill is None else self.fill(fill), outline, self.line)


Sign = Callable[[Pen, Box, Group], None]


def container(pen: Pen, box: Box, group: Group) -> None:
    pen.panel(box, 4 * pen.scale, group.tint, SOFT)


def wrapper(pen: Pen, box: Box, group: Group) -> None:
    pen.panel(box, 8 * pen.scale, PAPER, group.ink)


def freedom(pen: Pen, box: Box, group: Group) -> None:
    """Layers that lie on each other: hatched."""
    pen.panel(box, 4 * pen.scale, (236, 240, 246), group.ink)
    left, top, right, bottom = box
    step, shade = max(12 * pen.scale, 4), (217, 224, 234)
    for start in np.arange(left - (bottom - top) + step, right, step):
        x0, x1 = max(start, left), min(start + bottom - top, right)
        pen.stroke([(x0, bottom - (x0 - start)), (x1, bottom - (x1 - start))], shade)


def heading(pen: Pen, box: Box, group: Group) -> None:
    lines(pen, box, 44, 0.5, group.ink)


def paragraph(pen: Pen, box: Box, group: Group) -> None:
    lines(pen, box, 22, 0.42, SOFT)


def lines(pen: Pen, box: Box, pitch: Number, share: Number, colour: Colour) -> None:
    """Bars, one for about every `pitch` CSS px; each is `share` of its line high, the last of several shorter."""
    left, top, right, bottom = box
    count = max(1, round((bottom - top) / (pitch * pen.scale)))
    for index, (up, down) in enumerate(_cut(top, bottom, count)):
        thick, middle = (down - up) * share, (up + down) / 2
        end = left + (right - left) * (0.62 if count > 1 and index == count - 1 else 1)
        pen.panel((left, middle - thick / 2, end, middle + thick / 2), thick / 2, colour, None)


def bullets(pen: Pen, box: Box, group: Group) -> None:
    left, top, right, bottom = box
    count = max(2, round((bottom - top) / (24 * pen.scale)))
    for up, down in _cut(top, bottom, count):
        dot = min(3.5 * pen.scale, (down - up) / 4)
        pen.disc(left + dot, (up + down) / 2, dot, group.ink)
        lines(pen, (left + 5 * dot, up, right, down), ONE, 0.4, SOFT)


def counter(pen: Pen, box: Box, group: Group) -> None:
    """A number, and under it what it counts."""
    left, top, right, bottom = box
    cut, centre, half = top + 0.62 * (bottom - top), (left + right) / 2, (right - left) / 2
    lines(pen, (centre - 0.62 * half, top, centre + 0.62 * half, cut), ONE, 0.7, group.ink)
    lines(pen, (left, cut, right, bottom), ONE, 0.5, SOFT)


def marquee(pen: Pen, box: Box, group: Group) -> None:
    """Phrases that run along a band."""
    pen.panel(box, 2 * pen.scale, group.tint, None)
    for left, right in _cut(box[0], box[2], max(2, round((box[2] - box[0]) / (70 * pen.scale)))):
        lines(pen, (left + 6 * pen.scale, box[1], right - 6 * pen.scale, box[3]), ONE, 0.34, group.ink)


def button(pen: Pen, box: Box, group: Group) -> None:
    left, top, right, bottom = box
    pen.panel(box, (bottom - top) / 2, group.ink, None)
    side, thick = (right - left) * 0.24, (bottom - top) * 0.09
    pen.panel((left + side, (top + bottom) / 2 - thick, right - side, (top + bottom) / 2 + thick), thick, PAPER, None)


def accordion(pen: Pen, box: Box, group: Group) -> None:
    """Rows that open, each with an arrow."""
    for up, down in _cut(box[1], box[3], max(2, round((box[3] - box[1]) / (36 * pen.scale)))):
        pen.panel((box[0], up, box[2], down), 2 * pen.scale, group.tint, group.ink)
        high = (down - up) * 0.14
        lines(pen, (box[0] + 3 * high, up, box[0] + 0.6 * (box[2] - box[0]), down), ONE, 0.26, SOFT)
        x, y = box[2] - 4 * high, (up + down) / 2
        pen.stroke([(x - high, y - high / 2), (x, y + high / 2), (x + high, y - high / 2)], group.ink)


def tab(pen: Pen, box: Box, group: Group) -> None:
    """Tongues, the first of them in front, and the pane."""
    left, top, right, bottom = box
    cut = top + min(28 * pen.scale, (bottom - top) / 3)
    for index, (start, end) in enumerate(_cut(left, left + 0.7 * (right - left), 3)):
        pen.panel((start, top, end - 3 * pen.scale, cut), 3 * pen.scale, PAPER if index else group.ink, group.ink)
    pen.panel((left, cut, right, bottom), 2 * pen.scale, group.tint, group.ink)
    lines(pen, _shrunk((left, cut, right, bottom), 0.12), 24, 0.3, SOFT)


def social(pen: Pen, box: Box, group: Group) -> None:
    left, top, right, bottom = box
    for start, end in _cut(left, right, max(2, round((right - left) / max(bottom - top, 1) / 1.3))):
        pen.disc((start + end) / 2, (top + bottom) / 2, min(end - start, bottom - top) / 2, group.ink)


def image(pen: Pen, box: Box, group: Group) -> None:
    """The crossed box of every wireframe."""
    left, top, right, bottom = box
    pen.panel(box, 0, group.tint, group.ink)
    pale = _between(group.ink, group.tint)
    pen.stroke([(left, top), (right, bottom)], pale)
    pen.stroke([(left, bottom), (right, top)], pale)
    pen.panel(box, 0, None, group.ink)


def icon(pen: Pen, box: Box, group: Group) -> None:
    pen.panel(box, (box[3] - box[1]) / 4, group.tint, group.ink)
    reach = min(box[2] - box[0], box[3] - box[1]) / 4
    pen.disc((box[0] + box[2]) / 2, (box[1] + box[3]) / 2, reach, group.ink)


def gallery(pen: Pen, box: Box, group: Group) -> None:
    rows = max(1, round(3 * (box[3] - box[1]) / max(box[2] - box[0], 1)))
    for up, down in _cut(box[1], box[3], rows):
        for left, right in _cut(box[0], box[2], 3):
            image(pen, _shrunk((left, up, right, down), 0.05), group)


def masonry(pen: Pen, box: Box, group: Group) -> None:
    """Tiles of unequal height."""
    for (left, right), share in zip(_cut(box[0], box[2], 3), (0.62, 0.4, 0.55), strict=True):
        middle = box[1] + share * (box[3] - box[1])
        for up, down in ((box[1], middle), (middle, box[3])):
            image(pen, _shrunk((left, up, right, down), 0.05), group)


def carousel(pen: Pen, box: Box, group: Group) -> None:
    """A picture between two arrows, and a dot for each of the others."""
    image(pen, box, group)
    size, middle = min(box[2] - box[0], box[3] - box[1]) * 0.09, (box[1] + box[3]) / 2
    for x, way in ((box[0] + 3 * size, -1), (box[2] - 3 * size, 1)):
        pen.disc(x, middle, 2 * size, PAPER, group.ink)
        pen.stroke(
            [(x - way * size / 2, middle - size), (x + way * size / 2, middle), (x - way * size / 2, middle + size)],
            group.ink,
        )
    for step in (-1, 0, 1):
        pen.disc((box[0] + box[2]) / 2 + 2.5 * step * size, box[3] - 2 * size, 0.7 * size, group.ink)


def video(pen: Pen, box: Box, group: Group) -> None:
    pen.panel(box, 3 * pen.scale, group.tint, group.ink)
    x, y, size = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2, min(box[2] - box[0], box[3] - box[1]) * 0.2
    pen.disc(x, y, size, group.ink)
    pen.draw.polygon([(x - 0.3 * size, y - size / 2), (x + size / 2, y), (x - 0.3 * size, y + size / 2)], PAPER)


def street_map(pen: Pen, box: Box, group: Group) -> None:
    """Two roads and a pin."""
    pen.panel(box, 3 * pen.scale, group.tint, group.ink)
    left, top, right, bottom = box
    wide, high = right - left, bottom - top
    pale, thick = _between(group.ink, group.tint), max(pen.line, round(min(wide, high) * 0.04))
    for road in (((0, 0.7), (0.4, 0.55), (1, 0.8)), ((0.25, 1), (0.4, 0.55), (0.7, 0))):
        pen.stroke([(left + x * wide, top + y * high) for x, y in road], pale, thick)
    x, y, size = left + 0.6 * wide, top + 0.4 * high, min(wide, high) * 0.12
    pen.draw.polygon([(x - 0.9 * size, y + 0.4 * size), (x + 0.9 * size, y + 0.4 * size), (x, y + 2 * size)], group.ink)
    pen.disc(x, y, size, group.ink)
    pen.disc(x, y, 0.4 * size, PAPER)


def qr(pen: Pen, box: Box, group: Group) -> None:
    pen.panel(box, 0, group.tint, group.ink)
    left, top, right, bottom = _shrunk(box, 0.1)
    wide, high = (right - left) / 3.2, (bottom - top) / 3.2
    for x, y in ((left, top), (right - wide, top), (left, bottom - high)):
        pen.panel((x, y, x + wide, y + high), 0, None, group.ink, max(pen.line, round(wide / 5)))
    pen.panel((right - wide * 0.8, bottom - high * 0.8, right, bottom), 0, group.ink, None)


def divider(pen: Pen, box: Box, group: Group) -> None:
    middle = (box[1] + box[3]) / 2
    pen.stroke([(box[0], middle), (box[2], middle)], group.ink, max(pen.line, round(box[3] - box[1])))


def _cut(start: Number, end: Number, count: int) -> list[tuple[float, float]]:
    """Equal parts of a stretch."""
    edges = np.linspace(start, end, count + 1).tolist()
    return list(pairwise(edges))


def _shrunk(box: Box, share: Number) -> Box:
    by = share * min(box[2] - box[0], box[3] - box[1])
    return box[0] + by, box[1] + by, box[2] - by, box[3] - by


def _between(a: Colour, b: Colour) -> Colour:
    return ((a[0] + b[0]) // 2, (a[1] + b[1]) // 2, (a[2] + b[2]) // 2)


@dataclass(frozen=True)
class Look:
    """How a type is drawn, and how much ink of 255 it takes in the bare wireframe, by which likeness is measured."""

    sign: Sign
    strength: int


LOOKS = {
    "section": Look(container, 90),
    "grid": Look(container, 60),
    "column": Look(container, 60),
    "wrapper": Look(wrapper, 130),
    "freedom": Look(freedom, 160),
    "heading": Look(heading, 255),
    "paragraph": Look(paragraph, 120),
    "list": Look(bullets, 160),
    "counter": Look(counter, 200),
    "marquee": Look(marquee, 90),
    "button": Look(button, 255),
    "accordion": Look(accordion, 120),
    "tab": Look(tab, 170),
    "social": Look(social, 90),
    "icon": Look(icon, 255),
    "image": Look(image, 150),
    "gallery": Look(gallery, 110),
    "masonry": Look(masonry, 130),
    "carousel": Look(carousel, 180),
    "video": Look(video, 200),
    "map": Look(street_map, 90),
    "qr": Look(qr, 230),
    "divider": Look(divider, 255),
}
"""Every layout type has one."""
