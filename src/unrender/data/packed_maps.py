"""Structure maps at two bytes a pixel."""

import numpy as np
import pyarrow as pa
from jaxtyping import Bool, Float, Shaped, UInt8

from unrender.data import pictures
from unrender.data.schema import MAPS, NUM_COLOURS

TEXT, IMAGE = 32, 64  # bits above the colour id
COLOUR = TEXT - 1
assert NUM_COLOURS <= TEXT


def packed(
    masks: Bool[np.ndarray, "n 2 h w"], colour: UInt8[np.ndarray, "n h w"], hierarchy: UInt8[np.ndarray, "n h w"]
) -> UInt8[np.ndarray, "n 2 h w"]:
    """Colour id and both masks in one byte, hierarchy in the other."""
    return np.stack([colour | masks[:, 0] * np.uint8(TEXT) | masks[:, 1] * np.uint8(IMAGE), hierarchy], 1)


def packed_likelihoods(
    text: Float[np.ndarray, "n h w"],
    image: Float[np.ndarray, "n h w"],
    colour: UInt8[np.ndarray, "n h w"],
    hierarchy: Float[np.ndarray, "n h w"],
) -> UInt8[np.ndarray, "n 2 h w"]:
    """As `packed`: masks cut at one half, hierarchy at eight bits."""
    return packed(np.stack([text, image], 1) > 0.5, colour, (hierarchy * 255).round().astype(np.uint8))


def unpacked(maps: UInt8[np.ndarray, "2 h w"]) -> dict[str, Shaped[np.ndarray, "..."]]:
    """masks bool (2, h, w) | colour uint8 (h, w) | hierarchy uint8 (1, h, w)."""
    return {
        "masks": np.stack([maps[0] & TEXT, maps[0] & IMAGE]) > 0,
        "colour": maps[0] & COLOUR,
        "hierarchy": maps[1:],
    }


def true_maps(table: pa.Table) -> UInt8[np.ndarray, "n 2 h w"]:
    """The labels, packed."""
    text, image, colour, hierarchy = (
        np.stack([pictures.decode(cell) for cell in table[name].to_pylist()]) for name in MAPS
    )
    return packed(np.stack([text, image], 1) > 127, colour, hierarchy)


def within(maps: UInt8[np.ndarray, "n 2 h w"], true: UInt8[np.ndarray, "n 2 h w"]) -> UInt8[np.ndarray, "n 2 h w"]:
    """The maps, with nothing outside of the page: where it lies in its frame is known to whoever put it there."""
    return maps * ((true[:, :1] & COLOUR) > 0)
