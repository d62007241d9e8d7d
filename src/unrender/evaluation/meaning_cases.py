"""The pages that are understood worst and best, as one picture: the page, what was read off it, and what that was said
to mean beside the truth."""

import numpy as np
import pyarrow as pa
from jaxtyping import Float, UInt8
from PIL import Image, ImageDraw

from unrender.data import pictures
from unrender.data.packed_maps import COLOUR, IMAGE, TEXT, true_maps, within
from unrender.design.brief import FORMATS, GOALS
from unrender.design.grammar import NAMES
from unrender.evaluation.cases import worst_and_best
from unrender.evaluation.metrics.briefs import Meanings
from unrender.evaluation.pictures import font, heat, marked, sheet, swatch_picture
from unrender.evaluation.predictions import read_packed
from unrender.models.encoder import Encoder

HEADS = ["page", "read text, images", "read colours", "read hierarchy", "said; truth as a line"]
WRONG, RIGHT, BAR, TRUTH = (190, 30, 30), (30, 110, 60), (150, 190, 225), (20, 20, 20)
LEFT, RIGHTMOST, LINE = 84, 246, 30  # px within a panel of 256


def mistakes(said: Meanings, true: Meanings) -> Float[np.ndarray, "n"]:
    """One number per page, for ranking only: wrong classes, and the mean error of the numbers."""
    errors = np.abs(np.column_stack([said.tone - true.tone, said.grammar - true.grammar])).mean(1)
    return (said.goal != true.goal) + (said.format != true.format) + errors


def draw_meaning_cases(
    encoder: Encoder, table: pa.Table, said: Meanings, true: Meanings, count: int = 4
) -> Image.Image:
    """The `count` worst pages of a split, then the `count` best; fewer where it is small."""
    chosen = worst_and_best(-mistakes(said, true), count)
    rows = [_row(encoder, table.slice(i, 1), kind, said[[i]], true[[i]]) for kind, i in chosen]
    return sheet(rows, HEADS)


def _row(encoder: Encoder, page: pa.Table, kind: str, said: Meanings, true: Meanings) -> tuple[str, list[np.ndarray]]:
    image = pictures.decode(page["image"][0].as_py())
    first, weight = within(read_packed(encoder, np.stack([image])), true_maps(page))[0]
    hierarchy = weight.astype(np.float32) / 255
    return f"{kind}: {page['id'][0].as_py()}", [
        image,
        marked(image, (first & TEXT) > 0, (first & IMAGE) > 0, hierarchy),
        swatch_picture(first & COLOUR),
        heat(hierarchy),
        _panel(said, true, image.shape[0]),
    ]


def _panel(said: Meanings, true: Meanings, side: int) -> UInt8[np.ndarray, "h w 3"]:
    """Classes as words, numbers as bars of 0..1."""
    page = Image.new("RGB", (side, side), "white")
    draw = ImageDraw.Draw(page)
    for row, (name, words) in enumerate((("goal", GOALS), ("format", FORMATS))):
        found, truth = (list(words)[int(getattr(meaning, name)[0])] for meaning in (said, true))
        text = found if found == truth else f"{found}, not {truth}"
        draw.text((8, 8 + LINE * row), name, fill="black", font=font(13))
        draw.text((LEFT, 8 + LINE * row), text, fill=RIGHT if found == truth else WRONG, font=font(13))
    values = [("tone", said.tone[0], true.tone[0])]
    values += [(name, said.grammar[0, i], true.grammar[0, i]) for i, name in enumerate(NAMES)]
    for row, (name, found, truth) in enumerate(values, 2):
        top, (end, at) = 8 + LINE * row, (LEFT + (RIGHTMOST - LEFT) * float(value) for value in (found, truth))
        draw.text((8, top), name, fill="black", font=font(13))
        draw.rectangle((LEFT, top + 2, RIGHTMOST, top + 16), outline=(215, 218, 222))
        draw.rectangle((LEFT, top + 2, max(LEFT, round(end)), top + 16), fill=BAR)
        draw.line((round(at), top - 1, round(at), top + 19), fill=TRUTH, width=2)
    return np.asarray(page)
