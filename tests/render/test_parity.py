"""The embedded engine against Chromium: same HTML, same viewport, same typefaces.

Measured over 72 designs: 95 % of them have 95 % of their boxes within 2 px (three quarters have all); SSIM at scale 1
from .94 to 1 (median .993), at frame scale from .86 to 1 (median .957). Two causes remain: the embedded engine rounds
the width of shrink-wrapped text up to a whole pixel, which adds up along a navigation bar, and about one page in a
hundred breaks a line elsewhere because its text fits to within that pixel.
"""

from dataclasses import dataclass

import numpy as np
import pytest
from PIL import Image
from skimage.metrics import structural_similarity

from tests.pages import drawn
from unrender.config import UserError
from unrender.design.brief import FORMATS, GOALS
from unrender.render import engines
from unrender.render.chromium import find_binary
from unrender.render.frame import fit, paint_scale
from unrender.render.structure import StructureMaps, structure_maps

try:
    find_binary()
except UserError as error:
    pytest.skip(str(error), allow_module_level=True)


@dataclass(frozen=True)
class Pair:
    """One design in both engines."""

    off: np.ndarray
    """Greatest difference of each element's box, CSS px."""
    ssim: float
    framed_ssim: float
    maps: tuple[StructureMaps, StructureMaps]


@pytest.fixture(scope="module")
def pairs() -> list[Pair]:
    kinds = [(goal, form) for goal in GOALS for form in FORMATS]
    found = [_pair(drawn(seed, kind=kind)) for seed, kind in enumerate(kinds)]
    engines.get("chromium").close()
    return found


def _pair(design) -> Pair:
    html, root = design.document()
    width, least = design.canvas
    both = [engines.get(name) for name in ("blitz", "chromium")]
    height = int(np.ceil(both[0].open(html, width, least).boxes()["page"][3]))
    pages = [engine.open(html, width, height) for engine in both]
    boxes = [page.boxes() for page in pages]
    without = {"t", "unseen"}  # runs of text and nodes that are not shown have no box
    blocks = [item.id for item in root.walk() if item.id != "n0" and without.isdisjoint(item.classes)]
    off = np.array([np.abs(np.subtract(boxes[0][name], boxes[1][name])).max() for name in blocks])
    framed = [np.asarray(fit(Image.fromarray(page.paint()[..., :3]))[0]) for page in pages]
    first, second = (structure_maps(engine.open(html, width, height, paint_scale(width, height))) for engine in both)
    return Pair(off, _ssim(*framed), _ssim(first.image, second.image), (first, second))


def _ssim(first: np.ndarray, second: np.ndarray) -> float:
    return float(structural_similarity(first, second, channel_axis=2))


def _iou(first: np.ndarray, second: np.ndarray) -> float:
    union = ((first > 0) | (second > 0)).sum()
    return float(((first > 0) & (second > 0)).sum() / union) if union else 1.0


def test_boxes_agree(pairs):
    assert np.mean([(pair.off <= 2).mean() >= 0.9 for pair in pairs]) >= 0.9
    assert np.mean([pair.off.max() <= 4 for pair in pairs]) >= 0.9
    assert np.median([pair.off.max() for pair in pairs]) <= 2
    assert (np.concatenate([pair.off for pair in pairs]) <= 2).mean() >= 0.93


def test_pictures_agree(pairs):
    assert min(pair.ssim for pair in pairs) > 0.88
    assert np.median([pair.ssim for pair in pairs]) > 0.97
    assert min(pair.framed_ssim for pair in pairs) > 0.70
    assert np.median([pair.framed_ssim for pair in pairs]) > 0.90


def test_maps_agree(pairs):
    assert np.median([_iou(first.text, second.text) for first, second in (pair.maps for pair in pairs)]) > 0.85
    assert np.median([_iou(first.picture, second.picture) for first, second in (pair.maps for pair in pairs)]) > 0.97
    inside = [
        (first.colour == second.colour)[first.colour > 0].mean() for first, second in (pair.maps for pair in pairs)
    ]
    assert min(inside) > 0.85
    assert np.median(inside) > 0.96
