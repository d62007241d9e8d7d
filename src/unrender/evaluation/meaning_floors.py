"""What brief and grammar are worth without learning, fitted on train only.

constant   the most common goal and format, the median tone and scores
measured   grammar only, from the maps: the boxes that they show, scored with the formulas of the labels
nearest    looks at the maps: the NEIGHBOURS training pages whose coarse maps are nearest; most common or mean label
"""

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float, Int, UInt8
from scipy.spatial import KDTree

from unrender.data.packed_maps import IMAGE, TEXT
from unrender.design.grammar import NAMES
from unrender.evaluation.metrics.briefs import Meanings

COARSE = 16  # cells along each side of the maps that pages are compared by
NEIGHBOURS = 9
BLIND = ("constant",)  # the arm that never sees the page


@dataclass(frozen=True)
class MeaningFloors:
    """The fitted arms."""

    constant: Meanings  # one page
    known: Meanings
    tree: KDTree

    def __call__(self, maps: UInt8[np.ndarray, "n 2 h w"], measured: Float[np.ndarray, "n m"]) -> dict[str, Meanings]:
        """What each arm says of some pages, given their maps and what is measured on them."""
        near = self.tree.query(coarse(maps), k=min(NEIGHBOURS, len(self.known)))[1].reshape(len(maps), -1)
        nearest = Meanings(
            _most_common(self.known.goal[near]),
            _most_common(self.known.format[near]),
            self.known.tone[near].mean(1),
            self.known.grammar[near].mean(1),
        )
        constant = self.constant[[0] * len(maps)]
        return {
            "constant": constant,
            "nearest": nearest,
            "measured": replace(constant, grammar=measured[:, : len(NAMES)]),
        }


def fit_meaning_floors(coarse_maps: Float[np.ndarray, "n d"], known: Meanings) -> MeaningFloors:
    """From pages of train: `coarse` of their maps, and their labels."""
    constant = Meanings(
        _most_common(known.goal[None]),
        _most_common(known.format[None]),
        np.median(known.tone, keepdims=True),
        np.median(known.grammar, 0, keepdims=True),
    )
    return MeaningFloors(constant, known, KDTree(coarse_maps))


def coarse(maps: UInt8[np.ndarray, "n 2 h w"]) -> Float[np.ndarray, "n d"]:
    """Shares of text and image and mean hierarchy in 16 x 16 cells, flat."""
    layers = np.stack([(maps[:, 0] & TEXT) > 0, (maps[:, 0] & IMAGE) > 0, maps[:, 1] / np.float32(255)], 1)
    n, c, h, w = layers.shape
    cells = layers.reshape(n, c, COARSE, h // COARSE, COARSE, w // COARSE).mean((3, 5), dtype=np.float32)
    return cells.reshape(n, -1)


def _most_common(classes: Int[np.ndarray, "n k"]) -> Int[np.ndarray, "n"]:
    counts = np.stack([(classes == one).sum(1) for one in range(classes.max() + 1)], 1)
    return counts.argmax(1)
