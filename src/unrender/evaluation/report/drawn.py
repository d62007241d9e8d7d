"""Layouts that were drawn: every condition beside real pages and floors."""

from unrender.evaluation.report import figures
from unrender.evaluation.report.figures import Dot
from unrender.evaluation.report.judging import gain, spoken, upward
from unrender.evaluation.report.markup import Html, number, part, tag
from unrender.evaluation.report.overview import HEAD, finding_row, findings_table, group_row
from unrender.evaluation.report.reading import Finding, Model

ABOUT = (
    "Drawn without the screenshot, for pages of test of which more and more is given: the tree of the document, the "
    "types of its elements, their sizes. Nothing else of the document is known. The ceiling is what real pages score: "
    "a yardstick, and no bound. Floors have the true types and tree: the page's own boxes exchanged among its elements "
    "(shuffled), its own sizes at random places (random), the boxes of another page (other page)."
)
METRICS = {
    "max_iou": "likeness to real pages with the same types, layouts and elements paired for the best; on pages whose "
    "types another real page has",
    "alignment_distance": "how far elements are off the nearest line of another, lower is better",
    "overlap": "share of an element that others cover, lower is better",
    "aesthetic": "alignment, overlap and even gaps in one; the combination is our own, and few elements have it easily",
    "diversity": "how unlike two layouts for one page are; real ones: two pages with the same types",
    "elements": "elements drawn for each real one: with few of them, what the others say is worth little",
    "types_paired": "share of the real pages for which a layout with just their types was drawn",
}
"""What each metric is."""


def drawn_layouts(model: Model) -> Html | None:
    """A panel for each metric, then the same as a table."""
    if not model.drawn:
        return None
    metrics = [name for name in METRICS if any(name in found for found in model.drawn.values())]
    metrics += sorted({name for found in model.drawn.values() for name in found} - set(metrics))
    panels = [_panel(model, name) for name in metrics]
    head = ["drawn from", *HEAD[1:]]
    tables = findings_table(head, [_rows(model, name) for name in metrics])
    return part("Drawn layouts", ABOUT, [tag("div", panels, class_="panels"), tag("p"), tables])


def _panel(model: Model, metric: str) -> Html:
    """The conditions, then what they are held against, best on top: the same for all of them."""
    found = _found(model, metric)
    rows = [Dot(f"from {spoken(condition)}", finding, style="own") for condition, finding in found.items()]
    first = next(iter(found.values()))
    up, floors = upward(metric, first), {finding.floor_arm for finding in found.values()}
    rows += [
        Dot("real pages" if arm == "real" else spoken(arm), score, style="floor" if arm in floors else "")
        for arm, score in sorted(first.arms.items(), key=lambda item: -gain(up, 0.0, item[1].value))
    ]
    marks = {} if first.ceiling is None else {"real pages" if "real" in first.arms else "ceiling": first.ceiling}
    drawn = figures.dots(metric, rows, marks, up)
    return tag("figure", tag("figcaption", tag("code", metric)), drawn, class_="panel")


def _rows(model: Model, metric: str) -> Html:
    rows = [
        finding_row(metric, finding, [spoken(condition), tag("small", _size(finding))])
        for condition, finding in _found(model, metric).items()
    ]
    about = METRICS.get(metric)
    return tag("tbody", group_row([tag("code", metric), tag("span", f": {about}.") if about else None]), rows)


def _found(model: Model, metric: str) -> dict[str, Finding]:
    """Condition -> finding, where it was measured."""
    return {condition: found[metric] for condition, found in model.drawn.items() if metric in found}


def _size(finding: Finding) -> str | None:
    return None if finding.n is None else f"{number(finding.n)} layouts"
