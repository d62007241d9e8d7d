"""A reading as pictures: one per map, and one on the page itself."""

import numpy as np
from PIL import Image, ImageDraw

from unrender.evaluation.metrics.maps import Maps
from unrender.evaluation.pictures import IMAGE, TEXT, font, heat, marked, mask_picture, swatch_picture
from unrender.inference.reader import Reading

SMALLEST = 480  # a smaller picture is enlarged by whole steps, or its legend would not fit
INK, PAPER = (40, 44, 52), (255, 255, 255)


def map_pictures(reading: Reading) -> dict[str, Image.Image]:
    """text, image: white where seen; colour: swatch colours; hierarchy: heat. All at the picture's own size."""
    maps = reading.maps()
    return {
        "text": Image.fromarray(mask_picture(maps.text[0])),
        "image": Image.fromarray(mask_picture(maps.image[0])),
        "colour": Image.fromarray(swatch_picture(maps.colour[0])),
        "hierarchy": Image.fromarray(heat(maps.hierarchy[0])),
    }


def overlay(picture: Image.Image, reading: Reading) -> Image.Image:
    """Text and images marked on the page, the weightier the stronger, with a legend below."""
    step = max(1, -(-SMALLEST // max(picture.size)))
    picture = picture.resize((picture.width * step, picture.height * step), Image.Resampling.NEAREST)
    maps = reading.maps(*picture.size)
    line = max(1, round(max(picture.size) / 700))
    page = marked(np.asarray(picture), maps.text[0], maps.image[0], maps.hierarchy[0], line)
    return _with_legend(Image.fromarray(page), maps)


def _with_legend(page: Image.Image, maps: Maps) -> Image.Image:
    size = round(np.clip(page.width / 62, 12, 44))
    strip, width = round(size * 2.4), max(page.width, SMALLEST)
    out = Image.new("RGB", (width, page.height + strip), PAPER)
    out.paste(page, ((width - page.width) // 2, 0))
    draw, top, left = ImageDraw.Draw(out), page.height + round(size * 0.7), size
    draw.line((0, page.height, width, page.height), fill=(210, 214, 220), width=max(1, size // 12))
    for tint, label in ((TEXT, f"text {maps.text.mean():.0%}"), (IMAGE, f"images {maps.image.mean():.0%}")):
        draw.rounded_rectangle((left, top, left + size, top + size), size // 4, fill=tint)
        left = _label(draw, label, left + round(size * 1.5), top, size)
    for i, share in enumerate((0.15, 0.35, 0.6, 0.9)):
        shade = tuple(round(255 - (255 - ink) * share) for ink in INK)
        draw.rectangle((left + i * size * 0.6, top, left + (i + 1) * size * 0.6, top + size), fill=shade)
    _label(draw, "stronger tint = weightier", left + round(size * 2.9), top, size)
    return out


def _label(draw: ImageDraw.ImageDraw, text: str, left: int, top: int, size: int) -> int:
    """Write and return where the next item may start."""
    draw.text((left, top + size / 2), text, fill=INK, font=font(size), anchor="lm")
    return round(left + draw.textlength(text, font=font(size)) + size * 1.6)
