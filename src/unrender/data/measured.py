"""Grammar by measuring: the boxes that structure maps show, scored with the very formulas that made the labels; and
what can be said of the sizes of their texts.

No learning. The scores are a baseline of the abstractor, and what the abstractor starts from.
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
SIZES = (
    "texts",
    *("mean height", "spread of heights", "greatest height", "least height"),
    *("mean weight", "spread of weights", "greatest weight", "least weight"),
    *("height of the largest", "weight of the largest"),
    *("weight of the tallest", "width of the tallest", "height of the weightiest"),
)
"""What is said of the texts of a page. Heights are those of a line, and like the number of texts logarithms of px; the
largest text is that of the greatest area, the tallest that of the highest line; widths are shares of the page's."""
WHOLE = "alignment", "whitespace"
"""Scores that are also said of all that the masks show, specks and strips included."""
SCORED = len(NAMES) + len(WHOLE)
MEASURED = SCORED + len(SIZES)
LEAST = 2, 3  # px: height and width below which a spot is taken for noise
SOLID_TEXT, SOLID_PICTURE = (2, 10), (9, 9)
"""px: the least that counts where edges and free space are scored, for what is misread has edges of its own. Chosen on
`val` as the encoder reads it: of true maps, where words may be shorter, all that the masks show says more."""
AROUND = 3  # px: how far from a text its ground is looked for


def measured(maps: UInt8[np.ndarray, "n 2 h w"]) -> Float[np.ndarray, "n 20"]:
    """Of packed maps: the four scores, in the order of grammar.NAMES, those of WHOLE, and SIZES; float32."""
    return np.array([_page(*page) for page in maps], np.float32).reshape(len(maps), MEASURED)


def _page(first: UInt8[np.ndarray, "h w"], hierarchy: UInt8[np.ndarray, "h w"]) -> list[float]:
    colour, text, image = first & COLOUR, (first & TEXT) > 0, (first & IMAGE) > 0
    rows, columns = (np.flatnonzero((colour > 0).any(axis)) for axis in (1, 0))
    if not len(rows):
        return [0.5] * SCORED + [0.0] * len(SIZES)
    page = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
    colour, text, image, hierarchy = (each[page] for each in (colour, text, image, hierarchy))
    texts = [_text(place, part, colour, text, hierarchy) for place, part in _components(text)]
    height, width = colour.shape
    whole = grammar.scores([*texts, *_marks(image)], width, height)
    solid = [*_marks(_opened(text, SOLID_TEXT)), *_marks(_opened(image, SOLID_PICTURE))]
    found = whole | {
        "alignment": grammar.alignment(solid, width),
        "whitespace": grammar.whitespace(solid, width, height),
    }
    return [*(found[name] for name in NAMES), *(whole[name] for name in WHOLE), *_sizes(texts, width)]


def _opened(mask: Bool[np.ndarray, "h w"], least: tuple[int, int]) -> Bool[np.ndarray, "h w"]:
    """The mask without what a rectangle of this height and width has no room in."""
    return ndimage.grey_opening(mask.view(np.uint8), least) > 0


def _marks(mask: Bool[np.ndarray, "h w"]) -> list[Mark]:
    """Its regions, as boxes that are neither text nor ranked."""
    return [Mark(_box(place), False, 0.5, 1.0, 1.0, False) for place, _ in _components(mask)]


def _sizes(texts: list[Mark], width: int) -> list[float]:
    if not texts:
        return [0.0] * len(SIZES)
    height, weight = np.log([mark.rem for mark in texts]), np.array([mark.weight for mark in texts])
    largest, tallest = int(np.argmax([mark.area for mark in texts])), int(height.argmax())
    spreads = [value for each in (height, weight) for value in (each.mean(), each.std(), each.max(), each.min())]
    ends = height[largest], weight[largest], weight[tallest], texts[tallest].box[2] / width, height[weight.argmax()]
    return [float(value) for value in (np.log1p(len(texts)), *spreads, *ends)]


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
