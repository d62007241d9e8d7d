"""What the numbers say: which way is better, which group loses most, what changed. Sentences are computed here."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from unrender.config import flatten
from unrender.evaluation.metrics.direction import higher_is_better
from unrender.evaluation.report.markup import number, percent, span
from unrender.evaluation.report.reading import Finding, Groups, Model, Score


@dataclass(frozen=True)
class Change:
    """A score of the last committed run and of this one. `gain` is above 0 where it became better."""

    key: str
    up: bool
    before: float | None
    now: float | None

    @property
    def gain(self) -> float | None:
        return None if self.before is None or self.now is None else gain(self.up, self.before, self.now)


def upward(metric: str, found: Score | None = None) -> bool:
    """Whether more is better: from the floor towards the ceiling where both were published, else by the name."""
    floor, ceiling = (found.floor, found.ceiling) if isinstance(found, Finding) else (None, None)
    if floor is None or ceiling is None or floor == ceiling:
        return higher_is_better(metric)
    return ceiling > floor


def gain(up: bool, before: float, now: float) -> float:
    """By how much `now` is better than `before`; negative where it is worse."""
    return now - before if up else before - now


def place(value: float, floor: float, ceiling: float) -> float:
    """Where a value lies from the floor (0) to the ceiling (1), whichever of them is the larger number."""
    return (value - floor) / (ceiling - floor)


def members(metric: str, groups: Groups) -> Iterator[tuple[str, str, Score]]:
    """(grouping, group, score) of every group that the metric was measured on."""
    for grouping, found in groups.items():
        for group, metrics in found.items():
            if metric in metrics:
                yield grouping, group, metrics[metric]


def worst_group(metric: str, whole: Score, groups: Groups) -> tuple[str, str, Score] | None:
    """The group that loses most against the whole; None where no group is worse than it."""
    up = upward(metric, whole)
    found = min(members(metric, groups), key=lambda entry: gain(up, whole.value, entry[2].value), default=None)
    return found if found and gain(up, whole.value, found[2].value) < 0 else None


def worst_sentence(metric: str, whole: Score, groups: Groups) -> str:
    """One sentence about the group that loses most, and whether its interval is clear of the whole."""
    found = worst_group(metric, whole, groups)
    if found is None:
        return f"{metric}: no group is worse than the whole ({number(whole.value)})."
    grouping, group, score = found
    lost = number(abs(score.value - whole.value))
    pages = "" if score.n is None else f", n {number(score.n)}"
    return (
        f"{metric} loses most on {spoken(grouping)} “{group}”: {number(score.value)} against {number(whole.value)} "
        f"on the whole, {lost} worse{pages}{_clearness(score, whole.value)}."
    )


def _clearness(score: Score, whole: float) -> str:
    if score.low is None or score.high is None:
        return ""
    says = "holds the whole, so it may be chance" if score.low <= whole <= score.high else "is clear of it"
    return f"; its interval {span(score.low, score.high)} {says}"


def summary_sentence(findings: Mapping[str, Finding]) -> str:
    """How many metrics beat their floor with the whole interval, of those that have one, and which closes least of the
    gap."""
    judged = {name: found for name, found in findings.items() if found.over_floor or has_floor_and_interval(found)}
    if not judged:
        return "No floor was published for these scores."
    beaten = sum(beats_floor(name, found) for name, found in judged.items())
    shares = {name: found.gap_closed for name, found in judged.items() if found.gap_closed is not None}
    least = min(shares, key=lambda name: shares[name], default=None)
    closing = f" Least of the gap is closed by {least} ({percent(shares[least])})." if least else ""
    return f"{beaten} of {len(judged)} metrics beat their floor, interval and all.{closing}"


def has_floor_and_interval(found: Finding) -> bool:
    """A floor and an interval to hold against it."""
    return found.floor is not None and found.low is not None


def beats_floor(metric: str, found: Finding) -> bool:
    """By the paired difference where there is one, else by the score's own interval."""
    up = upward(metric, found)
    if (over := found.over_floor) is not None:
        bounds = [bound for bound in (over.value, over.low, over.high) if bound is not None]
        return all(gain(up, 0.0, bound) > 0 for bound in bounds)
    bounds = [bound for bound in (found.value, found.low, found.high) if bound is not None]
    return found.floor is not None and all(gain(up, found.floor, bound) > 0 for bound in bounds)


def changes(before: Mapping[str, float], model: Model) -> list[Change]:
    """Every score of either run, those of this run first. Keys are split.metric."""
    now = flatten(model.scores)
    keys = [*now, *(key for key in before if key not in now)]
    ways = {key: upward(key.rpartition(".")[2], finding(model, key)) for key in keys}
    return [Change(key, ways[key], before.get(key), now.get(key)) for key in keys]


def finding(model: Model, key: str) -> Finding | None:
    """The evidence for split.metric."""
    split, _, metric = key.partition(".")
    return model.splits.get(split, {}).get(metric)


def spoken(name: str) -> str:
    """fault_contrast -> fault contrast."""
    return name.replace("_", " ")
