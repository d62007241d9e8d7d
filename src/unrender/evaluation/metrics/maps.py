"""Structure maps against the truth: text_iou, image_iou, colour_accuracy, hierarchy_mse.

Only pixels of the page count. The letterbox around it (true colour 0) is the same grey on every image and
would be a free hit for any predictor.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Shaped, UInt8

from unrender.evaluation.metrics.tally import Tally

OUTSIDE = 0  # colour id of the letterbox
METRICS = ("text_iou", "image_iou", "colour_accuracy", "hierarchy_mse")
PERFECT = {"text_iou": 1.0, "image_iou": 1.0, "colour_accuracy": 1.0, "hierarchy_mse": 0.0}


@dataclass(frozen=True)
class Maps:
    """The four structure maps of n pages, true or predicted."""

    text: Bool[np.ndarray, "n h w"]
    image: Bool[np.ndarray, "n h w"]
    colour: UInt8[np.ndarray, "n h w"]  # swatch id, 0 outside the page
    hierarchy: Float[np.ndarray, "n h w"]  # 0 (ground) to 1 (weightiest)

    def __len__(self) -> int:
        return len(self.text)

    def __getitem__(self, rows) -> "Maps":
        return Maps(self.text[rows], self.image[rows], self.colour[rows], self.hierarchy[rows])

    def within(self, page: Bool[np.ndarray, "n h w"]) -> "Maps":
        """Nothing outside `page`."""
        zeroed = (np.where(page, getattr(self, name), 0) for name in ("colour", "hierarchy"))
        return Maps(self.text & page, self.image & page, *zeroed)


def concatenate(parts: list[Maps]) -> Maps:
    """Batches of pages, put end to end."""
    return Maps(*(np.concatenate([getattr(part, name) for part in parts]) for name in Maps.__annotations__))


def tallies(predicted: Maps, true: Maps) -> dict[str, Tally]:
    """Per-page counts of the four metrics. Raises ValueError when the shapes differ."""
    if predicted.text.shape != true.text.shape:
        raise ValueError(f"predicted {predicted.text.shape} but the truth is {true.text.shape}")
    page = true.colour != OUTSIDE
    return {
        "text_iou": overlap(predicted.text, true.text, page),
        "image_iou": overlap(predicted.image, true.image, page),
        "colour_accuracy": Tally(_count((predicted.colour == true.colour) & page), _count(page)),
        "hierarchy_mse": squared_error(predicted.hierarchy, true.hierarchy, page),
    }


def overlap(
    predicted: Bool[np.ndarray, "n h w"], true: Bool[np.ndarray, "n h w"], page: Bool[np.ndarray, "n h w"]
) -> Tally:
    """Intersection over union, summed over the data set (Jaccard index of all pixels together)."""
    return Tally(_count(predicted & true & page), _count((predicted | true) & page))


def squared_error(
    predicted: Float[np.ndarray, "n h w"], true: Float[np.ndarray, "n h w"], page: Bool[np.ndarray, "n h w"]
) -> Tally:
    """Mean squared error over the pixels of the pages. A prediction that is not finite raises ValueError."""
    error = np.square(predicted.astype(np.float32) - true.astype(np.float32)) * page
    total = error.sum(axis=(1, 2), dtype=np.float64)
    if not np.isfinite(total).all():
        raise ValueError(f"hierarchy of page {int(np.argmin(np.isfinite(total)))} is not finite")
    return Tally(total, _count(page))


def _count(mask: Shaped[np.ndarray, "n h w"]) -> Float[np.ndarray, "n"]:
    return np.count_nonzero(mask, axis=(1, 2)).astype(np.float64)
