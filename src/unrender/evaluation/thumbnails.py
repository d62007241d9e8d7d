"""What a page looks like from afar."""

import numpy as np
from jaxtyping import Float, UInt8

COARSE = 16  # cells along each side of the picture that pages are compared by


def coarse(frame: UInt8[np.ndarray, "h w 3"]) -> Float[np.ndarray, "16 16 3"]:
    """Mean colour, 0..1, in 16 x 16 cells of a framed page."""
    height, width = frame.shape[0] // COARSE, frame.shape[1] // COARSE
    return frame.reshape(COARSE, height, COARSE, width, 3).mean((1, 3)) / 255
