"""Grammar by measuring: the boxes that structure maps show, scored with the very formulas that made the labels.

No learning. It is a baseline of the abstractor, and what the abstractor starts from.
"""

import numpy as np
from jaxtyping import Bool, Float, UInt8
from scipy import ndimage

from unrender.data.packed_maps import COLOUR, IMAGE, TEXT
from unrender.design import grammar
from unrender.design.grammar import NAMES, Mark
from unrender.design.swatches import SWATCHES, contrast_ratio
from unrender.design.type_roles import ROLES

Part = tuple[tuple[slice, slice], Bool[np.ndarray, "h2 w2"]]
"""The rectangle that a region lies in, and which of its pixels are the region's."""
WEIGHTS = np.unique([role.weight for role in ROLES.values()])
RANKED = np.unique([role.weight for role in ROLES.values() if role.counts])
LEAST = 2, 3  # px: height and width below which a spot is taken for noise
AROUND = 3  # px: how far from a text its ground is looked for


def measured(maps: UInt8[np.ndarray, "n 2 h w"]) -> Float[np.ndarray, "n 4"]:
    """The four scores of packed maps, in the order of grammar.NAMES; float32."""
    return np.array([_scores(*page) for page in maps], np.float32)


def _scores(first: UInt8[np.ndarray, "h w"], hierarchy: UInt8[np.ndarray, "h w"]) -> list[float]:
    colour, text, image = first & COLOUR, (first & TEXT) > 0, (first & IMAGE) > 0
    rows, columns = (np.flatnonzero((colour > 0).any(axis)) for axis in (1, 0))
    if not len(rows):
        return [0.5] * len(NAMES)
    page = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
    colour, text, image, hierarchy = (each[page] for each in (colour, text, image, hierarchy))
    marks = [
        *(_text(place, part, colour, text, hierarchy) for place, part in _components(text)),
        *(Mark(_box(place), False, 0.5, 1.0, 1.0, False) for place, _ in _components(image)),
    ]
    found = grammar.scores(marks, colour.shape[1], colour.shape[0])
    return [found[name] for name in NAMES]


def _components(mask: Bool[np.ndarray, "h w"]) -> list[Part]:
    """Connected regions, with the rectangle that each lies in."""
    labels, _ = ndimage.label(mask)
    found = []
    for number, place in enumerate(ndimage.find_objects(labels), 1):
        height, width = (side.stop - side.start for side in place)
        if height >= LEAST[0] and width >= LEAST[1]:
            found.append((place, labels[place] == number))
    return found


def _box(place: tuple[slice, slice]) -> tuple[float, float, float, float]:
    rows, columns = place
    return float(columns.start), float(rows.start), float(columns.stop - columns.start), float(rows.stop - rows.start)


def _text(place, part, colour, text, hierarchy) -> Mark:
    """A text as the grammar sees one; its size is the height of its lowest lines."""
    ink = np.bincount(colour[place][part], minlength=len(SWATCHES)).argmax()
    around = tuple(slice(max(0, side.start - AROUND), side.stop + AROUND) for side in place)
    free = colour[around][~text[around]]
    ground = np.bincount(free, minlength=len(SWATCHES))[1:].argmax() + 1 if len(free) else ink
    ratio = contrast_ratio(SWATCHES[ink], SWATCHES[ground]) if ink and ground else 1.0
    weight = float(np.median(hierarchy[place][part])) / 255
    intent = WEIGHTS[np.abs(WEIGHTS - weight).argmin()]
    return Mark(_box(place), True, float(intent), _line_height(part), ratio, bool(intent in RANKED))


def _line_height(part: Bool[np.ndarray, "h w"]) -> float:
    """Height of one line of a block: where the lines end at different places, the lowest columns show it."""
    heights = part.sum(0)
    return float(np.quantile(heights[heights > 1], 0.1)) if (heights > 1).any() else 1.0
