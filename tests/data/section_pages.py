"""Pages with documents and section layouts: one made by hand, and those of the generator."""

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
from torch import Tensor

from tests.pages import drawn
from unrender.data import synthesise
from unrender.data.batches import stack
from unrender.data.layout_pages import inputs, targets
from unrender.data.pictures import decode
from unrender.data.shards import write_manifest, write_split
from unrender.data.view import View
from unrender.design import sections
from unrender.design.section_tree import flatten, labels
from unrender.render import engines

SIZE = (200, 400)
"""Of the page made by hand, in CSS px: a frame shows it 128 px wide, from x = 64 on."""
STRUCTURE = {
    "id": "root", "tag": "main", "children": [
        {"id": "s", "tag": "section", "classes": ["hero", "wide"], "flags": ["d:flex"], "children": [
            {"id": "w", "tag": "div", "children": [
                {"id": "h", "tag": "h1", "text": {"characters": 5, "words": 1}, "children": []},
                {"id": "i", "tag": "img", "src": "x", "children": []},
            ]},
        ]},
        {"id": "p", "tag": "p", "text": {"characters": 20, "words": 4}, "children": []},
        {"id": "f", "tag": "x-foot", "classes": ["wide", "hero"], "flags": ["p:fixed", "d:unheard-of"], "children": [
            {"id": "b", "tag": "div", "flags": ["p:absolute"], "children": []},
        ]},
    ],
}  # fmt: skip
"""Nodes in order: root, s, w, h, i, p, f, b."""
LAYOUT = {
    "structure": [
        {"type": "section", "source": ["s", "w"], "box": [0, 0, 200, 200], "children": [
            {"type": "heading", "source": ["h"], "box": [20, 20, 100, 40], "children": []},
            {"type": "image", "source": ["i"], "box": [20, 80, 160, 100], "children": []},
        ]},
        {"type": "paragraph", "source": ["p"], "box": [0, 200, 200, 100], "children": []},
        {"type": "wrapper", "source": ["f"], "children": []},
    ],
    "props": {"background_image": ["b"], "background_video": [], "background_overlay": []},
}  # fmt: skip


def by_hand() -> View:
    document = flatten(STRUCTURE)
    return View(document, labels(document, LAYOUT))


def generated(seed: int) -> View:
    """A page that was not rendered: boxes say which element they belong to, and nothing else."""
    _, root = drawn(seed).document()
    boxes = {item.id: (float(index), 2.5, 3.0, 4.1) for index, item in enumerate(root.walk())}
    document = flatten(sections.structure(root))
    return View(document, labels(document, sections.layout(root, boxes)))


@cache
def row(index: int) -> dict:
    """A rendered page, with all its labels."""
    return synthesise.row(engines.get("blitz"), "train", index, seed=5, fault_rate=0.3)


def write_sections(
    folder: Path, count: int = 6, change: Callable[[int, dict], dict] = lambda i, row: {}, split: str = "train"
) -> Path:
    """A dataset folder with one split; `change` gives what is to be different in row i."""
    rows = [{**row(i), "split": split, **change(i, row(i))} for i in range(count)]
    write_manifest(folder, {split: write_split(folder, split, rows)})
    return folder


@cache
def item(index: int, nodes: int) -> dict[str, np.ndarray]:
    """A rendered page as an item of `nodes` places."""
    found = row(index)
    document, size = flatten(json.loads(found["structure"])), (found["page_width"], found["page_height"])
    image = decode(found["image"]).transpose(2, 0, 1)
    reading = labels(document, json.loads(found["layout"]))
    return {"image": image, **inputs(document, size, nodes), **targets(document, reading, size, nodes)}


def batch_of(*indices: int, nodes: int = 72) -> dict[str, Tensor]:
    """Rendered pages, of different sizes and numbers of nodes (32, 30, 21, 31, 21, 64, 21, 18), as one batch."""
    return stack([item(index, nodes) for index in indices])
