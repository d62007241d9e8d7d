"""Did optimising grammar raise it, to a judge that was not optimised, and at what cost?"""

from pydantic import Field

from unrender.config import Section
from unrender.evaluation.readiness.verdict import Check


class FinetuneLimits(Section):
    """What the fine-tuned decoder must gain over the one before, and what it may lose."""

    grammar_gain: float = Field(ge=0, le=1, description="At least this gain of independent grammar, on the mean.")
    frechet_growth: float = Field(ge=0, description="At most this growth of the Frechet distance, as a share of it.")
    diversity_loss: float = Field(ge=0, le=1, description="At most this loss of diversity, as a share of it.")
    fidelity_format_loss: float = Field(ge=0, le=1, description="At most this share fewer formats recognised.")


class InnovateLimits(Section):
    """What the ascent must gain over the pages that it started from."""

    raised: float = Field(ge=0, le=1, description="At least this share of pages with a higher independent grammar.")
    gain: float = Field(ge=0, le=1, description="At least this gain of independent grammar, on the mean.")
    emptied: float = Field(
        ge=0, le=1, description="At most this share of pages that lost more than half of their text."
    )


def finetune_checks(evidence: dict, limits: FinetuneLimits) -> list[Check]:
    """All checks that the evidence of the evaluation can answer."""
    found = evidence["finetuned"]
    return [
        *gain_checks("finetune", found["grammar_gain"], limits.grammar_gain),
        at_most("frechet_growth", found["frechet_growth"]["value"], limits.frechet_growth),
        at_most("diversity_loss", -found["diversity_change"]["value"], limits.diversity_loss),
        at_most("fidelity_format_loss", -found["fidelity_format_change"]["value"], limits.fidelity_format_loss),
    ]


def innovate_checks(evidence: dict, limits: InnovateLimits) -> list[Check]:
    """The same for the ascent."""
    found = evidence["innovated"]
    share, lost, over = found["raised"]["value"], found["emptied"]["value"], found["grammar_gain"]["over_floor"]["low"]
    rule = f"at least {limits.raised:g} of the pages raised, to the judge that was not optimised"
    less = f"at most {limits.emptied:g} of the pages lost more than half of their text"
    blind = "gains more than as many steps in any direction, interval and all"
    return [
        Check("innovate.raised", share >= limits.raised, rule, share),
        *gain_checks("innovate", found["grammar_gain"], limits.gain),
        Check("innovate.grammar_gain_over_blind", over > 0, blind, over),
        Check("innovate.emptied", lost <= limits.emptied, less, lost),
    ]


def gain_checks(model: str, found: dict, limit: float) -> list[Check]:
    """How much, and whether it can be luck."""
    rule = f"mean grammar rises by at least {limit:g}, to the judge that was not optimised"
    return [
        Check(f"{model}.grammar_gain", found["value"] >= limit, rule, found["value"]),
        Check(f"{model}.grammar_gain_over_0", found["low"] > 0, "the same above 0, interval and all", found["low"]),
    ]


def at_most(name: str, value: float, limit: float) -> Check:
    """What was lost is bounded, and may well be less than nothing."""
    return Check(f"finetune.{name}", value <= limit, f"at most {limit:g} against the decoder before", value)
