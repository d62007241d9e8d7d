"""Checks that any model's evidence can answer."""

from unrender.evaluation.ceilings import gap_closed
from unrender.evaluation.metrics.direction import better, higher_is_better
from unrender.evaluation.readiness.verdict import Check


def threshold(model: str, name: str, value: float, limit: float) -> Check:
    """The score itself, on test."""
    word = "at least" if higher_is_better(name) else "at most"
    return Check(f"{model}.{name}", value == limit or better(name, value, limit), f"{word} {limit:g} on test", value)


def gap(model: str, name: str, found: dict, arm: str, limit: float) -> Check:
    """How far from a baseline arm to the ceiling; a high score means little where the arm's is high as well."""
    share = gap_closed(found["value"], found["arms"][arm]["value"], found["ceiling"])
    rule = f"closes at least {limit:g} of the gap between {arm.replace('_', ' ')} and the ceiling"
    return Check(f"{model}.{name}_gap", share >= limit, rule, share)


def share_of(model: str, name: str, found: dict, arm: str, limit: float) -> Check:
    """An error as a share of a baseline arm's: a small error means nothing where there is little to predict."""
    ratio = found["value"] / found["arms"][arm]["value"]
    return Check(f"{model}.{name}_of_{arm}", ratio <= limit, f"at most {limit:g} of the {arm}'s error", ratio)


def floor_beaten(model: str, name: str, found: dict) -> Check:
    """The whole interval of the paired difference must lie on the better side of 0."""
    over = found["over_floor"]
    passed = over["low"] > 0 if higher_is_better(name) else over["high"] < 0
    rule = f"beats the strongest predictor that does not learn ({found['floor_arm']}), interval and all"
    return Check(f"{model}.{name}_over_floor", passed, rule, over["value"])


def distinct(model: str, share: float, limit: float) -> Check:
    """The most common failure there is: one output for every image."""
    rule = f"at least {limit:g} distinct outputs per distinct image"
    return Check(f"{model}.distinct_outputs", share >= limit, rule, share)


def shuffled(model: str, name: str, arms: dict, blind: tuple[str, ...], margin: float) -> Check:
    """Scored against another page's labels, a model may know no more than a predictor that sees nothing."""
    best = max if higher_is_better(name) else min
    floor = best(arms[arm]["value"] for arm in blind)
    limit = floor + margin if higher_is_better(name) else floor - margin * floor
    value = arms["shuffled"]["value"]
    rule = f"with images shuffled, no better than blind ({floor:.4g}) by more than {margin:g}"
    return Check(f"{model}.{name}_shuffled", not better(name, value, limit), rule, value)
