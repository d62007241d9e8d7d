"""Does the layout network know what a page's nodes are and where, from what it sees, and quickly enough?"""

from itertools import islice
from pathlib import Path

import numpy as np
from pydantic import Field

from unrender.config import Section
from unrender.data import shards
from unrender.data.examples.exporting import export
from unrender.evaluation.readiness.process import deterministic, probed, within
from unrender.evaluation.readiness.scores import distinct, floor_beaten, shuffled, threshold
from unrender.evaluation.readiness.verdict import Check

MODEL = "layout"
SPLIT = "test"  # the other splits ask for something new; they are reported, not gated
REWRITTEN = "test_markup"  # its pages, written otherwise
BOXES = ("element_precision", "element_recall", "element_f1", "box_iou", "visual_similarity")
"""What a reader of the document alone cannot know: types and grouping it can."""
GAINS = ("box_iou_with_types_tree_only", "type_accuracy_with_boxes_tree_only", "type_accuracy_with_boxes")
"""Of what is given, what must help. Types are not asked to help where the document gives them away already."""


class LayoutLimits(Section):
    """What the layout network must reach on the test split, class names hidden."""

    type_accuracy: float = Field(ge=0, le=1, description="At least this share of types right.")
    element_precision: float = Field(ge=0, le=1, description="At least this share of what is read is there.")
    element_recall: float = Field(ge=0, le=1, description="At least this share of what is there is read.")
    visual_similarity: float = Field(ge=0, le=1, description="At least this likeness of the wireframes.")
    distinct_outputs: float = Field(ge=0, le=1, description="At least this many distinct outputs per distinct input.")
    shuffled_margin: float = Field(ge=0, description="How far another page's screenshot may score above none at all.")
    latency_p95: float = Field(gt=0, description="Seconds from the files to the reading, 95th percentile.")
    pages: int = Field(ge=2, description="Pages read to measure latency.")


def layout_checks(evidence: dict, limits: LayoutLimits) -> list[Check]:
    """All checks that the evidence of the evaluation can answer."""
    found, rewritten = evidence[SPLIT], evidence[REWRITTEN]
    asked = ("type_accuracy", "element_precision", "element_recall", "visual_similarity")
    return [
        *[threshold(MODEL, name, found[name]["value"], getattr(limits, name)) for name in asked],
        *[floor_beaten(MODEL, name, about) for name, about in found.items()],
        *[floor_beaten(MODEL, f"{name}_{REWRITTEN}", about) for name, about in rewritten.items() if name in asked],
        distinct(MODEL, evidence["collapse"][SPLIT]["share"], limits.distinct_outputs),
        *[shuffled(MODEL, name, found[name]["arms"], ("blind",), limits.shuffled_margin) for name in BOXES],
        *[_gain(name, evidence["given"][name]) for name in GAINS],
    ]


def layout_process_checks(model: Path, data: Path, work: Path, limits: LayoutLimits, probe: str) -> list[Check]:
    """The shipped file in two fresh processes: the same bytes, and how long a page takes. Writes below `work`."""
    pages = work / "examples"
    export(pages, islice(shards.iterate(data, SPLIT), limits.pages))
    first, second = (probed(probe, model, pages) for _ in range(2))
    seconds = np.minimum(first["seconds"], second["seconds"])
    return [
        deterministic(first["digest"], second["digest"], MODEL, "layouts"),
        within(MODEL, 95, seconds, limits.latency_p95),
    ]


def _gain(name: str, about: dict) -> Check:
    """A network that knows part of the answer must know more of the rest."""
    metric, _, part = name.partition("_with_")
    situation = "with nothing known but the tree, " if part.endswith("_tree_only") else ""
    given = part.removesuffix("_tree_only")
    rule = f"{situation}given {given}, {metric.replace('_', ' ')} rises, interval and all"
    return Check(f"{MODEL}.{name}", about["gain"]["low"] > 0, rule, about["gain"]["value"])
