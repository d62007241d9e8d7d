"""Section layouts, true beside read, for a look while training."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import UInt8
from PIL import Image

from unrender.data.schema import SIZE
from unrender.render.frame import place
from unrender.render.wireframe import wireframe

GAP, GROUND = 6, (128, 128, 128)
ZOOM = 2


def layout_sheet(pages: Sequence[tuple[UInt8[np.ndarray, "3 h w"], tuple[int, int], dict, dict]]) -> Image.Image:
    """One band per (framed page, its width and height in CSS px, true layout.json, the one that was read)."""
    side = ZOOM * SIZE + 2 * GAP
    sheet = Image.new("RGB", (3 * side, len(pages) * side), GROUND)
    for row, (frame, size, true, read) in enumerate(pages):
        tiles = [_page(frame, size), *(wireframe(layout, *size, ZOOM * SIZE) for layout in (true, read))]
        for column, tile in enumerate(tiles):
            sheet.paste(tile, (column * side + (side - tile.width) // 2, row * side + (side - tile.height) // 2))
    return sheet


def _page(frame: UInt8[np.ndarray, "3 h w"], size: tuple[int, int]) -> Image.Image:
    """The page without what surrounds it in the frame."""
    at = place(*size)
    page = Image.fromarray(np.ascontiguousarray(frame.transpose(1, 2, 0))).crop(at.box)
    return page.resize((ZOOM * at.width, ZOOM * at.height), Image.Resampling.LANCZOS)
