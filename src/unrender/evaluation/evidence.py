"""Scores with everything needed to judge them: interval, floor, ceiling, every baseline arm, every group."""

from functools import partial

from unrender.evaluation.bootstrap import Interval, interval, paired_difference
from unrender.evaluation.ceilings import gap_closed
from unrender.evaluation.groups import Groups
from unrender.evaluation.metrics.direction import better
from unrender.evaluation.metrics.tally import Tally
from unrender.evaluation.scored import Scored

NOT_A_FLOOR = (
    *("shuffled", "true_maps", "named", "blind"),  # what the model itself does with other input, no rivals
    *("lookup_named", "chain_merging_named"),  # what is told more than the model
)


def scores(scored: Scored) -> dict[str, float]:
    """The plain values."""
    return {name: tally.value for name, tally in scored.own.items()}


def evidence(scored: Scored, ceilings: dict[str, float], *, resamples: int, seed: int) -> dict[str, dict]:
    """Per metric: value, low, high, floor, ceiling, n, gap_closed, over_floor, arms."""
    return {name: _metric(name, scored, ceilings[name], resamples, seed) for name in scored.own}


def strongest(name: str, arms: dict[str, Tally]) -> str:
    """The arm that is hardest to beat on metric `name`."""
    best = None
    for arm, tally in arms.items():
        if arm not in NOT_A_FLOOR and (best is None or better(name, tally.value, arms[best].value)):
            best = arm
    if best is None:
        raise ValueError(f"no baseline arm measures {name}")
    return best


def by_group(scored: Scored, groups: Groups, *, resamples: int, seed: int) -> dict[str, dict]:
    """grouping -> group -> metric -> value, low, high, n. A group without, say, any image has no image_iou."""
    return {
        grouping: {
            group: {
                name: as_json(interval(tally[rows], resamples=resamples, seed=seed)) | {"n": len(rows)}
                for name, tally in scored.own.items()
                if not tally[rows].empty
            }
            for group, rows in members.items()
        }
        for grouping, members in groups.items()
    }


def as_json(found: Interval) -> dict[str, float]:
    """{"value", "low", "high"}."""
    return found._asdict()


def _metric(name: str, scored: Scored, ceiling: float, resamples: int, seed: int) -> dict:
    bounds = partial(interval, resamples=resamples, seed=seed)
    arms = {arm: tallies[name] for arm, tallies in scored.arms.items() if name in tallies}
    rival = strongest(name, arms)
    tally = scored.own[name]
    difference = paired_difference(tally, arms[rival], resamples=resamples, seed=seed)
    return as_json(bounds(tally)) | {
        "n": len(tally),
        "floor": arms[rival].value,
        "floor_arm": rival,
        "ceiling": ceiling,
        "gap_closed": gap_closed(tally.value, arms[rival].value, ceiling),
        "over_floor": as_json(difference),
        "arms": {arm: as_json(bounds(other)) for arm, other in arms.items()},
    }
