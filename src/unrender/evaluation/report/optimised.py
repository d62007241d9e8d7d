"""What was optimised, before and after: what the optimised networks promise, and what holds of it to the judge."""

from unrender.evaluation.report.markup import Child, Html, number, part, percent, signed, span, table, tag
from unrender.evaluation.report.reading import Finding, Model, Score

BEFORE, REAL, BLIND = "before", "real", "blind"
ABOUT = (
    "The same briefs and seeds before and after. Scores called grammar are those of the rules that made the labels, "
    "on what an encoder of another seed reads, which nothing was optimised through; those called predicted are what "
    "was optimised. The change is paired, page by page. Real pages are a yardstick, and no bound."
)
RELATIVE = {"frechet_distance": "frechet_growth", "diversity": "diversity_change"}
"""Scores whose change is a share of what was before, and the name of that change; of others it is the difference."""
HEAD = ("score", BEFORE, "after", "change", "real pages", "n")


def before_after(model: Model) -> Html | None:
    """A row for each score that has a before; None for networks that were not optimised further."""
    found = model.splits.get(model.main, {})
    rows = [_row(name, finding, found) for name, finding in found.items() if BEFORE in finding.arms]
    if not rows:
        return None
    sentences = [tag("li", words) for words in (promise(found), raised(found)) if words]
    return part("Before and after", ABOUT, [tag("ul", sentences, class_="found"), table(HEAD, rows)])


def promise(found: dict[str, Finding]) -> str | None:
    """How much of the predicted gain the judge sees: reward hacking in one sentence."""
    if not {"grammar_gain", "predicted_gain"} <= found.keys():
        return None
    seen, promised = found["grammar_gain"], found["predicted_gain"]
    start = f"Predicted grammar changed by {_change(promised)}, independent grammar by {_change(seen)}: "
    if not _risen(promised):
        return start + "not even the optimised networks see a gain that is clear of luck."
    if not _risen(seen):
        return start + "the optimised networks see a gain, the judge none that is clear of luck. They were deceived."
    return start + f"{percent(seen.value / promised.value)} of what the optimised networks see holds."


def _risen(change: Score) -> bool:
    return change.low is not None and change.low > 0


def raised(found: dict[str, Finding]) -> str | None:
    """The share of pages that became better, where it was measured."""
    if "raised" not in found:
        return None
    share = found["raised"]
    start = (
        f"{percent(share.value)} of {number(share.n)} pages were raised to the judge ({span(share.low, share.high)})"
    )
    blind, gained = share.arms.get(BLIND), found.get("grammar_gain")
    if blind is None or gained is None or BLIND not in gained.arms:
        return f"{start}."
    return (
        f"{start}. As many steps in any direction raise {percent(blind.value)}, and grammar by "
        f"{_change(gained.arms[BLIND])}: that much is choosing the best of many."
    )


def _row(name: str, finding: Finding, found: dict[str, Finding]) -> list[Child]:
    change = found.get(RELATIVE.get(name, ""), finding.over_floor)
    shown = "–" if change is None else _signed(change, relative=name in RELATIVE)
    arms = finding.arms
    return [tag("code", name), _cell(arms[BEFORE]), _cell(finding), shown, _cell(arms.get(REAL)), number(finding.n)]


def _signed(change: Score, relative: bool) -> Child:
    if not relative:
        return [tag("b", signed(change.value)), tag("small", span(change.low, change.high))]
    bounds = f"{percent(change.low)} to {percent(change.high)}" if change.low is not None else ""
    return [tag("b", ("+" if change.value > 0 else "") + percent(change.value)), tag("small", bounds)]


def _change(change: Score) -> str:
    bounds = span(change.low, change.high)
    return signed(change.value) + (f" ({bounds})" if bounds else "")


def _cell(score: Score | None) -> Child:
    return "–" if score is None else [tag("b", number(score.value)), tag("small", span(score.low, score.high))]
