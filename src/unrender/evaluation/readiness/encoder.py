"""Is the encoder good enough, better than anything that did not learn, and really looking at the image?"""

from pydantic import Field

from unrender.config import Section
from unrender.evaluation.floors import BLIND
from unrender.evaluation.metrics.maps import METRICS
from unrender.evaluation.readiness.scores import distinct, floor_beaten, gap, share_of, shuffled, threshold
from unrender.evaluation.readiness.verdict import Check

MODEL = "encoder"
SPLIT = "test"  # the other splits ask for something new; they are reported, not gated


class EncoderLimits(Section):
    """What the encoder must reach on the test split."""

    text_iou: float = Field(ge=0, le=1, description="At least this overlap of text.")
    image_iou: float = Field(ge=0, le=1, description="At least this overlap of images.")
    colour_accuracy: float = Field(ge=0, le=1, description="At least this share of pixels in the right colour.")
    colour_gap: float = Field(ge=0, le=1, description="Share of the gap between a flat page and the ceiling to close.")
    hierarchy_mse: float = Field(ge=0, description="At most this squared error.")
    hierarchy_of_constant: float = Field(ge=0, description="At most this multiple of the constant predictor's error.")
    distinct_outputs: float = Field(ge=0, le=1, description="At least this many distinct outputs per distinct input.")
    shuffled_margin: float = Field(ge=0, description="How far shuffled images may score above the blind floor.")


def encoder_checks(evidence: dict, limits: EncoderLimits) -> list[Check]:
    """All checks that the evidence of the evaluation can answer."""
    found = evidence[SPLIT]
    return [
        *[threshold(MODEL, name, found[name]["value"], getattr(limits, name)) for name in METRICS],
        gap(MODEL, "colour_accuracy", found["colour_accuracy"], "flat_page", limits.colour_gap),
        share_of(MODEL, "hierarchy_mse", found["hierarchy_mse"], "constant", limits.hierarchy_of_constant),
        *[floor_beaten(MODEL, name, found[name]) for name in METRICS],
        distinct(MODEL, evidence["collapse"][SPLIT]["share"], limits.distinct_outputs),
        *[shuffled(MODEL, name, found[name]["arms"], BLIND, limits.shuffled_margin) for name in METRICS],
    ]
