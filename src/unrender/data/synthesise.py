"""Synthetic designs, drawn in parallel: the same seed gives the same rows whatever the number of workers."""

import json
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import partial

import numpy as np

from unrender.data.pictures import encode
from unrender.design import attainable, grammar, sections
from unrender.design.brief import KINDS, LONGEST, PROPORTIONS
from unrender.design.design import Design, draw, home_split, is_held_out
from unrender.design.dom import Dom
from unrender.design.tree import column_count, row_structures
from unrender.render import engines
from unrender.render.engine import Box, Engine, Page
from unrender.render.frame import SIZE, paint_scale, place
from unrender.render.structure import StructureMaps, structure_maps
from unrender.render.workers import spread

CHUNK = 25
"""Designs per task."""


@dataclass(frozen=True)
class Rendered:
    """A design laid out in its final canvas, with what was measured on it."""

    html: str
    root: Dom
    boxes: dict[str, Box]
    width: int
    height: int
    marks: list[grammar.Mark]
    maps: StructureMaps


def rows(
    split: str, count: int, seed: int, fault_rate: float, engine: str, workers: int | None = None
) -> Iterator[dict]:
    """`count` rows of a split in order, made by `workers` processes (default: one per core)."""
    task = partial(_chunk, split, seed, fault_rate, engine)
    return spread(task, range(count), CHUNK, __name__, workers)


def _chunk(split: str, seed: int, fault_rate: float, engine: str, indices: Sequence[int]) -> list[dict]:
    renderer = engines.get(engine)
    return [row(renderer, split, index, seed, fault_rate) for index in indices]


def row(engine: Engine, split: str, index: int, seed: int, fault_rate: float) -> dict:
    """Row `index` of a split: the first design of its own random stream that belongs there and whose layout holds.

    Goal and format follow from the index, so that every split is balanced whatever is rejected.
    """
    kind = KINDS[index % len(KINDS)]
    rng = np.random.default_rng([seed, zlib.crc32(split.encode()), index])
    while True:
        design = draw(rng, fault_rate, split == "test_theme", kind)
        if belongs(design, split) and (rendered := render(engine, design)) is not None:
            return labelled(design, rendered, split, index, seed)


def belongs(design: Design, split: str) -> bool:
    """Whether a design may stand in a split. Unseen themes cannot leak, but unseen rows are kept apart from them."""
    if split == "test_theme":
        return not any(map(is_held_out, row_structures(design.tree)))
    return home_split(design) == split


def render(engine: Engine, design: Design) -> Rendered | None:
    """Lay out and paint a design; None if the layout broke or left the proportions of its format."""
    html, root = design.document()
    width, least = design.canvas
    page, boxes, height = _lay_out(engine, html, width, least)
    low, high = PROPORTIONS[design.brief.format].accepted
    if not low <= height / width <= high or height > LONGEST:
        return None
    marks = grammar.marks(root, boxes)
    if not grammar.is_sound(marks, width, height):
        return None
    if height != least:
        page, boxes, _ = _lay_out(engine, html, width, height)
        marks = grammar.marks(root, boxes)
    maps, at = structure_maps(page), place(width, height)
    seen = grammar.as_seen(marks, maps.text, at.left, at.top, at.scale)
    return Rendered(html, root, boxes, width, height, seen, maps)


def _lay_out(engine: Engine, html: str, width: int, height: int) -> tuple[Page, dict[str, Box], int]:
    """A page in a viewport, its boxes, and the height its content takes."""
    page = engine.open(html, width, height, paint_scale(width, height))
    boxes = page.boxes()
    boxes["n0"] = boxes["page"]
    return page, boxes, int(np.ceil(boxes["page"][3]))


def labelled(design: Design, rendered: Rendered, split: str, index: int, seed: int) -> dict:
    """Every column of a design's row, pictures and scores included."""
    maps, marks, brief = rendered.maps, rendered.marks, design.brief
    scores = grammar.scores(marks, rendered.width, rendered.height)
    pixel = max(rendered.width, rendered.height) / SIZE
    errors = attainable.grammar_errors(marks, rendered.width, rendered.height, pixel)
    strengths = {name: getattr(design.faults, name) for name in ("alignment", "contrast", "crowding", "hierarchy")}
    return {
        "id": f"{split}-{index:06d}",
        "split": split,
        "source": "synthetic",
        "seed": seed,
        "design_hash": design.digest,
        "image": encode(maps.image),
        "text_mask": encode(maps.text),
        "image_mask": encode(maps.picture),
        "colour": encode(maps.colour),
        "hierarchy": encode(maps.hierarchy),
        "page_width": rendered.width,
        "page_height": rendered.height,
        "goal": brief.goal,
        "format": brief.format,
        "tone": brief.tone,
        "texts": list(brief.texts),
        "theme": json.dumps(asdict(design.theme)),
        "dsl": design.code,
        "html": rendered.html,
        "structure": json.dumps(sections.structure(rendered.root), separators=(",", ":")),
        "layout": json.dumps(sections.layout(rendered.root, rendered.boxes), separators=(",", ":")),
        **{f"grammar_{name}": value for name, value in scores.items()},
        **{f"fault_{name}": value for name, value in strengths.items()},
        "elements": sum(1 for node in design.tree.walk()) - 1,
        "depth": design.tree.depth(),
        "columns": column_count(design.tree),
        "recipe": json.dumps(
            {
                "canvas": design.canvas,
                "markup": design.markup,
                "fault_seed": design.faults.seed,
                "outline": design.outline,
            }
        ),
        "attainable": {
            "goal_accuracy": attainable.goal_accuracy(design),
            "tone_error": attainable.tone_error(design),
            "text_seen": attainable.text_seen(marks),
            **{f"{name}_error": value for name, value in errors.items()},
        },
    }
