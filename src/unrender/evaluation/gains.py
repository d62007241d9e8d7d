"""What optimising grammar brought: the same seeds before and after, to the judge and to what was optimised through."""

from collections.abc import Mapping, Sequence

import numpy as np

from unrender.evaluation.bootstrap import interval, paired_difference
from unrender.evaluation.decoder import CHECKED, asked_for
from unrender.evaluation.drawing import Ask
from unrender.evaluation.evidence import as_json
from unrender.evaluation.judged import Grammar, Judged, by_name
from unrender.evaluation.metrics.briefs import Meanings, tallies
from unrender.evaluation.metrics.direction import better
from unrender.evaluation.metrics.tally import Tally

FIDELITY = {"goal": "goal_accuracy", "format": "format_accuracy", "tone_mae": "tone_mae"}
Draws = Mapping[str, int]
"""Of the bootstrap: resamples and seed."""
Arms = Mapping[str, Grammar]
"""before and after, page by page of the same seeds; and real pages of test, which are others."""


def changes(
    seen: Mapping[str, Judged], asks: Sequence[Ask], attained: Mapping[str, float], draws: Draws
) -> tuple[dict[str, dict], dict[str, dict]]:
    """Grammar and fidelity before and after, by metric; and the gain by goal and format. `seen`: before, after and
    real; `attained`: what is made of real pages."""
    independent = {name: each.grammar for name, each in seen.items()}
    predicted = {name: each.said.grammar for name, each in seen.items()}
    found = grammar_gains(independent, predicted, draws)
    found |= fidelities(seen["before"].said, seen["after"].said, asks, attained, draws)
    groups = {name: [str(getattr(ask, name)) for ask in asks] for name in CHECKED}
    return found, gain_by_group(independent, groups, draws)


def grammar_gains(independent: Arms, predicted: Arms, draws: Draws) -> dict[str, dict]:
    """Every score and their mean, and what was gained: `grammar...` by the judge, `predicted...` by the networks that
    were optimised through, and `doubtful_gain`, what these promise and the judge does not see."""
    return {
        **_both(independent, "grammar", draws),
        **_both(predicted, "predicted", draws),
        "doubtful_gain": _doubtful(independent, predicted, draws),
    }


def _both(arms: Arms, kind: str, draws: Draws) -> dict[str, dict]:
    before, after, real = (by_name(arms[arm]) for arm in ("before", "after", "real"))
    scores = {
        "_".join(filter(None, (kind, name))): beside(kind, before[name], after[name], real[name], draws)
        for name in after
    }
    won = {"_".join(filter(None, (kind, "gain", name))): gain(before[name], after[name], draws) for name in after}
    return scores | won


def beside(metric: str, before: Tally, after: Tally, real: Tally, draws: Draws) -> dict:
    """The score after, beside those before and of real pages."""
    arms = {name: as_json(interval(tally, **draws)) for name, tally in (("before", before), ("real", real))}
    over = {"over_floor": as_json(paired_difference(after, before, **draws))}
    return as_json(interval(after, **draws)) | {"n": len(after), "arms": arms} | bounds(metric, arms) | over


def bounds(metric: str, arms: Mapping[str, Mapping[str, float]]) -> dict[str, float | str]:
    """What was before is the floor, and real pages are the ceiling; where they are worse they are one more arm only."""
    before, real = (arms[name]["value"] for name in ("before", "real"))
    known = {"floor": before, "floor_arm": "before"}
    return known | {"ceiling": real} if better(metric, real, before) else known


def gain(before: Tally, after: Tally, draws: Draws) -> dict:
    """After less before, page by page."""
    return as_json(paired_difference(after, before, **draws)) | {"n": len(after), "floor": 0.0}


def fidelities(
    before: Meanings, after: Meanings, asks: Sequence[Ask], attained: Mapping[str, float], draws: Draws
) -> dict[str, dict]:
    """Is it still what the brief said?"""
    was, now = (tallies(said, asked_for(list(asks), said)) for said in (before, after))
    found = {}
    for name, metric in FIDELITY.items():
        change = as_json(paired_difference(now[metric], was[metric], **draws))
        arms = {"before": as_json(interval(was[metric], **draws)), "real": {"value": attained[metric]}}
        scored = as_json(interval(now[metric], **draws)) | {"arms": arms} | bounds(metric, arms)
        found[f"fidelity_{name}"] = scored | {"n": len(asks), "over_floor": change}
        found[f"fidelity_{name}_change"] = change | {"n": len(asks), "floor": 0.0}
    return found


def gain_by_group(arms: Arms, groups: Mapping[str, list[str]], draws: Draws) -> dict[str, dict]:
    """grouping -> group -> grammar_gain; `groups` names the group of each page."""
    before, after = (by_name(arms[arm])[""] for arm in ("before", "after"))
    return {
        grouping: {name: {"grammar_gain": gain(before[rows], after[rows], draws)} for name, rows in _rows(names)}
        for grouping, names in groups.items()
    }


def _rows(names: list[str]) -> list[tuple[str, np.ndarray]]:
    return [(name, np.flatnonzero(np.array(names) == name)) for name in dict.fromkeys(names)]


def _doubtful(independent: Arms, predicted: Arms, draws: Draws) -> dict:
    """From all of the predicted gain (floor: the judge sees none of it) to none."""
    promised, seen = (arms["after"].mean(1) - arms["before"].mean(1) for arms in (predicted, independent))
    found = interval(each_page(promised - seen), **draws)
    whole = float(promised.mean())
    return as_json(found) | {"n": len(seen)} | ({"floor": whole, "ceiling": 0.0} if whole > 0 else {})


def each_page(values: np.ndarray) -> Tally:
    """A number, or whether something holds, of each page."""
    return Tally(values.astype(np.float64), np.ones(len(values)))
