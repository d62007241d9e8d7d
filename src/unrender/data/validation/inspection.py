"""One row against every rule that needs only the row; and the facts about it that other rules need."""

import hashlib
from dataclasses import dataclass, field

import numpy as np
from PIL import Image

from unrender.data.pix2code.rows import GENUINE
from unrender.data.validation import code, documents, pixels, values
from unrender.data.validation.findings import Finding, Key
from unrender.data.validation.pixels import Fault
from unrender.design.grammar import NAMES
from unrender.design.tree import Node
from unrender.render.frame import ARTBOARD

FLAT_ENOUGH = 0.4
"""Pages whose colour map explains less than this share of their pixels are painted again."""
WEIGHTLESS_ENOUGH = 0.05
THUMBNAIL = 8


@dataclass(slots=True)
class Facts:
    """What is kept of a row while the others are read: about half a kilobyte."""

    key: Key
    split: str
    id: str
    source: str
    goal: str | None
    format: str | None
    tone: float | None
    scores: tuple[float | None, ...]
    """The grammar scores, in the order of grammar.NAMES."""
    attainable: dict[str, float] | None
    design_hash: str | None
    image_hash: bytes = b""
    """Of the pixels; empty if the image does not decode."""
    outline: int = 0
    """64-bit difference hash of the image."""
    thumbnail: bytes = b""
    page: tuple[int, int, int, int, float, float] | None = None
    """Pixels of the page, of its text, of its images, of its most common colour; sum and square sum of weights."""
    shape: tuple[float, ...] | None = None
    """What the format can be read from: see `_shape`."""
    can_render: bool = False
    suspect: bool = False
    """To be painted again, whether sampled or not."""


@dataclass(slots=True)
class Inspection:
    facts: Facts
    findings: list[Finding] = field(default_factory=list)

    @property
    def failed(self) -> bool:
        return any(finding.level == "error" for finding in self.findings)


def inspect(row: dict, split: str, key: Key) -> Inspection:
    """Hold a row against the rules."""
    facts = _facts(row, split, key)
    pictures, faults = pixels.read(row)
    faults += values.check_values(row, split)
    faults += pixels.check_values(row, pictures)
    tree, more = _check_code(row)
    faults += more
    _look(facts, pictures)
    facts.shape = _shape(row, tree) if tree and not code.is_foreign(row) else None
    findings = [Finding(rule, sentence, key[0], key[1], facts.id) for rule, sentence in faults]
    facts.suspect = facts.suspect or bool(findings)
    return Inspection(facts, findings)


def _check_code(row: dict) -> tuple[Node | None, list[Fault]]:
    """The tree, and what is wrong with the code and with what is derived from it."""
    parsed, fault = code.parse(row)
    faults = [fault] if fault else []
    design = None
    if parsed:
        faults += code.check(row, parsed)
        design = code.design_of(row, parsed)
    if design and row["html"] is not None and row["structure"] is not None and row["layout"] is not None:
        faults += code.check_brief(design)
        faults += code.check_round_trip(row, design)
    else:
        faults += documents.check(row)
    return parsed.tree if parsed else None, faults


def _facts(row: dict, split: str, key: Key) -> Facts:
    return Facts(
        key,
        split,
        row["id"] or f"row {key[1]}",
        row["source"] or "",
        goal=row["goal"],
        format=row["format"],
        tone=row["tone"],
        scores=tuple(row[f"grammar_{name}"] for name in NAMES),
        attainable=row["attainable"],
        design_hash=row["design_hash"],
        can_render=row["html"] is not None and row["source"] != GENUINE,  # its words are not those of the screenshot
    )


def _look(facts: Facts, pictures: dict[str, np.ndarray]) -> None:
    """Note down what the pictures say."""
    if "image" in pictures:
        image = np.ascontiguousarray(pictures["image"])
        facts.image_hash = image_hash(image)
        facts.outline, facts.thumbnail = _outline(_page_of(image))
    if len(pictures) < len(pixels.PICTURES):
        return
    page = pictures["colour"] != 0
    if not page.any() or pictures["colour"].max() >= len(pixels.SWATCH_RGB):
        return
    facts.page = _measure(pictures, page)
    facts.suspect = pixels.flat_share(pictures) < FLAT_ENOUGH or pixels.weightless_share(pictures) > WEIGHTLESS_ENOUGH


def image_hash(image: np.ndarray) -> bytes:
    return hashlib.blake2b(image.tobytes(), digest_size=16).digest()


def _page_of(image: np.ndarray) -> np.ndarray:
    """The page without its letterbox, which makes all banners look alike."""
    page = (image != ARTBOARD).any(-1)
    rows, columns = np.flatnonzero(page.any(1)), np.flatnonzero(page.any(0))
    if not len(rows):
        return image
    return np.ascontiguousarray(image[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1])


def _outline(image: np.ndarray) -> tuple[int, bytes]:
    """Difference hash of 9 x 8 luminances (each bit: brighter than its left neighbour), and an 8 x 8 RGB thumbnail."""
    picture = Image.fromarray(image)
    grey = np.asarray(picture.convert("L").resize((9, 8), Image.Resampling.BOX), np.int16)
    bits = np.packbits(grey[:, 1:] > grey[:, :-1])
    small = picture.resize((THUMBNAIL, THUMBNAIL), Image.Resampling.BOX)
    return int.from_bytes(bits.tobytes(), "big"), small.tobytes()


def _measure(pictures: dict[str, np.ndarray], page: np.ndarray) -> tuple[int, int, int, int, float, float]:
    weights = pictures["hierarchy"][page].astype(np.float64) / 255
    flat = np.bincount(pictures["colour"][page])
    text, image = (int(np.count_nonzero(pictures[name][page])) for name in ("text_mask", "image_mask"))
    return len(weights), text, image, int(flat.max()), float(weights.sum()), float((weights**2).sum())


def _shape(row: dict, tree: Node) -> tuple[float, ...] | None:
    """(log aspect, sections, has nav, has footer, columns, elements) of the true structure."""
    if not row["page_width"] or not row["page_height"] or row["columns"] is None or row["elements"] is None:
        return None
    kinds = {node.kind for node in tree.walk()}
    nav, footer = (float(kind in kinds) for kind in ("nav", "footer"))
    aspect = float(np.log(row["page_height"] / row["page_width"]))
    return aspect, float(len(tree.children)), nav, footer, float(row["columns"]), float(row["elements"])
