"""What is gained when a part of the answer is given."""

from unrender.evaluation.report.judging import spoken
from unrender.evaluation.report.markup import Child, Html, number, part, signed, span, table, tag
from unrender.evaluation.report.reading import GIVEN, Finding, Model, Score

ABOUT = (
    "The same pages in one step from the same noise, with a part of the truth given and with nothing given. The gain "
    "is paired: hard pages cancel. Tree only: neither the screenshot is known nor what the nodes of the document are."
)
TREE_ONLY = "_tree_only"
"""Ends the names of scores that were had without screenshot and document."""
HEAD = ("score", "given", "with it", "with nothing given", "gain", "pages")


def gains(model: Model) -> Html | None:
    """A row for each part that was given."""
    found = model.splits.get(GIVEN)
    if not found:
        return None
    return part("With a part of the answer given", ABOUT, table(HEAD, [_row(*item) for item in found.items()], 2))


def _row(name: str, finding: Finding) -> list[Child]:
    metric, _, given = name.partition("_with_")
    part_given = given.removesuffix(TREE_ONLY)
    return [
        tag("code", metric),
        [spoken(part_given), tag("small", "tree only")] if part_given != given else spoken(given),
        _cell(finding),
        _cell(finding.nothing),
        _cell(finding.gain, sign=True),
        number(finding.n),
    ]


def _cell(score: Score | None, sign: bool = False) -> Child:
    if score is None:
        return "–"
    return [tag("b", signed(score.value) if sign else number(score.value)), tag("small", span(score.low, score.high))]
