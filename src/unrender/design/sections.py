"""structure.json and layout.json: the document with an id per node, and the section tree that explains it.

Children are ordered lists, so no key repeats and nothing is lost by a JSON parser.
"""

from collections.abc import Mapping

from .dom import Dom

Box = tuple[float, float, float, float]
"""(left, top, width, height) in CSS px of the page."""

LAYOUT_TYPES = (
    *("section", "grid", "column", "wrapper", "freedom"),
    *("heading", "paragraph", "button", "icon", "image", "list", "map", "qr", "counter", "divider", "video", "marquee"),
    *("carousel", "accordion", "tab", "social", "gallery", "masonry"),
)
"""Element types of a section layout: layout, basic, advanced."""

PROPS = ("background_image", "background_video", "background_overlay")
"""Layers behind the content: their nodes are listed by kind, and are part of no element."""

_FLAGS = {
    "row": "d:flex",
    "column": "d:flex",
    "stack": "d:flex",
    "bar": "d:flex",
    "gallery": "d:grid",
    "panel": "p:relative",
    "overlay": "p:relative",
    "backdrop": "p:absolute",
    "veil": "p:absolute",
}


def structure(root: Dom) -> dict:
    """The document tree: id, tag, classes, flags, text statistics, children."""
    entry: dict = {"id": root.id, "tag": root.tag, "classes": [name for name in root.classes if "-" not in name]}
    entry["flags"] = sorted({_FLAGS[name] for name in root.classes if name in _FLAGS})
    if "img" in root.classes:
        entry["src"] = "illustration"
    text = "".join(child for child in root.children if isinstance(child, str))
    if text:
        entry["text"] = {"characters": len(text), "words": len(text.split())}
    entry["children"] = [structure(child) for child in root.children if isinstance(child, Dom)]
    return entry


def layout(root: Dom, boxes: Mapping[str, Box] | None = None) -> dict:
    """The section tree: each element with its type, the ids of the document nodes it explains, and its children.

    `boxes` gives each document node its place on the page; an element has that of the first node it explains, to a
    tenth of a px. `props` lists the nodes of the layers behind the content.
    """
    sections = [_element(child, boxes) for child in root.children if isinstance(child, Dom)]
    layers = {prop: [item.id for item in root.walk() if f"background_{item.backdrop}" == prop] for prop in PROPS}
    return {"structure": sections, "props": layers}


def _element(item: Dom, boxes: Mapping[str, Box] | None) -> dict:
    source, children = _gather(item, boxes)
    place = {"box": [round(float(value), 1) for value in boxes[item.id]]} if boxes else {}
    return {"type": item.layout or "wrapper", "source": source, **place, "children": children}


def _gather(item: Dom, boxes: Mapping[str, Box] | None) -> tuple[list[str], list[dict]]:
    """Ids merged into this element, in document order, and the elements below it."""
    source, children = [item.id], []
    for child in item.children:
        if not isinstance(child, Dom) or child.backdrop is not None:
            continue
        if child.layout is not None:
            children.append(_element(child, boxes))
        else:
            ids, below = _gather(child, boxes)
            source += ids
            children += below
    return source, children
