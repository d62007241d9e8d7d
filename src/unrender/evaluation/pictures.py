"""Structure maps as pictures that a person can judge."""

from functools import cache

import numpy as np
from jaxtyping import Bool, Float, UInt8
from PIL import Image, ImageDraw, ImageFont

from unrender.design.swatches import RGB, SWATCHES

TEXT = (226, 26, 106)  # magenta: rare as a page colour
IMAGE = (0, 118, 220)
OUTSIDE = (44, 48, 54)
HEAT = ((14, 12, 40), (92, 22, 110), (206, 58, 84), (250, 148, 44), (252, 252, 190))  # dark to light, even steps


def swatch_picture(colour: UInt8[np.ndarray, "h w"]) -> UInt8[np.ndarray, "h w 3"]:
    """Every pixel in the colour of its swatch; outside the page dark grey."""
    return _palette()[colour]


def heat(weight: Float[np.ndarray, "h w"]) -> UInt8[np.ndarray, "h w 3"]:
    """0 dark, 1 bright; brightness alone already tells the order."""
    return _heat_table()[(np.clip(weight, 0, 1) * 255).round().astype(np.uint8)]


def mask_picture(mask: Bool[np.ndarray, "h w"]) -> UInt8[np.ndarray, "h w"]:
    """White where true."""
    return mask.astype(np.uint8) * 255


def marked(
    picture: UInt8[np.ndarray, "h w 3"],
    text: Bool[np.ndarray, "h w"],
    image: Bool[np.ndarray, "h w"],
    weight: Float[np.ndarray, "h w"],
    line: int = 1,
) -> UInt8[np.ndarray, "h w 3"]:
    """The picture, paled, with text and images tinted and outlined; the weightier, the stronger the tint.

    `line` is the width of the outline in pixels.
    """
    grey = picture @ np.array([0.299, 0.587, 0.114], np.float32)
    out = 0.55 * picture + 0.25 * grey[..., None] + 0.2 * 255
    strength = (0.14 + 0.5 * np.clip(weight, 0, 1))[..., None].astype(np.float32)
    for mask, tint in ((image, IMAGE), (text, TEXT)):
        colour = np.array(tint, np.float32)
        out = np.where(mask[..., None], picture * (1 - strength) + colour * strength, out)
        out[outline(mask, line)] = colour
    return out.clip(0, 255).astype(np.uint8)


def outline(mask: Bool[np.ndarray, "h w"], width: int = 1) -> Bool[np.ndarray, "h w"]:
    """The pixels of the mask within `width` of its edge (steps up, down, left, right)."""
    inner = mask
    for _ in range(width):
        padded = np.pad(inner, 1)
        inner = inner & padded[:-2, 1:-1] & padded[2:, 1:-1] & padded[1:-1, :-2] & padded[1:-1, 2:]
    return mask & ~inner


def sheet(rows: list[tuple[str, list[np.ndarray]]], heads: list[str]) -> Image.Image:
    """Rows of equal pictures under column heads, each row with a caption above it."""
    height, width = rows[0][1][0].shape[:2]
    gap, line = 10, 20
    page = Image.new("RGB", (gap + len(heads) * (width + gap), line + gap + len(rows) * (height + line + gap)), "white")
    draw = ImageDraw.Draw(page)
    for j, head in enumerate(heads):
        draw.text((gap + j * (width + gap), 5), head, fill="black", font=font(14))
    for i, (caption, pictures) in enumerate(rows):
        top = line + gap + i * (height + line + gap)
        draw.text((gap, top), caption, fill=(60, 60, 60), font=font(13))
        for j, picture in enumerate(pictures):
            page.paste(Image.fromarray(picture).convert("RGB"), (gap + j * (width + gap), top + line))
    return page


@cache
def font(size: int):
    """The typeface that comes with Pillow."""
    return ImageFont.load_default(size)


@cache
def _palette() -> UInt8[np.ndarray, "k 3"]:
    return np.array([OUTSIDE, *(RGB[name] for name in SWATCHES[1:])], np.uint8)


@cache
def _heat_table() -> UInt8[np.ndarray, "256 3"]:
    at, stops = np.linspace(0, 1, 256), np.linspace(0, 1, len(HEAT))
    return np.stack([np.interp(at, stops, channel) for channel in np.array(HEAT).T], -1).round().astype(np.uint8)


def contact_sheet(pages: UInt8[np.ndarray, "n h w 3"], columns: int, gap: int = 6) -> Image.Image:
    """Pages in rows of `columns`, on a light ground."""
    count, height, width = pages.shape[:3]
    rows = -(-count // columns)
    sheet = Image.new("RGB", (columns * (width + gap) + gap, rows * (height + gap) + gap), (236, 238, 241))
    for index, page in enumerate(pages):
        left, top = index % columns * (width + gap) + gap, index // columns * (height + gap) + gap
        sheet.paste(Image.fromarray(page), (left, top))
    return sheet
