"""Confusion matrices as heat tables."""

from collections.abc import Mapping

from unrender.evaluation.report.judging import spoken
from unrender.evaluation.report.markup import Html, folded, number, part, percent, tag
from unrender.evaluation.report.reading import Model

MANY = 12
"""Labels above which a matrix is drawn narrow."""


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
    """Of many labels only those that occur, narrow, their heads upright and zeros left blank."""
    many = len(labels) > MANY
    shown = [i for i in range(len(labels)) if not many or sum(counts[i]) or any(row[i] for row in counts)]
    heads = [tag("th", tag("span", labels[i]), class_="n") for i in shown]
    head = tag("tr", tag("th"), heads, tag("th", tag("span", "right"), class_="n"))
    rows = [
        _heat_row([labels[j] for j in shown], [counts[i][j] for j in shown], at, many) for at, i in enumerate(shown)
    ]
    return tag("table", tag("thead", head), tag("tbody", rows), class_="heat many" if many else "heat")


def _heat_row(labels: list[str], row: list[int], own: int, many: bool) -> Html:
    label, right, total = labels[own], row[own], sum(row) or 1
    cells = [
        _heat_cell(count, total, f"of {label}, said: {said}") if count or not many else tag("td")
        for said, count in zip(labels, row, strict=True)
    ]
    return tag("tr", tag("th", label), cells, tag("td", percent(right / total), class_="n soft"))


def _heat_cell(count: int, total: int, about: str) -> Html:
    share = count / total
    title = f"{percent(share)} {about}"
    return tag("td", number(count), style=f"--share:{80 * share:.0f}%", title=title)
