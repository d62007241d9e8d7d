"""What a layout network gains when part of the answer is given: types, boxes, or sizes.

Told twice: of pages that are read, with their screenshot and document, and of pages of which the document's tree is all
that is known, as in drawing. Types leave little to gain where tags and text give most of them away, and much where the
tree is all there is.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch.nn import functional as F

from unrender.data.batches import stack
from unrender.data.layout_pages import LayoutDataset
from unrender.design.section_tree import Reading
from unrender.diffusion.schedule import Schedule
from unrender.evaluation.bootstrap import interval, paired_difference
from unrender.evaluation.evidence import as_json
from unrender.evaluation.metrics import layouts
from unrender.evaluation.metrics.layouts import Page, box_ious
from unrender.evaluation.metrics.tally import Tally
from unrender.models.layout import Layout
from unrender.models.layout_reading import Batch, readings, sampled
from unrender.models.layout_state import HIDDEN, State, as_signal, exact
from unrender.objectives.layout import centred
from unrender.progress import counted

SCHEDULE = Schedule.of("cosine", "x0")
PARTS = {
    "nothing": (False, False, False),
    "types": (True, False, False),
    "boxes": (False, True, True),
    "sizes": (False, False, True),
}
"""Whether types, positions and sizes are given."""
SITUATIONS = {"": True, "_tree_only": False}
"""What names end in -> whether the screenshot and what nodes are in the document is known, beside the tree."""
COMPARED = {"box_iou": ("types", "sizes"), "type_accuracy": ("boxes",)}

Said = dict[str, list[Reading]]
"""Part and situation -> readings, a page each."""


def read_with_parts(model: Layout, data: LayoutDataset, pages: Sequence[int], batch_size: int) -> Said:
    """Read these pages of `data` in every situation with each of PARTS given, in one step, from the same noise."""
    found: Said = {part + suffix: [] for suffix in SITUATIONS for part in PARTS}
    starts = range(0, len(pages), batch_size)
    for start in counted(starts, len(starts), "with something given"):
        some = pages[start : start + batch_size]
        batch, sizes = stack([data[page] for page in some]), [data.size(page) for page in some]
        for suffix, seen in SITUATIONS.items():
            for part, given in PARTS.items():
                known = torch.full((len(some),), seen)
                state = replace(told(batch, given), sighted=known, told=known)
                found[part + suffix] += _likeliest(model, batch, state, sizes, seed=start)
    return found


def told(batch: Batch, parts: tuple[bool, bool, bool]) -> State:
    """Screenshot and document, and of the truth these parts and no more: types of all nodes, positions and sizes where
    there are boxes."""
    node, placed = batch["node"], batch["placed"]
    blank = State.blank(len(node), node.shape[1], node.device)
    given = torch.tensor(parts, device=node.device) & torch.stack([node, placed, placed], 2)
    boxes = torch.where(exact(given), as_signal(centred(batch["box"])), blank.boxes)
    return replace(blank, kinds=torch.where(given[..., 0], batch["kind"], blank.kinds), boxes=boxes, given=given)


def compared(pages: list[Page], said: Said, *, resamples: int, seed: int) -> dict[str, dict]:
    """ "<metric>_with_<part><situation>" -> value, low, high, n and, but for nothing, `nothing` (the same with nothing
    given) and `gain` (paired: value, low, high).

    box_iou: mean IoU of elements with their true boxes, over the true elements whose first node is read as an element's
    first node, of whatever type, under every part that is compared: so it speaks of boxes only, and of the same ones.
    type_accuracy: as everywhere; given boxes tell which nodes are elements, too.
    """
    found = {}
    for suffix in SITUATIONS:
        for metric, parts in COMPARED.items():
            own = _tallies(metric, pages, {part: said[part + suffix] for part in ("nothing", *parts)})
            if own["nothing"].empty:  # no element was read as one under all parts
                continue
            bounds = {part: as_json(interval(tally, resamples=resamples, seed=seed)) for part, tally in own.items()}
            for part, tally in own.items():
                about: dict[str, Any] = {**bounds[part], "n": len(pages)}
                if part != "nothing":
                    gain = paired_difference(tally, own["nothing"], resamples=resamples, seed=seed)
                    about |= {"nothing": bounds["nothing"], "gain": as_json(gain)}
                found[f"{metric}_with_{part}{suffix}"] = about
    return found


def _likeliest(model: Layout, batch: Batch, state: State, sizes: list[tuple[int, int]], seed: int) -> list[Reading]:
    guess, _ = sampled(model, batch, state, 1, torch.Generator().manual_seed(seed), SCHEDULE)
    said = F.pad(guess.kinds.argmax(2), (0, state.kinds.shape[1] - guess.kinds.shape[1]))
    return readings(guess, batch["node"], sizes, torch.where(state.kinds == HIDDEN, said, state.kinds))


def _tallies(metric: str, pages: list[Page], said: Said) -> dict[str, Tally]:
    """Part -> tally, on pages that have boxes."""
    score: Callable[[Reading, list[Reading]], list[layouts.Counts]] = _overlaps if metric == "box_iou" else _types
    counts = np.array(
        [score(page.truth, list(guesses)) for page, *guesses in zip(pages, *said.values(), strict=True)], np.float64
    )  # (pages, parts, 2)
    return {part: Tally(*counts[:, index].T) for index, part in enumerate(said)}


def _overlaps(truth: Reading, guesses: list[Reading]) -> list[layouts.Counts]:
    """For each guess the sum of IoU with the truth, and the number of elements it is over: the same for all."""
    same = truth.starts[np.isfinite(truth.boxes[truth.starts]).all(axis=1)]
    for guess in guesses:
        same = np.intersect1d(same, guess.starts)
    sums = [float(np.diag(box_ious(truth.boxes[same], guess.boxes[same])).sum()) for guess in guesses]
    return [(found, float(len(same))) for found in sums]


def _types(truth: Reading, guesses: list[Reading]) -> list[layouts.Counts]:
    return [layouts.type_accuracy(truth, guess) for guess in guesses]
