"""Structure maps, true above read, for a look while training."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import UInt8
from PIL import Image

from unrender.design.swatches import RGB, SWATCHES

GAP = 4
PALETTE = np.array([(44, 48, 54), *(RGB[name] for name in SWATCHES[1:])], np.uint8)


def map_sheet(pages: Sequence[tuple[dict[str, np.ndarray], dict[str, np.ndarray]]]) -> Image.Image:
    """One band per (item of StructureDataset, maps read from it): image, text, images, colours, hierarchy.

    The maps that were read have the item's keys, shapes and types.
    """
    return Image.fromarray(np.concatenate([_band(true, read) for true, read in pages]))


def _band(true: dict[str, np.ndarray], read: dict[str, np.ndarray]) -> UInt8[np.ndarray, "h w 3"]:
    image = true["image"].transpose(1, 2, 0)
    rows = [np.concatenate([_framed(tile) for tile in (image, *_tiles(maps))], axis=1) for maps in (true, read)]
    return np.concatenate(rows)


def _tiles(maps: dict[str, np.ndarray]) -> list[np.ndarray]:
    grey = [maps["masks"][0] * 255, maps["masks"][1] * 255, maps["hierarchy"][0]]
    text, picture, weight = (np.repeat(values.astype(np.uint8)[..., None], 3, axis=2) for values in grey)
    return [text, picture, PALETTE[np.minimum(maps["colour"], len(PALETTE) - 1)], weight]


def _framed(tile: UInt8[np.ndarray, "h w 3"]) -> UInt8[np.ndarray, "h2 w2 3"]:
    return np.pad(tile, ((GAP, GAP), (GAP, GAP), (0, 0)), constant_values=128)
