"""Boxes of a page, and the same boxes in the frame that networks see it in."""

import numpy as np
from jaxtyping import Float

from unrender.render.frame import SIZE, place


def framed(boxes: Float[np.ndarray, "n 4"], size: tuple[int, int]) -> Float[np.ndarray, "n 4"]:
    """Boxes in CSS px of a page of `size` as shares of the frame."""
    at = place(*size)
    return (boxes * at.scale + (at.left, at.top, 0, 0)) / SIZE


def unframed(boxes: Float[np.ndarray, "n 4"], size: tuple[int, int]) -> Float[np.ndarray, "n 4"]:
    """The way back."""
    at = place(*size)
    return (boxes * SIZE - (at.left, at.top, 0, 0)) / at.scale
