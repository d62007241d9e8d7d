"""What a score is worth without learning: trivial predictors and a classical heuristic, fitted on train only.

constant   the same answer for every pixel: all text, all image, the most common colour, the mean hierarchy
mean_map   the same answer for every page: what train shows at each pixel
flat_page  each page in its own most common true colour: an oracle, and the "all background" floor of colour
heuristic  looks at the pixels: edge density and colour variety against thresholds, nearest swatch
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, UInt8

from unrender.design.swatches import SWATCHES
from unrender.evaluation.heuristic import Heuristic, fit_heuristic
from unrender.evaluation.metrics.maps import OUTSIDE, Maps, tallies
from unrender.evaluation.metrics.tally import Tally
from unrender.evaluation.pages import Batch

BLIND = ("constant", "mean_map")  # arms that never see the image: what a collapsed model can reach at best
NUM_COLOURS = len(SWATCHES)


@dataclass(frozen=True)
class Floors:
    """The fitted arms."""

    constant: Maps  # one page
    mean_map: Maps  # one page
    heuristic: Heuristic

    def tallies(self, batch: Batch) -> dict[str, dict[str, Tally]]:
        """Tallies of a batch by arm and metric."""
        n = len(batch.true)
        flat = Maps(batch.true.text, batch.true.image, flat_colour(batch.true.colour), batch.true.hierarchy)
        return {
            "constant": tallies(self.constant[[0] * n], batch.true),
            "mean_map": tallies(self.mean_map[[0] * n], batch.true),
            "flat_page": {"colour_accuracy": tallies(flat, batch.true)["colour_accuracy"]},
            "heuristic": tallies(self.heuristic(batch.images), batch.true),
        }


def fit_floors(train: Iterable[Batch]) -> Floors:
    """Fit every arm in one pass over pages of train, and a second one for the text threshold."""
    train = list(train)
    sums = _Sums(train[0].true.text.shape[1:])
    for batch in train:
        sums.add(batch.true)
    return Floors(sums.constant(), sums.mean_map(), fit_heuristic(train))


def flat_colour(colour: UInt8[np.ndarray, "n h w"]) -> UInt8[np.ndarray, "n h w"]:
    """Every page filled with its own most common colour."""
    counts = np.stack([np.bincount(page.ravel(), minlength=NUM_COLOURS) for page in colour])  # (n, k)
    counts[:, OUTSIDE] = 0
    return np.broadcast_to(counts.argmax(1).astype(np.uint8)[:, None, None], colour.shape)


class _Sums:
    """Per-pixel sums over train, letterbox excluded."""

    def __init__(self, shape: tuple[int, int]) -> None:
        self.page, self.text, self.image, self.hierarchy = np.zeros((4, *shape))
        self.colour = np.zeros((NUM_COLOURS, *shape), np.int32)

    def add(self, true: Maps) -> None:
        page = true.colour != OUTSIDE
        self.page += page.sum(0)
        self.text += (true.text & page).sum(0)
        self.image += (true.image & page).sum(0)
        self.hierarchy += (true.hierarchy * page).sum(0)
        for k in range(1, NUM_COLOURS):
            self.colour[k] += (true.colour == k).sum(0)

    def constant(self) -> Maps:
        yes = np.ones((1, *self.page.shape), bool)
        colour = self.colour.sum((1, 2)).argmax()
        hierarchy = self.hierarchy.sum() / self.page.sum()
        return Maps(yes, yes, np.full(yes.shape, colour, np.uint8), np.full(yes.shape, hierarchy, np.float32))

    def mean_map(self) -> Maps:
        seen = np.maximum(self.page, 1)
        return Maps(
            best_cut(self.text, self.page)[None],
            best_cut(self.image, self.page)[None],
            self.colour.argmax(0).astype(np.uint8)[None],
            (self.hierarchy / seen).astype(np.float32)[None],
        )


def best_cut(hits: Float[np.ndarray, "h w"], page: Float[np.ndarray, "h w"]) -> np.ndarray:
    """The fixed mask with the highest IoU over train.

    Pixels are added from the likeliest down: IoU after each is hits so far / (all hits + misses so far).
    """
    share = hits / np.maximum(page, 1)
    order = np.argsort(-share, axis=None, kind="stable")
    caught = np.cumsum(hits.ravel()[order])
    wrong = np.cumsum((page - hits).ravel()[order])
    iou = caught / np.maximum(hits.sum() + wrong, 1)
    return share >= share.ravel()[order[iou.argmax()]]
