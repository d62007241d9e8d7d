"""Inline SVG: the bar from floor to ceiling, dots with intervals, curves. Right and up are better, or later."""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from unrender.evaluation.report.judging import place
from unrender.evaluation.report.markup import Child, Html, join, number, span, tag
from unrender.evaluation.report.reading import Finding, Score

BAR_WIDTH, BAR_MARGIN, BAR_RIM = 220, 0.1, 0.075  # room beyond floor and ceiling, and how far a dot may go, as shares
ROW, ROOM = 19, 206  # of `dots`: the height of a row, and the width for its names
COLOURS = 4  # of the stylesheet, for lines
MOST_POINTS = 400  # of a curve; longer ones are drawn by the means of neighbours


Pixels = int | float
Scale = Callable[[float], float]  # a value to its place in pixels


@dataclass(frozen=True)
class Dot:
    """A row of `dots`. Rows with the same block stand together under its name."""

    label: str
    score: Score
    block: str = ""
    style: str = ""


def bar(metric: str, found: Finding) -> Html:
    """Floor on the left, ceiling on the right, also for errors; what lies beyond either is cut off at the rim."""
    floor, ceiling = found.floor, found.ceiling
    if floor is None or ceiling is None or floor == ceiling:
        return Html("")

    def x(value: float) -> float:
        share = min(max(place(value, floor, ceiling), -BAR_RIM), 1 + BAR_RIM)
        return BAR_WIDTH * (share + BAR_MARGIN) / (1 + 2 * BAR_MARGIN)

    start, end, here = x(floor), x(ceiling), x(found.value)
    kind = "fill" if here >= start else "fill under"
    parts = [
        tag("rect", x=start, y=8, width=end - start, height=8, rx=2, class_="track"),
        tag("rect", x=min(start, here), y=8, width=abs(here - start), height=8, rx=2, class_=kind),
        [tag("line", x1=at, x2=at, y1=3, y2=21, class_="mark") for at in (start, end)],
        _whisker(found, x, 12),
        tag("circle", cx=here, cy=12, r=4, class_="dot"),
    ]
    title = f"{metric}: {number(found.value)} between floor {number(floor)} and ceiling {number(ceiling)}"
    return _svg(BAR_WIDTH, 24, title, parts)


def dots(metric: str, rows: Sequence[Dot], marks: dict[str, float], up: bool, width: int = 540) -> Html:
    """A row per score: its interval, its value. All are read against `marks`, dashed; `up`: more is better."""
    ends = [end for row in rows for end in (row.score.value, row.score.low, row.score.high) if end is not None]
    ends += marks.values()
    low, high = min(ends), max(ends)
    left, right = ROOM + 10, width - 74
    ratio = (right - left) / ((high - low) or 1)

    def x(value: float) -> float:
        return left + (value - low) * ratio if up else right - (value - low) * ratio

    bottom = 16 + ROW * len(rows)
    parts = [_dot_row(row, x, 16 + ROW * i + ROW / 2, width) for i, row in enumerate(rows)]
    heads = [_block_head(rows, i, 16 + ROW * i, width) for i in range(len(rows))]
    lines = [_mark(name, x(value), bottom, (left, right)) for name, value in marks.items()]
    ends_shown = sorted({low, high})
    axis = [_text(number(end), x(end), bottom + 13, "tick middle") for end in ends_shown]
    return _svg(width, bottom + 18, f"{metric} with 95 % intervals", [heads, lines, parts, axis])


def curve(name: str, series: dict[str, list[tuple[float, float]]], width: int = 540, height: int = 240) -> Html:
    """Lines over steps, the y axis logarithmic where values span more than a factor of five."""
    series = {kind: thinned(points) for kind, points in series.items() if points}
    xs, ys = zip(*[point for points in series.values() for point in points], strict=True)
    log = min(ys) > 0 and max(ys) > 5 * min(ys)
    scale = math.log10 if log else float
    box = (48, 10, width - 12, height - 22)  # left, top, right, bottom
    x, y = _axis(min(0.0, *xs), max(xs), box[0], box[2]), _axis(scale(min(ys)), scale(max(ys)), box[3], box[1])
    few = 4 if width < 300 else 5
    ticks = log_ticks(min(ys), max(ys)) if log else linear_ticks(min(ys), max(ys), few)
    parts = [
        [tag("line", x1=box[0], x2=box[2], y1=y(scale(t)), y2=y(scale(t)), class_="grid") for t in ticks],
        [_text(short(t), box[0] - 6, y(scale(t)) + 4, "tick end") for t in ticks],
        [_text(short(t), x(t), height - 6, "tick middle") for t in linear_ticks(0.0, max(xs), few)],
        [_line(i, [(x(a), y(scale(b))) for a, b in points]) for i, points in enumerate(series.values())],
    ]
    return _svg(width, height, f"{name} over steps" + (", logarithmic" if log else ""), parts)


def legend(names: Iterable[str]) -> Html:
    """Which line of a `curve` is which."""
    keys = [[tag("i", class_=f"key c{i % COLOURS}"), name] for i, name in enumerate(names)]
    return tag("p", keys, class_="soft legend")


def thinned(points: list[tuple[float, float]], most: int = MOST_POINTS) -> list[tuple[float, float]]:
    """At most `most` points, each the mean of a run of neighbours."""
    size = math.ceil(len(points) / most)
    runs = [points[i : i + size] for i in range(0, len(points), size)]
    return [(sum(a for a, _ in run) / len(run), sum(b for _, b in run) / len(run)) for run in runs]


def linear_ticks(low: float, high: float, most: int = 5) -> list[float]:
    """Round numbers within the range: steps of 1, 2, 2.5 or 5 times a power of ten."""
    if high <= low:
        return [low]
    rough = (high - low) / most
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= rough * (1 - 1e-9))
    return [i * step for i in range(math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9) + 1)]


def log_ticks(low: float, high: float) -> list[float]:
    """Powers of ten; where fewer than three lie within the range, numbers between them too."""
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    ticks: list[float] = []
    for factors in ((1,), (1, 2, 5), (1, 1.5, 2, 3, 5, 7)):
        ticks = [f * 10.0**p for p in powers for f in factors if low <= f * 10.0**p <= high]
        if len(ticks) > 2:
            break
    return ticks


def short(value: float) -> str:
    """A tick's label."""
    return f"{value:g}" if abs(value) < 10_000 else f"{value / 1000:g}k"


def _dot_row(row: Dot, x: Scale, y: Pixels, width: Pixels) -> Html:
    score = row.score
    n = "" if score.n is None else f", n {number(score.n)}"
    title = f"{row.block} {row.label}: {number(score.value)}, 95 % {span(score.low, score.high) or 'not published'}{n}"
    return tag(
        "g",
        tag("title", title.strip()),
        tag("rect", y=-ROW / 2, width=width, height=ROW, class_="hit"),
        _text(row.label, ROOM, 4, "label"),
        _whisker(score, x),
        tag("circle", cx=x(score.value), r=3.5, class_="dot"),
        _text(number(score.value), width, 4, "value"),
        transform=f"translate(0 {y:g})",
        class_=f"row {row.style}".strip(),
    )


def _block_head(rows: Sequence[Dot], i: int, y: Pixels, width: Pixels) -> Html | None:
    """The name of a block beside its first row, and a line above it."""
    if not rows[i].block or (i and rows[i].block == rows[i - 1].block):
        return None
    return join(
        tag("line", x1=0, x2=width, y1=y, y2=y, class_="grid"), _text(rows[i].block, 0, y + ROW / 2 + 4, "block")
    )


def _mark(name: str, x: Pixels, bottom: Pixels, room: tuple[Pixels, Pixels]) -> Html:
    anchor = "end" if x > sum(room) / 2 else "start"
    return join(
        tag("line", x1=x, x2=x, y1=14, y2=bottom, class_="guide"),
        _text(name, x, 10, f"tick {anchor}"),
    )


def _whisker(score: Score, x: Scale, y: Pixels | None = None) -> Html | None:
    """At height `y`, or where its row is."""
    if score.low is None or score.high is None:
        return None
    return tag("line", x1=x(score.low), x2=x(score.high), y1=y, y2=y, class_="whisker")


def _line(i: int, points: list[tuple[float, float]]) -> Html:
    colour = f"c{i % COLOURS}"
    path = tag("polyline", points=" ".join(f"{x:.1f},{y:.1f}" for x, y in points), class_=f"line {colour}")
    few = [tag("circle", cx=x, cy=y, r=2.5, class_=f"point {colour}") for x, y in points if len(points) <= 40]
    return join(path, few)


def _axis(low: float, high: float, start: Pixels, end: Pixels) -> Scale:
    ratio = (end - start) / ((high - low) or 1)
    return lambda value: start + (value - low) * ratio


def _text(words: str, x: Pixels, y: Pixels, kind: str) -> Html:
    return tag("text", words, x=x, y=y, class_=kind)


def _svg(width: Pixels, height: Pixels, title: str, parts: Child) -> Html:
    return tag("svg", parts, viewBox=f"0 0 {width} {height}", width=width, height=height, role="img", aria_label=title)
