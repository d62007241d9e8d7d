"""Layouts drawn without the screenshot, judged on their own: from a document's tree, its types, its sizes.

What they are held against is in layout_yardstick.py. The text, tags and files of the document are never told.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import torch
from pydantic import Field
from torch import Generator

from unrender.config import Section, UserError
from unrender.data.batches import stack
from unrender.data.layout_pages import LayoutDataset
from unrender.design.section_tree import Document, Reading, assemble
from unrender.evaluation.layout import page_of
from unrender.evaluation.layout_given import SCHEDULE, told
from unrender.evaluation.layout_yardstick import Yardstick
from unrender.evaluation.metrics.arrangements import Arrangement, arrangement
from unrender.evaluation.pages import spread
from unrender.models.layout import Layout
from unrender.models.layout_reading import Batch, readings, sampled
from unrender.models.layout_state import State
from unrender.progress import counted

CHUNK = 32
PREFIX = "drawn_from_"
"""Of the names that conditions have among the splits of the evidence."""


@dataclass(frozen=True)
class Condition:
    """What is given beside the document's tree."""

    name: str
    types: bool
    sizes: bool


CONDITIONS = (
    Condition("tree", types=False, sizes=False),
    Condition("types", types=True, sizes=False),
    Condition("types_and_sizes", types=True, sizes=True),
)


class DrawParams(Section):
    """How layouts are drawn to be judged."""

    pages: int = Field(ge=2, description="Pages of test to draw layouts for, and to read with a part given.")
    steps: int = Field(ge=1, description="Steps from noise to a layout.")
    twice: int = Field(ge=1, description="Pages of those that are drawn twice, to tell how they differ.")


@dataclass(frozen=True)
class DrawnPage:
    """A page: its document, its size (width, height) in CSS px, its true layout, and one drawn under each condition."""

    id: str
    document: Document
    size: tuple[int, int]
    truth: Reading
    drawn: dict[str, Reading]

    def arranged(self, reading: Reading) -> Arrangement:
        """A layout of this page, as shares of it."""
        return arrangement(assemble(self.document, reading), *self.size)


@dataclass(frozen=True)
class Drawn:
    """`evidence`: "drawn_from_<condition>" -> metric -> value, low, high, n, floor, floor_arm, ceiling, arms."""

    evidence: dict[str, dict[str, dict]]
    pages: list[DrawnPage] = field(repr=False)

    @property
    def metrics(self) -> dict[str, dict[str, float]]:
        """The plain values."""
        return {
            name: {metric: about["value"] for metric, about in found.items()} for name, found in self.evidence.items()
        }


def evaluate_drawing(
    model: Layout, data: LayoutDataset, others: list[Arrangement], cfg: DrawParams, *, resamples: int, seed: int
) -> Drawn:
    """Draw for pages spread over `data` under every condition, and judge what was drawn.

    `others`: layouts of real pages that are not in `data`. UserError if less than two pages of `data` have boxes.
    """
    chosen = _with_boxes(data, cfg.pages)
    pages = [DrawnPage(data.rows[i]["id"], data.documents[i], data.size(i), data.readings[i], {}) for i in chosen]
    real = [page.arranged(page.truth) for page in pages]
    yardstick = Yardstick.of(real, others, resamples=resamples, seed=seed)
    found = {}
    for number, condition in enumerate(CONDITIONS):
        rng = torch.Generator().manual_seed(seed + number)
        said, again = (draw(model, data, some, condition, cfg.steps, rng) for some in (chosen, chosen[: cfg.twice]))
        for page, reading in zip(pages, said, strict=True):
            page.drawn[condition.name] = reading
        layouts, second = (
            [page.arranged(reading) for page, reading in zip(pages, drawn, strict=False)] for drawn in (said, again)
        )
        found[PREFIX + condition.name] = yardstick.judged(layouts, second, condition.types)
    return Drawn(found, pages)


def arranged(data: LayoutDataset) -> list[Arrangement]:
    """The true layouts of a split that have elements with boxes."""
    made = (
        arrangement(assemble(document, reading), *data.size(i))
        for i, (document, reading) in enumerate(zip(data.documents, data.readings, strict=True))
    )
    return [page for page in made if len(page)]


def _with_boxes(data: LayoutDataset, count: int) -> list[int]:
    """At most `count` pages, spread over the split, of which every element has a box."""
    whole = [index for index in range(len(data.rows)) if page_of(data, index).boxed]
    if len(whole) < 2:
        raise UserError(f"Drawn layouts are judged beside real ones, but {len(whole)} pages of the split have boxes.")
    return [whole[place] for place in spread(len(whole), count)]


def draw(
    model: Layout, data: LayoutDataset, pages: Sequence[int], condition: Condition, steps: int, generator: Generator
) -> list[Reading]:
    """One layout for each of these pages of `data`. The same state of the generator gives the same layouts."""
    found, starts = [], range(0, len(pages), CHUNK)
    for start in counted(starts, len(starts), f"drawing from {condition.name.replace('_', ' ')}"):
        some = pages[start : start + CHUNK]
        batch = stack([data[i] for i in some])
        guess, kinds = sampled(model, batch, known(batch, condition), steps, generator, SCHEDULE)
        found += readings(guess, batch["node"], [data.size(i) for i in some], kinds)
    return found


def known(batch: Batch, condition: Condition) -> State:
    """Neither the screenshot nor what the nodes hold is known: the tree, and what the condition gives."""
    neither = torch.zeros(len(batch["node"]), dtype=torch.bool)
    state = told(batch, (condition.types, False, condition.sizes))
    return replace(state, sighted=neither, told=neither)
