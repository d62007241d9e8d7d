"""Any image file as an RGB picture of bounded size, or one sentence saying why not."""

import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from unrender.config import UserError

MAX_PIXELS = 256_000_000  # decoded, about 1 GB with four channels; beyond that a small file is a bomb
MAX_SIDE = 4096  # a larger picture is shrunk by whole steps: the networks look at 256 pixels, eyes at a few thousand
ORIENTATION = 0x0112  # EXIF tag


@dataclass(frozen=True)
class Screenshot:
    """An RGB picture and the size of the page it shows (equal unless it was too large to keep)."""

    picture: Image.Image
    width: int
    height: int


def open_screenshot(path: Path) -> Screenshot:
    """Read an image file. UserError when it is missing, damaged, no image, or larger than MAX_PIXELS."""
    try:
        with _unlimited_header(path) as file:
            _refuse_bombs(file, path)
            width, height = _upright_size(file)
            if file.format == "JPEG":
                file.draft(None, (MAX_SIDE, MAX_SIDE))  # decodes at 1/2, 1/4 or 1/8 where that is still enough
            file.load()
            picture = to_rgb(_shrunk(file))
    except UserError:
        raise
    except FileNotFoundError:
        raise UserError(f"{path}: no such file") from None
    except IsADirectoryError:
        raise UserError(f"{path} is a folder, not an image") from None
    except Image.UnidentifiedImageError:
        raise UserError(f"{path} is not an image in a known format (PNG, JPEG, WebP, ...)") from None
    except (OSError, SyntaxError, ValueError, struct.error, EOFError) as error:  # what Pillow's decoders raise
        raise UserError(f"{path} is damaged and cannot be decoded: {error}") from None
    return Screenshot(picture, width, height)


def to_rgb(image: Image.Image) -> Image.Image:
    """Any mode as upright RGB: transparency on white, deep greys scaled to 8 bits, EXIF orientation applied."""
    image = ImageOps.exif_transpose(image)
    if image.mode.startswith("I") or image.mode == "F":
        image = _eight_bits(image)
    if image.mode == "P" or "transparency" in image.info:
        image = image.convert("RGBA")
    if image.mode in ("RGBA", "LA", "PA", "RGBa", "La"):
        image = image.convert("RGBA")
        ground = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(ground, image)
    return image.convert("RGB")


def _unlimited_header(path: Path) -> Image.Image:
    """Open without Pillow's own limit, which is lower than ours and merely warns below twice its value."""
    limit, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None
    try:
        return Image.open(path)
    finally:
        Image.MAX_IMAGE_PIXELS = limit


def _refuse_bombs(file: Image.Image, path: Path) -> None:
    width, height = file.size
    if width * height > MAX_PIXELS:
        raise UserError(
            f"{path} claims {width} x {height} pixels; at most {MAX_PIXELS // 1_000_000} million are read. "
            "Scale it down first"
        )


def _upright_size(file: Image.Image) -> tuple[int, int]:
    """Width and height as a viewer shows them (EXIF orientations 5 to 8 lie on their side)."""
    width, height = file.size
    return (height, width) if file.getexif().get(ORIENTATION, 1) in (5, 6, 7, 8) else (width, height)


def _shrunk(image: Image.Image) -> Image.Image:
    """At most MAX_SIDE on the long side, in whole steps, before any conversion copies the pixels."""
    step = -(-max(image.size) // MAX_SIDE)
    if step == 1:
        return image
    if image.mode in ("P", "1", "I;16", "I;16L", "I;16B", "PA"):  # cannot be averaged in place: take every n-th pixel
        small = image.resize((-(-image.width // step), -(-image.height // step)), Image.Resampling.NEAREST)
    else:
        small = image.reduce(step)
    small.info = image.info
    small.getexif()[ORIENTATION] = image.getexif().get(ORIENTATION, 1)  # some formats keep it outside `info`
    return small


def _eight_bits(image: Image.Image) -> Image.Image:
    """Grey of 16 bits (or 32 that hold 16, or floats in 0..1) as 8 bits."""
    values = np.asarray(image, np.float32)
    top = 65535.0 if image.mode.startswith("I") else 1.0
    if values.max(initial=0) <= 255 and image.mode in ("I", "F") and values.max(initial=0) > 1:
        top = 255.0
    return Image.fromarray((np.nan_to_num(values) / top * 255).clip(0, 255).astype(np.uint8))
