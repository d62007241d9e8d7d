"""Section layouts as pictures: the pages that are read worst, middling and best, and layouts that were drawn.

Elements are outlined, tinted and named on the page itself as `unrender layout` does it (render/wireframe.py), the page
enlarged so that the names can be read.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float
from PIL import Image, ImageDraw

from unrender.design.section_tree import Document, Reading, assemble
from unrender.evaluation.evidence import strongest
from unrender.evaluation.layout import SplitReadings
from unrender.evaluation.layout_drawing import CONDITIONS, DrawnPage
from unrender.evaluation.metrics.arrangements import aesthetic, alignment, overlap
from unrender.evaluation.metrics.tally import Tally
from unrender.evaluation.pictures import font
from unrender.evaluation.rows import worst_middling_best
from unrender.evaluation.scored import Scored
from unrender.render.frame import place
from unrender.render.wireframe import over
from unrender.render.wireframe_signs import GROUPS

SIDE, DRAWN_SIDE = 600, 430
"""Of the square that each page is shown in, in pixels."""
BOLD = 1.25
"""Of names and outlines, against those of a page of as many CSS px: the report shows the sheet at two thirds."""
GAP, LINE, HEAD, BODY = 18, 32, 22, 18
INK, SOFT, PAPER, RULE = (27, 35, 48), (92, 104, 120), (255, 255, 255), (227, 231, 236)
JUDGED_BY = ("type_accuracy", "element_f1", "visual_similarity")
SHOWN = {
    "type_accuracy": "types", "element_f1": "element F1", "box_iou": "box IoU", "visual_similarity": "similarity",
}  # fmt: skip
"""Scores written under a reading, and what they are called there."""


@dataclass(frozen=True)
class Tile:
    """A picture and the line below it."""

    picture: Image.Image
    caption: str


def page_scores(tallies: Mapping[str, Tally]) -> Float[np.ndarray, " n"]:
    """One number per page, for ranking only: the mean of what it scores in types, elements and likeness, as far as
    these were measured."""
    return np.nanmean([tallies[name].ratios for name in JUDGED_BY if name in tallies], axis=0)


def draw_layout_cases(said: SplitReadings, scored: Scored, count: int = 2) -> Image.Image:
    """A band for each of the `count` worst, middling and best pages: the truth, what the network reads, and what the
    floor reads that is hardest to beat in finding elements."""
    judged = "element_f1" if "element_f1" in scored.own else "type_accuracy"
    arm = strongest(judged, {name: tallies[judged] for name, tallies in scored.arms.items()})
    bands = []
    for kind, row in worst_middling_best(page_scores(scored.own), count):
        page = said.pages[row]
        elements = f"{len(page.truth.starts)} elements"
        rivals = ((said.own[row], scored.own), (said.arms[arm][row], scored.arms[arm]))
        tiles = [Tile(_marked(said, row, page.truth), elements)]
        tiles += [Tile(_marked(said, row, reading), _scores(tallies, row)) for reading, tallies in rivals]
        bands.append((f"{kind}: {said.data.rows[row]['id']}, {elements} of {len(page.document)} nodes", tiles))
    heads = ["the page and its true layout", "as the network reads it", f"as {arm.replace('_', ' ')} reads it"]
    return _sheet(heads, bands, SIDE)


def draw_drawn_layouts(pages: Sequence[DrawnPage], count: int = 6) -> Image.Image:
    """The real layouts of `count` pages, from few elements to many, and beside each what was drawn for it."""
    heads = ["real", *(f"drawn from {condition.name.replace('_', ' ')}" for condition in CONDITIONS)]
    bands = []
    for page in _spread(pages, count):
        title = f"{page.id}, {len(page.truth.starts)} elements of {len(page.document)} nodes"
        readings = [page.truth, *(page.drawn[condition.name] for condition in CONDITIONS)]
        bands.append((title, [Tile(_bare(page, reading), _arrangement_scores(page, reading)) for reading in readings]))
    return _sheet(heads, bands, DRAWN_SIDE)


def _spread(pages: Sequence[DrawnPage], count: int) -> list[DrawnPage]:
    """Chosen by the number of elements alone, at even steps between the extremes."""
    ranked = sorted(pages, key=lambda page: len(page.truth.starts))
    count = min(count, len(ranked))
    steps = (np.arange(count) + 0.5) / count * len(ranked)
    return [ranked[index] for index in np.unique(steps.astype(int))]


def _marked(said: SplitReadings, row: int, reading: Reading) -> Image.Image:
    """The page out of its frame, enlarged, with the elements of a reading."""
    size = said.data.size(row)
    frame = Image.fromarray(np.ascontiguousarray(said.data.image(row).transpose(1, 2, 0)))
    ground = frame.crop(place(*size).box).resize(_shown_size(size, SIDE), Image.Resampling.LANCZOS)
    return _over(ground, said.pages[row].document, reading, size)


def _bare(page: DrawnPage, reading: Reading) -> Image.Image:
    """The elements of a reading on paper."""
    ground = Image.new("RGB", _shown_size(page.size, DRAWN_SIDE), PAPER)
    return _over(ground, page.document, reading, page.size)


def _over(ground: Image.Image, document: Document, reading: Reading, size: tuple[int, int]) -> Image.Image:
    """The legend is cut off; the sheet has one."""
    wide = ground.width / BOLD
    zoom = np.tile((wide / size[0], ground.height / BOLD / size[1]), 2)
    layout = assemble(document, replace(reading, boxes=reading.boxes * zoom))
    return over(ground, layout, wide).crop((0, 0, *ground.size))


def _shown_size(size: tuple[int, int], side: int) -> tuple[int, int]:
    at = place(*size, side)
    return at.width, at.height


def _scores(tallies: Mapping[str, Tally], row: int) -> str:
    one = np.array([row])
    tallies = {name: tally[one] for name, tally in tallies.items()}
    shown = [(name, word) for name, word in SHOWN.items() if name in tallies and not tallies[name].empty]
    return "   ".join(f"{word} {tallies[name].value:.2f}" for name, word in shown)


def _arrangement_scores(page: DrawnPage, reading: Reading) -> str:
    made = page.arranged(reading)
    if not len(made):
        return "no elements"
    return f"aesthetic {aesthetic(made):.2f}   overlap {overlap(made):.2f}   alignment {alignment(made):.4f}"


def _sheet(heads: Sequence[str], bands: Sequence[tuple[str, Sequence[Tile]]], side: int) -> Image.Image:
    """Bands of tiles below a legend and column heads; a band is as high as its page."""
    heights = [max(tile.picture.height for tile in tiles) + 2 * LINE + GAP for _, tiles in bands]
    top = 2 * LINE + 2 * GAP
    page = Image.new("RGB", (GAP + len(heads) * (side + GAP), top + sum(heights)), PAPER)
    draw = ImageDraw.Draw(page)
    _legend(draw, GAP, GAP)
    for column, head in enumerate(heads):
        draw.text((GAP + column * (side + GAP), GAP + LINE), head, INK, font(HEAD))
    for (title, tiles), height in zip(bands, heights, strict=True):
        draw.line((GAP, top, page.width - GAP, top), RULE, 1)
        draw.text((GAP, top + LINE / 2), title, SOFT, font(BODY), anchor="lm")
        for column, tile in enumerate(tiles):
            _put(page, tile, GAP + column * (side + GAP), top + LINE)
        top += height
    return page


def _put(page: Image.Image, tile: Tile, left: int, top: int) -> None:
    bottom = top + tile.picture.height
    page.paste(tile.picture, (left, top))
    draw = ImageDraw.Draw(page)
    draw.rectangle((left - 1, top - 1, left + tile.picture.width, bottom), outline=RULE)
    draw.text((left, bottom + LINE / 2), tile.caption, INK, font(BODY), anchor="lm")


def _legend(draw: ImageDraw.ImageDraw, left: int | float, top: int) -> None:
    """What the colours stand for."""
    for group in GROUPS:
        draw.rounded_rectangle((left, top, left + BODY, top + BODY), 4, group.ink)
        draw.text((left + 1.4 * BODY, top + BODY / 2), group.name, INK, font(BODY), anchor="lm")
        left += 1.4 * BODY + draw.textlength(group.name, font=font(BODY)) + 1.6 * BODY
