"""Confusion matrices as heat tables."""

from collections.abc import Mapping

from unrender.evaluation.report.judging import spoken
from unrender.evaluation.report.markup import Html, folded, number, part, percent, tag
from unrender.evaluation.report.reading import Model


def confusions(model: Model) -> Html | None:
    if not model.confusion:
        return None
    large, *others = model.main_first(model.confusion)
    rest = [folded(f"Also on {spoken(split)}", _matrices(model.confusion[split])) for split in others]
    about = "Rows are the truth, columns what was said. The stronger the colour, the larger the share of the row."
    return part(f"Confusions: {spoken(large)}", about, [_matrices(model.confusion[large]), rest])


def _matrices(found: Mapping[str, Mapping]) -> Html:
    cards = [
        tag("figure", tag("figcaption", tag("code", label)), _heat(matrix["labels"], matrix["counts"]))
        for label, matrix in found.items()
    ]
    return tag("div", cards, class_="matrices")


def _heat(labels: list[str], counts: list[list[int]]) -> Html:
    head = tag("tr", tag("th"), [tag("th", label, class_="n") for label in labels], tag("th", "right", class_="n"))
    rows = [_heat_row(label, row, row[i]) for i, (label, row) in enumerate(zip(labels, counts, strict=True))]
    return tag("table", tag("thead", head), tag("tbody", rows), class_="heat")


def _heat_row(label: str, row: list[int], right: int) -> Html:
    total = sum(row) or 1
    cells = [
        tag("td", number(count), class_="n", style=_shade(count / total), title=f"{percent(count / total)} of {label}")
        for count in row
    ]
    return tag("tr", tag("th", label), cells, tag("td", percent(right / total), class_="n soft"))


def _shade(share: float) -> str:
    return f"background:color-mix(in srgb,var(--bar) {80 * share:.0f}%,transparent)"
