"""Does the abstractor know what a page is for and how good it is, looking at the encoder's maps and not by luck?"""

from pydantic import Field

from unrender.config import Section
from unrender.design.grammar import NAMES
from unrender.evaluation.meaning_floors import BLIND
from unrender.evaluation.metrics.briefs import METRICS
from unrender.evaluation.readiness.scores import distinct, floor_beaten, gap, share_of, shuffled, threshold
from unrender.evaluation.readiness.verdict import Check

MODEL = "abstractor"
SPLIT = "test"  # the other splits ask for something new; they are reported, not gated
CLASSES = ("goal_accuracy", "format_accuracy")


class AbstractorLimits(Section):
    """What the abstractor must reach on the test split, through the encoder."""

    goal_accuracy: float = Field(ge=0, le=1, description="At least this share of goals right.")
    format_accuracy: float = Field(ge=0, le=1, description="At least this share of formats right.")
    gap: float = Field(ge=0, le=1, description="Share of the gap between the commonest class and the ceiling to close.")
    tone_mae: float = Field(ge=0, description="At most this error of the tone.")
    grammar_mae: float = Field(ge=0, description="At most this error of each grammar score.")
    of_constant: float = Field(ge=0, description="At most this multiple of the constant predictor's error, each.")
    distinct_outputs: float = Field(ge=0, le=1, description="At least this many distinct outputs per distinct input.")
    shuffled_margin: float = Field(ge=0, description="How far shuffled images may score above the blind floor.")


def abstractor_checks(evidence: dict, limits: AbstractorLimits) -> list[Check]:
    """All checks that the evidence of the evaluation can answer."""
    found = evidence[SPLIT]
    scores = [f"grammar_mae_{name}" for name in NAMES]
    asked = dict.fromkeys(scores, limits.grammar_mae) | {name: getattr(limits, name) for name in (*CLASSES, "tone_mae")}
    return [
        *[threshold(MODEL, name, found[name]["value"], limit) for name, limit in asked.items()],
        *[gap(MODEL, name, found[name], "constant", limits.gap) for name in CLASSES],
        *[share_of(MODEL, name, found[name], "constant", limits.of_constant) for name in scores],
        *[floor_beaten(MODEL, name, found[name]) for name in METRICS],
        distinct(MODEL, evidence["collapse"][SPLIT]["share"], limits.distinct_outputs),
        *[shuffled(MODEL, name, found[name]["arms"], BLIND, limits.shuffled_margin) for name in METRICS],
    ]
