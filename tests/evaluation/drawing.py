"""Tiny labelled pages, drawn from rectangles."""

import numpy as np

from unrender.design.swatches import RGB, SWATCHES
from unrender.evaluation.metrics.maps import Maps
from unrender.evaluation.pages import Batch
from unrender.render.frame import ARTBOARD

SIZE = 64


def draw_page(rng: np.random.Generator, size: int = SIZE) -> dict[str, np.ndarray]:
    """A page on an artboard, with stripes for text and one noisy picture."""
    colour = np.zeros((size, size), np.uint8)
    top = size // 8
    ground, ink = rng.choice(np.arange(1, len(SWATCHES)), 2, replace=False)
    colour[top:-top] = ground
    image = np.full((size, size, 3), ARTBOARD, np.uint8)
    image[top:-top] = RGB[SWATCHES[ground]]
    text, picture = np.zeros((2, size, size), bool)
    hierarchy = np.zeros((size, size), np.float32)
    y, x = rng.integers(top, size // 2, 2)
    text[y : y + 4, 4 : 4 + size // 2] = True
    image[y : y + 4, 4 : 4 + size // 2 : 2] = RGB[SWATCHES[ink]]
    picture[size // 2 + 6 : -top - 2, x : x + size // 3] = True
    image[picture] = rng.integers(0, 255, (picture.sum(), 3))
    colour[text], colour[picture] = ink, ground % (len(SWATCHES) - 1) + 1
    hierarchy[text], hierarchy[picture] = rng.uniform(0.5, 1), 0.4
    return {"image": image, "text": text, "picture": picture, "colour": colour, "hierarchy": hierarchy}


def draw_batch(seed: int, n: int, size: int = SIZE) -> Batch:
    rng = np.random.default_rng(seed)
    pages = [draw_page(rng, size) for _ in range(n)]
    stacked = {name: np.stack([page[name] for page in pages]) for name in pages[0]}
    images = stacked.pop("image")
    true = Maps(stacked["text"], stacked["picture"], stacked["colour"], stacked["hierarchy"])
    return Batch(range(n), images, true)
