"""What codes look like: compiled, laid out, painted, described by their texts and elements, and compared."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial

import numpy as np
from jaxtyping import Bool, UInt8

from unrender.design import grammar
from unrender.design.dsl import SyntaxFault
from unrender.design.stand_in import Compiled, compiled
from unrender.evaluation.metrics import blocks
from unrender.evaluation.metrics.blocks import Block, block_scores
from unrender.evaluation.metrics.renders import REACH, Counts, Element, element_iou, ssim
from unrender.evaluation.metrics.tally import Tally
from unrender.evaluation.scored import Arms
from unrender.render import engines
from unrender.render.engine import Box, Page
from unrender.render.frame import ARTBOARD, FINER, embed, paint_scale, place
from unrender.render.structure import shrink
from unrender.render.workers import spread

Canvas = tuple[int, int]
"""Width and least height of a page in CSS px."""
Compile = Callable[[str, Canvas], Compiled]
"""Raises SyntaxFault for what is no code. A function of a module, so that other processes can be told of it."""
METRICS = ("ssim", "element_iou", *blocks.METRICS)
CHUNK = 10
"""Pages per task."""


@dataclass(frozen=True)
class Rendered:
    """A page as painted, and what is on it."""

    image: UInt8[np.ndarray, "256 256 3"]
    """RGB, in its frame."""
    blocks: list[Block]
    elements: list[Element]


def rendered(code: str, canvas: Canvas, compile: Compile = compiled, engine: str = "blitz") -> Rendered:
    """The page of a code on a canvas; it grows with its content. Raises SyntaxFault if the code does not compile."""
    document = compile(code, canvas)
    page, boxes, height = _lay_out(document, *canvas, engine)
    if height != canvas[1]:
        page, boxes, _ = _lay_out(document, canvas[0], height, engine)
    size = canvas[0], height
    elements = [(kind, _share(boxes[at], size)) for kind, at in document.elements]
    image = embed(shrink(page.paint(), FINER), ARTBOARD)
    return Rendered(image, _blocks(document, page, boxes, size), elements)


def _lay_out(document: Compiled, width: int, height: int, engine: str) -> tuple[Page, dict[str, Box], int]:
    """A page in a viewport, its boxes, and the height its content takes."""
    page = engines.get(engine).open(document.html, width, height, paint_scale(width, height))
    boxes = page.boxes()
    return page, boxes, int(np.ceil(boxes[document.page][3]))


def _blocks(document: Compiled, page: Page, boxes: dict[str, Box], size: Canvas) -> list[Block]:
    """The texts that show, each with the place its words fill: a block is as wide as its column, they are not."""
    at = place(*size)
    ink = _text_mask(page)
    found = []
    for block, text, colour in document.texts:
        mark = grammar.Mark(boxes[block], text=True, weight=0.0, rem=0.0, ratio=1.0, ranked=False)
        (seen,) = grammar.as_seen([mark], ink, at.left, at.top, at.scale)
        if seen.area > 0:
            found.append(Block(_share(seen.box, size), text, colour))
    return found


def _text_mask(page: Page) -> Bool[np.ndarray, "256 256"]:
    """Line boxes of text, in the frame."""
    return embed(shrink(page.paint("maps"), FINER)[..., 0], 0) > 127


def _share(box: Box, size: Canvas) -> Box:
    left, top, width, height = box
    return left / size[0], top / size[1], width / size[0], height / size[1]


def compare(said: Rendered | None, true: Rendered) -> list[Counts]:
    """METRICS of one page, SSIM without the artboard. What did not compile (None) shows nothing: every score is 0."""
    if said is None:
        counts = [(1.0, 1.0), element_iou([], true.elements), *block_scores([], true.blocks)]
        return [(0.0, under) for _, under in counts]
    return [
        (ssim(*_without_artboard(said.image, true.image)), 1.0),
        element_iou(said.elements, true.elements),
        *block_scores(said.blocks, true.blocks),
    ]


def _without_artboard(*frames: UInt8[np.ndarray, "256 256 3"]) -> list[UInt8[np.ndarray, "h w 3"]]:
    """The part of the frames where any shows a page, and as much around it as SSIM's windows reach: the artboard is
    alike in all, and two thirds of a banner's frame."""
    page = np.any([(frame != ARTBOARD).any(-1) for frame in frames], 0)
    rows, columns = (np.flatnonzero(page.any(axis)) for axis in (1, 0))
    part = tuple(slice(max(0, side[0] - REACH), side[-1] + 1 + REACH) for side in (rows, columns))
    return [frame[part] for frame in frames]


def compared(
    said: Mapping[str, Sequence[str]],
    true: Sequence[str],
    canvases: Sequence[Canvas],
    *,
    compile: Compile = compiled,
    engine: str = "blitz",
    workers: int | None = None,
) -> Arms:
    """Arm -> metric -> tally per page, of the codes that each arm says of the same pages.

    Every code is drawn on the canvas of its true page, by `workers` processes (default: one per core). ValueError if an
    arm has another number of codes than there are pages; SyntaxFault if a true code does not compile.
    """
    pages = list(zip(true, canvases, *said.values(), strict=True))
    rows = list(spread(partial(_compared, compile, engine), pages, CHUNK, __name__, workers))
    counts = np.array(rows, np.float64).reshape(-1, len(said), len(METRICS), 2)
    return {arm: {name: Tally(*counts[:, i, j].T) for j, name in enumerate(METRICS)} for i, arm in enumerate(said)}


def _compared(compile: Compile, engine: str, pages: Sequence[tuple]) -> list[list[list[Counts]]]:
    return [_compared_page(compile, engine, *page) for page in pages]


def _compared_page(compile: Compile, engine: str, true: str, canvas: Canvas, *said: str) -> list[list[Counts]]:
    """METRICS of every arm; arms that say the same are scored once."""
    truth = _drawn(true, canvas, compile, engine)
    if truth is None:
        raise SyntaxFault(f"a true code does not compile: {true!r}")
    scores = {code: compare(_drawn(code, canvas, compile, engine), truth) for code in set(said)}
    return [scores[code] for code in said]


def render_all(
    codes: Sequence[str],
    canvases: Sequence[Canvas],
    *,
    compile: Compile = compiled,
    engine: str = "blitz",
    workers: int | None = None,
) -> Iterator[Rendered | None]:
    """The page of every code, in order, by `workers` processes (default: one per core); None for a code that does not
    compile. A page takes 0.2 MB: take them one by one. To score pages, see `compared`, which sends only numbers."""
    pages = list(zip(codes, canvases, strict=True))
    return spread(partial(_render, compile, engine), pages, CHUNK, __name__, workers)


def _render(compile: Compile, engine: str, pages: Sequence[tuple[str, Canvas]]) -> list[Rendered | None]:
    return [_drawn(code, canvas, compile, engine) for code, canvas in pages]


@lru_cache(64)
def _drawn(code: str, canvas: Canvas, compile: Compile, engine: str) -> Rendered | None:
    try:
        return rendered(code, canvas, compile, engine)
    except SyntaxFault:
        return None
