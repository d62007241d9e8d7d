"""Pictures, lists of rows, collapse, and whatever else the evidence holds."""

import base64
import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from PIL import Image

from unrender.evaluation.report import figures
from unrender.evaluation.report.judging import spoken
from unrender.evaluation.report.markup import Html, folded, number, part, table, tag
from unrender.evaluation.report.reading import Model

CAPTIONS = {
    "cases": "The worst and the best of the split, and what lies between where it is shown, as named above each row.",
    "drawn": "Real layouts, from few elements to many, and what was drawn for each without its screenshot.",
    "samples": "Drawn by the network.",
    "finetune_samples": "The same briefs and seeds, before above after, with the mean grammar of each to the judge.",
    "innovate": "Before above after, from the page that gained least to the one that gained most, to the judge.",
    "nearest": "Drawn pages; below each, the page of train that is nearest to it.",
}
WIDEST, QUALITY = 1500, 70  # of a picture: pixels, and WebP's quality, which keep small captions legible


def picture(path: Path) -> str:
    """A PNG as the data URI of a WebP: lossy, a seventh of the bytes, or as it is where that is smaller still."""
    with Image.open(path) as image:
        image = image.convert("RGB")
    height = round(image.height * WIDEST / image.width)
    small = image if image.width <= WIDEST else image.resize((WIDEST, height), Image.Resampling.LANCZOS)
    forms = _webp(small, quality=QUALITY, method=6), _webp(image, lossless=True)
    return "data:image/webp;base64," + base64.b64encode(min(forms, key=len)).decode()


def _webp(image: Image.Image, **settings) -> bytes:
    held = io.BytesIO()
    image.save(held, "WEBP", **settings)
    return held.getvalue()


def row_tables(model: Model) -> list[Html]:
    """Lists of rows, under the names they have in the evidence."""
    return [part(spoken(name), None, [_row_table(rows), _by_steps(rows)]) for name, rows in model.tables.items()]


def _row_table(rows: list[dict]) -> Html:
    """Text columns first."""
    keys = list(dict.fromkeys(key for row in rows for key in row))
    words = [key for key in keys if any(isinstance(row.get(key), str) for row in rows)]
    columns = words + [key for key in keys if key not in words]
    cells = [[number(row.get(key)) for key in columns] for row in rows]
    return table([spoken(column) for column in columns], cells, len(words))


def _by_steps(rows: list[dict]) -> Html | None:
    """Rows that count steps, as lines: one figure per number, one line per word."""
    words = [key for key, value in rows[0].items() if isinstance(value, str)]
    if "steps" not in rows[0] or len(words) != 1:
        return None
    names = list(dict.fromkeys(row[words[0]] for row in rows))
    drawn = []
    for key in (key for key in rows[0] if key not in ("steps", words[0])):
        lines = {
            name: [(float(row["steps"]), float(row[key])) for row in rows if row[words[0]] == name] for name in names
        }
        drawn.append(_panel(f"{spoken(key)} by steps", figures.curve(key, lines)))
    return tag("div", figures.legend(names), tag("div", drawn, class_="panels"))


def _panel(title: str, drawn: Html) -> Html:
    return tag("figure", tag("figcaption", title), drawn, class_="panel")


def pictures(model: Model) -> Html | None:
    """Click or press space to see one at its full size."""
    shown = []
    for path in model.pictures:
        kind = path.stem.removeprefix(f"{model.name}_")
        image = tag("img", src=picture(path), alt=f"{model.name}: {spoken(kind)}")
        zoom = tag("label", tag("input", type="checkbox", aria_label=f"{spoken(kind)} at full size"), image)
        caption = [tag("b", spoken(kind)), f" {CAPTIONS.get(path.stem, CAPTIONS.get(kind, ''))} Click for full size."]
        shown.append(tag("figure", tag("figcaption", caption), zoom, class_="picture"))
    return part("Pictures", None, shown) if shown else None


def collapse(model: Model) -> Html | None:
    if not model.collapse:
        return None
    found = {name: value if isinstance(value, Mapping) else {"value": value} for name, value in model.collapse.items()}
    keys = list(dict.fromkeys(key for facts in found.values() for key in facts))
    rows = [[spoken(name), *(_plain(facts.get(key)) for key in keys)] for name, facts in found.items()]
    about = "A network that answers the same whatever it is shown has collapsed."
    return part("Different inputs, different outputs", about, table(["", *(spoken(key) for key in keys)], rows))


def rest(model: Model) -> Html | None:
    if not model.rest:
        return None
    rows = [[tag("code", key), _plain(value)] for key, value in model.rest.items()]
    return folded(f"More facts ({len(rows)})", table(("fact", "value"), rows))


def _plain(value: Any) -> str:
    return number(value) if value is None or isinstance(value, int | float | str) else str(value)
