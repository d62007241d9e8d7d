"""Is the encoder good enough, better than anything that did not learn, and really looking at the image?"""

from pydantic import Field

from unrender.config import Section
from unrender.evaluation.ceilings import gap_closed
from unrender.evaluation.floors import BLIND
from unrender.evaluation.metrics.maps import HIGHER_IS_BETTER, METRICS, better
from unrender.evaluation.readiness.verdict import Check

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
        *[_threshold(name, found[name]["value"], getattr(limits, name)) for name in METRICS],
        colour_gap(found["colour_accuracy"], limits.colour_gap),
        hierarchy_ratio(found["hierarchy_mse"], limits.hierarchy_of_constant),
        *[floor_beaten(name, found[name]) for name in METRICS],
        distinct(evidence["collapse"][SPLIT]["share"], limits.distinct_outputs),
        *[shuffled(name, found[name]["arms"], limits.shuffled_margin) for name in METRICS],
    ]


def _threshold(name: str, value: float, limit: float) -> Check:
    word = "at least" if HIGHER_IS_BETTER[name] else "at most"
    return Check(f"encoder.{name}", value == limit or better(name, value, limit), f"{word} {limit:g} on test", value)


def colour_gap(found: dict, limit: float) -> Check:
    """Most pages are mostly background, so accuracy alone flatters; what counts is the way from there."""
    share = gap_closed(found["value"], found["arms"]["flat_page"]["value"], found["ceiling"])
    rule = f"closes at least {limit:g} of the gap between a flat page and the ceiling"
    return Check("encoder.colour_gap", share >= limit, rule, share)


def hierarchy_ratio(found: dict, limit: float) -> Check:
    """A small error means nothing where the map hardly varies."""
    ratio = found["value"] / found["arms"]["constant"]["value"]
    return Check("encoder.hierarchy_of_constant", ratio <= limit, f"at most {limit:g} of the constant's error", ratio)


def floor_beaten(name: str, found: dict) -> Check:
    """The whole interval of the paired difference must lie on the better side of 0."""
    over = found["over_floor"]
    passed = over["low"] > 0 if HIGHER_IS_BETTER[name] else over["high"] < 0
    rule = f"beats the strongest predictor that does not learn ({found['floor_arm']}), interval and all"
    return Check(f"encoder.{name}_over_floor", passed, rule, over["value"])


def distinct(share: float, limit: float) -> Check:
    """The most common failure there is: one output for every image."""
    rule = f"at least {limit:g} distinct outputs per distinct image"
    return Check("encoder.distinct_outputs", share >= limit, rule, share)


def shuffled(name: str, arms: dict, margin: float) -> Check:
    """Scored against another page's labels, the encoder may know no more than a predictor that sees nothing."""
    blind = max if HIGHER_IS_BETTER[name] else min
    floor = blind(arms[arm]["value"] for arm in BLIND)
    limit = floor + margin if HIGHER_IS_BETTER[name] else floor - margin * floor
    value = arms["shuffled"]["value"]
    rule = f"with images shuffled, no better than blind ({floor:.4g}) by more than {margin:g}"
    return Check(f"encoder.{name}_shuffled", not better(name, value, limit), rule, value)
