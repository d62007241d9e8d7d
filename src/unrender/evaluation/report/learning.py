"""Losses over steps: the whole loss large, its parts small."""

from unrender.evaluation.report import figures
from unrender.evaluation.report.markup import Html, part, tag
from unrender.evaluation.report.reading import Curve

Series = dict[str, list[tuple[float, float]]]  # train, val -> (step, value)


def learning(name: str, curve: Curve) -> Html:
    """Losses over steps: the whole loss large, its parts small."""
    named = _by_quantity(curve)
    main = named.pop("loss", None)
    large = _figure("loss", main, 540, 295, "large") if main else None
    small = [_figure(quantity, series) for quantity, series in named.items()]
    parts = tag("div", large, small, class_="curves")
    return part(f"Learning: {name}", "Loss over steps, and its parts beside it.", [figures.legend(curve), parts])


def _figure(quantity: str, series: Series, width: int = 270, height: int = 120, kind: str | None = None) -> Html:
    drawn = figures.curve(quantity, series, width, height)
    return tag("figure", tag("figcaption", tag("code", quantity)), drawn, class_=kind)


def _by_quantity(curve: Curve) -> dict[str, Series]:
    """quantity -> train, val -> (step, value). A column without train/ or val/ is drawn once, as train."""
    found: dict[str, Series] = {}
    for kind, rows in curve.items():
        for name in dict.fromkeys(key for row in rows for key in row if key != "step"):
            quantity = name.removeprefix(f"{kind}/")
            if quantity != name or "train" not in found.get(quantity, {}):
                points = [(row["step"], row[name]) for row in rows if name in row]
                found.setdefault(quantity, {})[kind] = points
    return found
