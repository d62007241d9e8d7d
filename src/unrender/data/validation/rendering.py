"""A row against its own page: painted again, measured again."""

from dataclasses import dataclass, field

import numpy as np

from unrender.data import synthesise
from unrender.data.pictures import decode, encode
from unrender.data.pix2code.rows import RENDERED, paint
from unrender.data.schema import MAPS
from unrender.data.validation import code, pixels
from unrender.data.validation.findings import Finding, Key
from unrender.data.validation.inspection import image_hash
from unrender.design.design import Design
from unrender.design.grammar import NAMES
from unrender.render.engine import Engine
from unrender.render.frame import ARTBOARD, paint_scale
from unrender.render.structure import structure_maps

AGREEMENT = {"image": 0.99, "text_mask": 0.97, "image_mask": 0.97, "colour": 0.99, "hierarchy": 0.99}
"""Least agreement of a stored picture with its render. Masks: IoU; others: equal pixels of the page."""
LEVELS = {"image": 8, "colour": 0, "hierarchy": 8}
"""Levels by which pixels may differ and still be equal: other versions of an engine smooth edges otherwise."""
SCORE_ERROR = 0.02
LABELS = (
    *(*MAPS, "design_hash", "page_width", "page_height", "goal", "format", "tone", "texts", "theme", "dsl", "html"),
    *(
        "structure",
        "layout",
        *(f"grammar_{name}" for name in NAMES),
        "elements",
        "depth",
        "columns",
        "recipe",
        "attainable",
    ),
    *(f"fault_{name}" for name in ("alignment", "contrast", "crowding", "hierarchy")),
)
"""Everything a row says about its image."""
DERIVED = ("html", "structure", "layout", "theme", "design_hash", "dsl", "elements", "depth", "columns")


@dataclass(slots=True)
class Repaint:
    """A row painted again."""

    key: Key
    id: str
    agreement: dict[str, float] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    image_hash: bytes = b""
    """Of the image that the labels lead to."""
    image: dict | None = None
    """That image, where anything deviates."""
    fresh: dict | None = None
    """The labels that the design leads to, where the row deviates from them."""

    @property
    def image_agrees(self) -> bool:
        return self.agreement.get("image", 0.0) >= AGREEMENT["image"]

    @property
    def maps_agree(self) -> bool:
        """All four maps, exactly."""
        return all(self.agreement.get(name) == 1.0 for name in MAPS)


def repaint(engine: Engine, row: dict, key: Key) -> Repaint | None:
    """Paint a row's page again and compare; None for a row whose page cannot be painted."""
    parsed, _ = code.parse(row)
    design = code.design_of(row, parsed) if parsed else None
    draw = _from_code if code.is_foreign(row) else _from_html
    expected = _from_design(engine, design, row) if design else draw(engine, row)
    if expected is None:
        return None
    found = Repaint(key, row["id"])
    stored, _ = pixels.read(row)
    fresh = {name: decode(expected[name]) for name in pixels.PICTURES if name in expected}
    page = fresh["colour"] != 0 if "colour" in fresh else (fresh["image"] != ARTBOARD).any(-1)
    found.image_hash = image_hash(np.ascontiguousarray(fresh["image"]))
    found.agreement = {name: agreement(name, stored[name], fresh[name], page) for name in fresh if name in stored}
    _compare(found, row, expected)
    if found.findings or "image" not in stored or _deviates(row, expected, stored):
        found.fresh = {name: expected.get(name, row[name]) for name in LABELS}
        found.image = expected["image"]
    return found


def _from_design(engine: Engine, design: Design, row: dict) -> dict | None:
    """Every column that the design leads to; None if its layout breaks."""
    try:
        rendered = synthesise.render(engine, design)
    except ValueError:  # texts that do not fit the tree: the round trip has said so
        return None
    return synthesise.labelled(design, rendered, row["split"], 0, row["seed"]) if rendered else None


def _from_html(engine: Engine, row: dict) -> dict | None:
    """The pictures that the stored HTML leads to."""
    width, height = row["page_width"], row["page_height"]
    if not row["html"] or not width or not height:
        return None
    maps = structure_maps(engine.open(row["html"], width, height, paint_scale(width, height)))
    painted = (maps.image, maps.text, maps.picture, maps.colour, maps.hierarchy)
    return {name: encode(picture) for name, picture in zip(pixels.PICTURES, painted, strict=True)}


def _from_code(engine: Engine, row: dict) -> dict | None:
    """The image that a page of pix2code leads to; None for a screenshot, whose words nobody knows."""
    return {"image": encode(paint(engine, row["html"]))} if row["html"] and row["source"] == RENDERED else None


def agreement(name: str, stored: np.ndarray, fresh: np.ndarray, page: np.ndarray) -> float:
    """Agreement of two pictures, 0..1, where `page` is true."""
    if name.endswith("mask"):
        a, b = stored != 0, fresh != 0
        either = np.count_nonzero(a | b)
        return float(np.count_nonzero(a & b) / either) if either else 1.0
    difference = np.abs(stored[page].astype(np.int16) - fresh[page])
    if difference.ndim == 2:
        difference = difference.max(-1)
    return float((difference <= LEVELS[name]).mean())


def _compare(found: Repaint, row: dict, expected: dict) -> None:
    for name, share in found.agreement.items():
        if share < AGREEMENT[name]:
            rule = "render_image" if name == "image" else "render_map"
            measure = "IoU" if name.endswith("mask") else "share of equal pixels"
            _add(
                found,
                rule,
                f"{name} disagrees with its render: {measure} {share:.3f}, at least {AGREEMENT[name]} is asked for.",
            )
    for name in NAMES:
        column = f"grammar_{name}"
        if column not in expected or row[column] is None:
            continue
        if not abs(row[column] - expected[column]) <= SCORE_ERROR:
            _add(found, "render_score", f"{column} is {row[column]:.3f}; the page measures {expected[column]:.3f}.")
    if "page_width" in expected and (row["page_width"], row["page_height"]) != (
        expected["page_width"],
        expected["page_height"],
    ):
        size = f"{expected['page_width']} x {expected['page_height']}"
        _add(
            found,
            "render_score",
            f"The page is said to be {row['page_width']} x {row['page_height']} CSS px; laid out it is {size}.",
        )


def _add(found: Repaint, rule: str, sentence: str) -> None:
    found.findings.append(Finding(rule, sentence, found.key[0], found.key[1], found.id))


def _deviates(row: dict, expected: dict, stored: dict) -> bool:
    """Whether a derived text or count is another, or a map could not be read."""
    missing = any(name not in stored and row[name] is not None for name in MAPS)
    return missing or any(name in expected and row[name] != expected[name] for name in DERIVED)
