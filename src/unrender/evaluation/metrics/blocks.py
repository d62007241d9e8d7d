"""Whether a page shows the right texts in the right places and colours: Design2Code's scores (Si et al. 2024).

Theirs are found by painting a page in a browser; here a block is given. Two things differ, and both are meant:
neighbouring blocks are not merged, for both pages come from one compiler, which splits texts alike; and each mean over
matched pairs also comes times `block_match` (`*_match`), since a page with one right block and nothing else has 1 in
the plain means.

Where the copy of a page is filled in by element (`design.stand_in`), texts say which element is meant, and any two
pages share some: other pages of test have a `block_match` of .56. Read the scores beside those of a page at random.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from jaxtyping import Float, Int

ALIKE = 0.5
"""Similarity of texts from which two blocks may be a pair."""
BONUS, WINDOW = 0.1, 1
"""Weight of the context, and how many blocks on either side are context."""
METRICS = (
    *("block_match", "block_text", "block_position", "block_colour"),
    *("block_text_match", "block_position_match", "block_colour_match"),
)
Counts = tuple[float, float]
"""Numerator and denominator."""


@dataclass(frozen=True)
class Block:
    """A text that stands on a page."""

    box: tuple[float, float, float, float]
    """(left, top, width, height) as shares of the page's width and height."""
    text: str
    colour: tuple[int, ...]
    """RGB, 0..255."""

    @property
    def area(self) -> float:
        return self.box[2] * self.box[3]


def block_scores(said: list[Block], true: list[Block]) -> list[Counts]:
    """METRICS of one page, each (score, 1), 0..1; (0, 0) where neither page has a text.

    `block_match`: area of the blocks in pairs / area of all blocks of both pages.
    `block_text`, `block_position`, `block_colour`: means over pairs of the similarity of texts, of 1 - max(|dx|, |dy|)
    of the centres, and of max(0, 1 - CIEDE2000 / 100); 0 without pairs.
    `*_match`: those times `block_match`. A page with one right block of ten has a small `block_match` and so no high
    `*_match`; read these.
    """
    if not said and not true:
        return [(0.0, 0.0)] * len(METRICS)
    pairs = matched(said, true)
    area = sum(block.area for block in [*said, *true])
    covered = sum(said[i].area + true[j].area for i, j in pairs)
    share = covered / area if area else 0.0
    here, there = [said[i] for i, _ in pairs], [true[j] for _, j in pairs]
    means = [_texts(here, there), _places(here, there), _colours(here, there)] if pairs else [0.0] * 3
    return [(score, 1.0) for score in (share, *means, *(share * mean for mean in means))]


def matched(said: list[Block], true: list[Block]) -> list[tuple[int, int]]:
    """Pairs (said, true) of blocks with similar texts: the best assignment (Hungarian) of similarity plus context,
    less those below ALIKE."""
    from scipy.optimize import linear_sum_assignment

    if not said or not true:
        return []
    alike = np.array([[similarity(a.text, b.text) for b in true] for a in said])
    rows, columns = linear_sum_assignment(_with_context(alike), maximize=True)
    return [(int(i), int(j)) for i, j in zip(rows, columns, strict=True) if alike[i, j] >= ALIKE]


@lru_cache(1 << 18)  # pages are filled from few texts, and each comparison takes some 50 us
def similarity(a: str, b: str) -> float:
    """2 x matching characters / characters of both (Ratcliff and Obershelp 1988, difflib's `ratio`), 0..1."""
    from difflib import SequenceMatcher

    return 1.0 if a == b else SequenceMatcher(None, a, b).ratio()


def _with_context(alike: Float[np.ndarray, "n m"]) -> Float[np.ndarray, "n m"]:
    """Similar pairs gain by similar pairs next to them: BONUS x the sum of the two greatest around, itself left out."""
    side = 2 * WINDOW + 1
    around = np.lib.stride_tricks.sliding_window_view(np.pad(alike, WINDOW), (side, side))
    around = np.delete(around.reshape(*alike.shape, side * side), side * side // 2, -1)
    best = np.sort(around, -1)[..., -2 * WINDOW :].sum(-1)
    return np.where(alike > ALIKE, alike + BONUS * best, alike)


def _texts(said: list[Block], true: list[Block]) -> float:
    return float(np.mean([similarity(a.text, b.text) for a, b in zip(said, true, strict=True)]))


def _places(said: list[Block], true: list[Block]) -> float:
    """Mean of 1 - the larger distance of the centres, across or down."""
    boxes = [np.array([block.box for block in blocks]) for blocks in (said, true)]
    centres = [box[:, :2] + box[:, 2:] / 2 for box in boxes]
    return float((1 - np.abs(centres[0] - centres[1]).max(-1)).clip(0).mean())


def _colours(said: list[Block], true: list[Block]) -> float:
    """Mean of max(0, 1 - CIEDE2000 / 100)."""
    from skimage.color import deltaE_ciede2000

    here, there = (_lab(np.array([block.colour for block in blocks])) for blocks in (said, true))
    return float((1 - deltaE_ciede2000(here, there) / 100).clip(0).mean())


def _lab(colours: Int[np.ndarray, "n 3"]) -> Float[np.ndarray, "n 3"]:
    from skimage.color import rgb2lab

    return rgb2lab(colours / 255)
