"""What a layout network gains when part of the answer is given: types, boxes, or sizes."""

from dataclasses import dataclass, field, replace

import numpy as np
import torch
from torch.nn import functional as F

from unrender.design.section_tree import Reading
from unrender.diffusion.schedule import Schedule
from unrender.evaluation.bootstrap import interval, paired_difference
from unrender.evaluation.evidence import as_json
from unrender.evaluation.metrics.layouts import Page, box_ious, type_accuracy
from unrender.evaluation.metrics.tally import Tally
from unrender.models.layout import Layout
from unrender.models.layout_reading import Batch, readings, sampled
from unrender.models.layout_state import HIDDEN, State
from unrender.objectives.layout import as_signal, centred

SCHEDULE = Schedule.of("cosine", "x0")
PARTS = {"types": (True, False, False), "boxes": (False, True, True), "sizes": (False, False, True)}
"""Whether types, positions and sizes are given."""
COMPARED = (("box_iou", "types"), ("box_iou", "sizes"), ("type_accuracy", "boxes"))


@dataclass
class Given:
    """Pages, what is read with nothing given, and what is read with each of PARTS."""

    pages: list[Page]
    nothing: list[Reading]
    parts: dict[str, list[Reading]] = field(default_factory=lambda: {name: [] for name in PARTS})

    def add(self, model: Layout, batch: Batch, sizes: list[tuple[int, int]]) -> None:
        """Read the next pages with each of PARTS given, in one step; the noise of what is not is always the same."""
        for name, parts in PARTS.items():
            generator = torch.Generator().manual_seed(0)
            state = told(batch, parts)
            guess, _ = sampled(model, batch, state, 1, generator, SCHEDULE)
            said = F.pad(guess.kinds.argmax(2), (0, state.kinds.shape[1] - guess.kinds.shape[1]))
            kinds = torch.where(state.kinds == HIDDEN, said, state.kinds)
            self.parts[name] += readings(guess, batch["node"], sizes, kinds)


def told(batch: Batch, parts: tuple[bool, bool, bool]) -> State:
    """Screenshot and document, and of the truth these parts: types of all nodes, positions and sizes where there are
    boxes."""
    node, placed = batch["node"], batch["placed"]
    blank = State.blank(len(node), node.shape[1], node.device)
    given = torch.tensor(parts, device=node.device) & torch.stack([node, placed, placed], 2)
    boxes = torch.where((placed & given.any(2))[..., None], as_signal(centred(batch["box"])), blank.boxes)
    return replace(blank, kinds=torch.where(given[..., 0], batch["kind"], blank.kinds), boxes=boxes, given=given)


def compared(given: Given, *, resamples: int, seed: int) -> dict[str, dict]:
    """ "<metric>_with_<part>" -> value, low, high, n, nothing (the same without), gain (paired: value, low, high).

    box_iou: mean IoU of elements with their true boxes, over true elements that are read as elements both times, so
    that it speaks of boxes only. type_accuracy: as everywhere; given boxes tell which nodes are elements, too.
    """
    found = {}
    for metric, part in COMPARED:
        own, without = _both(metric, given.pages, given.parts[part], given.nothing)
        if own.empty:  # pages that came without boxes
            continue
        found[f"{metric}_with_{part}"] = as_json(interval(own, resamples=resamples, seed=seed)) | {
            "n": len(own),
            "nothing": as_json(interval(without, resamples=resamples, seed=seed)),
            "gain": as_json(paired_difference(own, without, resamples=resamples, seed=seed)),
        }
    return found


def _both(metric: str, pages: list[Page], told: list[Reading], alone: list[Reading]) -> tuple[Tally, Tally]:
    score = _overlaps if metric == "box_iou" else _types
    counts = np.array([score(page.truth, *pair) for page, *pair in zip(pages, told, alone, strict=True)], np.float64)
    return Tally(counts[:, 0], counts[:, 2]), Tally(counts[:, 1], counts[:, 2])


def _overlaps(truth: Reading, told: Reading, alone: Reading) -> tuple[float, float, float]:
    """Sums of IoU with the truth, and the number of elements they are over."""
    same = np.intersect1d(np.intersect1d(truth.starts, told.starts), alone.starts)
    same = same[np.isfinite(truth.boxes[same]).all(axis=1)]
    sums = [float(np.diag(box_ious(truth.boxes[same], said.boxes[same])).sum()) for said in (told, alone)]
    return sums[0], sums[1], float(len(same))


def _types(truth: Reading, told: Reading, alone: Reading) -> tuple[float, float, float]:
    """Nodes whose type is right, and nodes."""
    right, nodes = type_accuracy(truth, told)
    return right, type_accuracy(truth, alone)[0], nodes
