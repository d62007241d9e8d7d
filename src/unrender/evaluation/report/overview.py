"""The sections that span all networks: all scores, other splits, changes since the commit, ceilings."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from unrender.config import flatten
from unrender.evaluation.report import figures
from unrender.evaluation.report.judging import Change, changes, finding, gain, spoken, summary_sentence, upward
from unrender.evaluation.report.markup import Child, Html, join, number, percent, signed, span, table, tag
from unrender.evaluation.report.reading import Finding, Model, Score

HEAD = (
    "metric",
    "value",
    "95 % interval",
    "floor",
    "from floor to ceiling",
    "ceiling",
    "gap closed",
    "better than floor by",
)
OTHERS = (
    "Test composition has structures of rows, test theme palettes and a typeface that training never shows. Test "
    "markup is test as other people would have written it: other tags, fewer wrappers, no rows or columns of one thing."
)
_GAIN = re.compile("_(?:gain|change)")


def head_table(models: list[Model]) -> Html:
    """Every metric of every network on its main split."""
    bodies = [_model_rows(model) for model in models if model.splits]
    return findings_table(HEAD, bodies)


def findings_table(names: Sequence[str], bodies: Child) -> Html:
    """`bodies`: whole `tbody` elements of `group_row` and `finding_row`."""
    head = tag("thead", tag("tr", [tag("th", name, class_=_column(i)) for i, name in enumerate(names)]))
    return tag("table", head, bodies, class_="head")


def group_row(about: Child) -> Html:
    """A line across the table, above the rows that it speaks of."""
    return tag("tr", tag("th", about, colspan=str(len(HEAD)), class_="group"))


def other_splits(models: list[Model]) -> Html:
    """The same scores on the other splits, compact."""
    found = [(model, [split for split in model.read if split != model.main]) for model in models]
    parts = [[tag("h4", model.name), _split_table(model, splits)] for model, splits in found if splits]
    return _section("Other splits", OTHERS, parts) if parts else Html("")


def since_commit(models: list[Model], before: Mapping[str, dict | None]) -> Html:
    """Now against the scores in the last commit."""
    about = "Scores in the last commit, and now. A change inside the present 95 % interval is marked as such."
    parts = [
        [
            tag("h4", model.name, id=f"since-{model.name}"),
            _changes(model, found)
            if (found := before.get(model.name)) is not None
            else tag("p", f"The last commit holds no scores of {model.name}, or there is no git here.", class_="soft"),
        ]
        for model in models
    ]
    return tag("section", tag("h2", "Since the last commit"), tag("p", about, class_="soft"), parts, id="since")


def ceilings(metrics: Mapping[str, Any], evidence: Mapping[str, Any]) -> Html:
    """How many rows there are, and how each label's floor and ceiling were measured."""
    if not metrics and not evidence:
        return Html("")
    tiles = [_tile(number(count), spoken(split)) for split, count in metrics.get("rows", {}).items()]
    head = ("label", "how", "floor", "ceiling", "95 % interval of the ceiling", "rows")
    rows = [
        (
            tag("code", name),
            fact.get("method", ""),
            number(fact.get("floor")),
            number(fact.get("ceiling")),
            span(fact.get("low"), fact.get("high")),
            number(fact.get("n")),
        )
        for name, fact in evidence.items()
        if isinstance(fact, Mapping)
    ]
    listed = table(head, rows, text_columns=2) if rows else None
    return tag("section", tag("h2", "Data and ceilings"), tag("div", tiles, class_="tiles"), listed, id="data")


def _model_rows(model: Model) -> Html:
    findings = _unrepeated(model.splits[model.main])
    sizes = {found.n for found in findings.values() if found.n is not None}
    size = f", n {' or '.join(number(n) for n in sorted(sizes))}" if sizes else ""
    about = [
        tag("a", model.name, href=f"#{model.name}"),
        tag("span", f" {spoken(model.main)}{size}. {summary_sentence(findings)}"),
    ]
    return tag("tbody", group_row(about), [finding_row(name, found) for name, found in findings.items()])


def _unrepeated(findings: Mapping[str, Finding]) -> dict[str, Finding]:
    """Without gains that are published by themselves and stand in the last column of what they are gains of as well:
    `grammar_gain_contrast` in that of `grammar_contrast`. By name, for a score with a floor of 0 is its own gain."""

    def repeats(name: str, found: Finding) -> bool:
        whole = findings.get(_GAIN.sub("", name))
        over = whole.over_floor if whole and whole is not found else None
        return over is not None and (found.value, found.low, found.high) == (over.value, over.low, over.high)

    return {name: found for name, found in findings.items() if not repeats(name, found)}


def finding_row(name: str, found: Finding, first: Child = None) -> Html:
    """A finding of metric `name`; `first` stands in the first column in place of the name."""
    over = found.over_floor
    cells: list[Child] = [
        first or tag("code", name),
        tag("b", number(found.value)),
        span(found.low, found.high),
        [number(found.floor), tag("small", found.floor_arm)],
        figures.bar(name, found),
        number(found.ceiling),
        percent(found.gap_closed),
        "–" if over is None else _gained(upward(name, found), over),
    ]
    return tag("tr", [tag("td", cell, class_=_column(i)) for i, cell in enumerate(cells)])


def _gained(up: bool, over: Score) -> Child:
    """The paired difference as a gain: above 0 is better, whichever way the metric runs."""
    value, *bounds = (gain(up, 0.0, end) for end in (over.value, over.low, over.high) if end is not None)
    return [signed(value), tag("small", " to ".join(signed(bound) for bound in sorted(bounds)))]


def _column(index: int) -> str | None:
    return None if index == 0 else "bar" if index == 4 else "n"


def _split_table(model: Model, splits: list[str]) -> Html:
    names = list(dict.fromkeys(name for split in splits for name in model.splits[split]))
    columns = [model.main, *splits]
    rows = [[tag("code", name), *(_split_cell(model.splits[split].get(name)) for split in columns)] for name in names]
    return table(["metric", *(spoken(split) for split in columns)], rows)


def _split_cell(found: Finding | None) -> Child:
    if found is None:
        return "–"
    bounds = f" {span(found.low, found.high)}" if found.low is not None else ""
    facts = [
        f"floor {number(found.floor)}" if found.floor is not None else "",
        f"ceiling {number(found.ceiling)}" if found.ceiling is not None else "",
        f"gap closed {percent(found.gap_closed)}" if found.gap_closed is not None else "",
    ]
    return [tag("b", number(found.value)), bounds, tag("small", " · ".join(filter(None, facts)))]


def _changes(model: Model, before: dict) -> Html:
    found = changes(flatten(before), model)
    if all(change.gain == 0 for change in found):
        return tag("p", f"All {len(found)} scores are those of the last commit.")
    rows = [_change_row(change, _interval_holds(model, change)) for change in found]
    return table(("score", "before", "now", "change", ""), rows)


def _change_row(change: Change, chance: bool) -> list[Child]:
    verdict = _verdict(change, chance)
    kind = {"better": "good", "worse": "bad"}.get(verdict, "soft")
    values = number(change.before), number(change.now), _difference(change)
    return [tag("code", change.key), *values, tag("span", verdict, class_=kind)]


def _difference(change: Change) -> str:
    if change.before is None or change.now is None:
        return "–"
    return signed(change.now - change.before)


def _verdict(change: Change, chance: bool) -> str:
    gained = change.gain
    if gained is None:
        return "new" if change.before is None else "gone"
    if gained == 0:
        return "same"
    return ("better" if gained > 0 else "worse") + (", within the interval" if chance else "")


def _interval_holds(model: Model, change: Change) -> bool:
    """Whether the earlier score lies in the present interval."""
    found = finding(model, change.key)
    if found is None or found.low is None or found.high is None or change.before is None:
        return False
    return found.low <= change.before <= found.high


def _tile(value: str, name: str) -> Html:
    return tag("div", tag("b", value), tag("span", name), class_="tile")


def _section(title: str, about: str | None, parts: Child) -> Html:
    return tag("div", tag("h3", title), tag("p", about, class_="soft") if about else None, join(parts))
