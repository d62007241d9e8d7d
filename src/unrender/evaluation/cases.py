"""The worst and the best pages of a split, as one picture: image, truth and prediction side by side."""

import numpy as np
import pyarrow as pa
from jaxtyping import Float
from PIL import Image

from unrender.evaluation.metrics.maps import OUTSIDE, Maps
from unrender.evaluation.metrics.tally import Tally
from unrender.evaluation.pages import decode
from unrender.evaluation.pictures import heat, marked, sheet, swatch_picture
from unrender.evaluation.predictions import read_maps
from unrender.models.encoder import Encoder

HEADS = [
    "page",
    "true text, images",
    "read text, images",
    "true colours",
    "read colours",
    "true hierarchy",
    "read hierarchy",
]
JUDGED_BY = ("text_iou", "image_iou", "colour_accuracy")


def page_scores(tallies: dict[str, Tally]) -> np.ndarray:
    """One number per page for ranking only: the mean of its own IoUs and colour accuracy, where it has them."""
    return np.nanmean([tallies[name].ratios for name in JUDGED_BY], axis=0)


def draw_cases(model: Encoder, table: pa.Table, tallies: dict[str, Tally], count: int = 4) -> Image.Image:
    """The `count` worst pages, then the `count` best; fewer where the split is small."""
    chosen = worst_and_best(page_scores(tallies), count)
    rows = [_row(model, table.slice(i, 1), f"{kind}: {_caption(tallies, i)}") for kind, i in chosen]
    return sheet(rows, HEADS)


def worst_and_best(scores: Float[np.ndarray, "n"], count: int) -> list[tuple[str, int]]:
    """("worst", row) of the `count` lowest, lowest first, then ("best", row) of the highest, highest first; fewer of
    each where there are not twice as many rows."""
    ranked = np.argsort(scores, kind="stable").tolist()
    count = min(count, len(ranked) // 2)
    return [("worst", row) for row in ranked[:count]] + [("best", row) for row in ranked[len(ranked) - count :][::-1]]


def _row(model: Encoder, page: pa.Table, caption: str) -> tuple[str, list[np.ndarray]]:
    batch = decode(page)
    image, true = batch.images[0], batch.true
    read = read_maps(model, batch.images).maps().within(true.colour != OUTSIDE)
    return f"{page['id'][0].as_py()}  {caption}", [
        image,
        *(_marked(image, maps) for maps in (true, read)),
        *(swatch_picture(maps.colour[0]) for maps in (true, read)),
        *(heat(maps.hierarchy[0]) for maps in (true, read)),
    ]


def _marked(image: np.ndarray, maps: Maps) -> np.ndarray:
    return marked(image, maps.text[0], maps.image[0], maps.hierarchy[0])


def _caption(tallies: dict[str, Tally], row: int) -> str:
    one = np.array([row])
    parts = [f"{name} {tally[one].value:.3f}" for name, tally in tallies.items() if not tally[one].empty]
    return "  ".join(parts)
