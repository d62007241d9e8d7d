"""HTML and SVG that are escaped unless they were built here, so nothing that comes from data can become markup."""

from collections.abc import Iterable
from html import escape
from typing import TypeAlias

VOID = {"meta", "img", "input"}
SHAPES = {"circle", "line", "polyline", "rect"}  # of SVG: they close themselves


class Html(str):
    """Finished markup. Any other string is text."""

    __slots__ = ()


Child: TypeAlias = str | Iterable | None  # text, markup, or many of them


def tag(name: str, /, *children: Child, **attributes: str | int | float | None) -> Html:
    """An element. `class_` stands for class, `stroke_width` for stroke-width; None leaves an attribute or child out."""
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(_plain(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    if name in VOID or name in SHAPES:
        return Html(f"<{name}{written}{'/' if name in SHAPES else ''}>")
    return Html(f"<{name}{written}>{join(*children)}</{name}>")


def join(*parts: Child) -> Html:
    """Markup as it is, text escaped, lists one after the other."""
    return Html("".join(_written(part) for part in parts))


def table(head: Iterable[Child], rows: Iterable[Iterable[Child]], text_columns: int = 1) -> Html:
    """A table whose first columns are text and whose others are numbers. Rows may be whole `tr` elements."""
    cells = [tag("th", cell, class_=_kind(i, text_columns)) for i, cell in enumerate(head)]
    return tag("table", tag("thead", tag("tr", cells)), tag("tbody", [row(cells, text_columns) for cells in rows]))


def row(cells: Iterable[Child], text_columns: int = 1) -> Html:
    """One `tr`; a finished one stays as it is."""
    if isinstance(cells, Html):
        return cells
    return tag("tr", [tag("td", cell, class_=_kind(i, text_columns)) for i, cell in enumerate(cells)])


ROUNDING = 1e-12
"""What is smaller is a trace of floating-point sums."""


def number(value: int | float | str | None) -> str:
    """Three digits that matter; counts with thousands. What is no number stays as it is."""
    if value is None:
        return "–"
    if isinstance(value, str | bool):
        return str(value)
    return _digits(value).replace("-", "−")


def _digits(value: int | float) -> str:
    size = abs(value)
    if size < ROUNDING:
        return "0"
    if isinstance(value, int) or size >= 1000:
        return f"{value:,.0f}"
    if size >= 10:
        return f"{value:.1f}"
    return f"{value:.3f}" if size >= 0.1 or value == 0 else f"{value:#.3g}"


def percent(share: float | None) -> str:
    """0.61 -> 61 %."""
    return "–" if share is None else f"{share:.0%}".replace("%", " %").replace("-", "−")


def signed(value: float) -> str:
    """A difference, its sign always shown."""
    return ("+" if value > 0 else "") + number(value)


def span(low: float | None, high: float | None) -> str:
    """An interval."""
    return "" if low is None or high is None else f"{number(low)} to {number(high)}"


def folded(summary: str, content: Child) -> Html:
    return tag("details", tag("summary", summary), content)


def part(title: str, about: str | None, content: Child) -> Html:
    return tag("div", tag("h3", title), tag("p", about, class_="soft") if about else None, content, class_="part")


def _kind(index: int, text_columns: int) -> str | None:
    return "n" if index >= text_columns else None


def _plain(value: str | int | float) -> str:
    return value if isinstance(value, str) else f"{value:.2f}".rstrip("0").rstrip(".")


def _written(part: Child) -> str:
    if part is None:
        return ""
    if isinstance(part, Html):
        return part
    return escape(part) if isinstance(part, str) else join(*part)
