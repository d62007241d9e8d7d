"""PNG in memory: how maps and images lie in a row."""

import io
import zlib

import numpy as np
from PIL import Image


def encode(pixels: np.ndarray) -> dict:
    """uint8 (h, w) or (h, w, 3) -> the picture struct of the schema."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG", compress_type=zlib.Z_RLE)  # flat areas: faster and smaller
    return {"bytes": buffer.getvalue(), "path": None}


def decode(picture: dict) -> np.ndarray:
    """The picture struct -> uint8 pixels. PIL.UnidentifiedImageError or OSError if it is no picture."""
    with Image.open(io.BytesIO(picture["bytes"])) as image:
        return np.asarray(image)
