"""A parsed page as a document tree in the form of structure.json, and as HTML that the embedded engine can lay out.

Both name every node alike: by the author's id where it is the only one of its kind, else `n` and a number. Nothing is
fetched: links to other files are left out, and pictures that are not in the page itself are grey.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from urllib.parse import quote

from unrender.inference.markup import VOID, Element, Markup
from unrender.inference.web_styles import Styles, flags, has_picture

VIEW_HEIGHT = 800
"""CSS px: the window that a page is opened in, and what `vh` is a hundredth of."""
BODY = "body"
"""The id by which the engine finds the body."""
UNLISTED = frozenset("br wbr source track param area col colgroup".split())
CLOSED = frozenset("svg math select datalist video audio canvas object iframe embed".split())
"""What lies inside is a part of the picture or control, or is not shown."""
HOLLOW = frozenset("video audio canvas object iframe embed".split())
"""What lies inside is shown only where the thing itself cannot be."""
PICTURES = frozenset({"img", "svg", "video", "canvas"})
FETCHING = frozenset("src srcset href xlink:href data poster background action formaction ping manifest".split())
_NAME = re.compile(r"[^\s\"'<>/=\x00]+\Z")
_VIEW_UNITS = re.compile(r"(?<![\w.#-])(\d*\.?\d+)[dsl]?vh\b")
_IMPORT = re.compile(r"@import\b[^;]*;?", re.IGNORECASE)
_BLANK = (
    "*{color:transparent!important;border-color:transparent!important;box-shadow:none!important;outline:0!important;"
    "opacity:1!important;filter:none!important;border-radius:0!important}"
    "*,*::before,*::after{background:none!important}"
    "img{object-fit:none!important;object-position:-9999px -9999px!important}"
)


@dataclass(frozen=True)
class Listed:
    """The nodes of a document in document order, and where each one's parent stands among them (-1: the root)."""

    elements: list[Element]
    parents: list[int]
    ids: list[str]

    @property
    def depth(self) -> int:
        """Nodes from the root down to the deepest, both counted."""
        depths: list[int] = []
        for parent in self.parents:
            depths.append(1 if parent < 0 else depths[parent] + 1)
        return max(depths)


def listed(markup: Markup) -> Listed:
    """The body and what is in it; where that is one <main> alone, the <main> is the root."""
    elements, parents, stack = [], [], [(_root(markup.body), -1)]
    while stack:
        element, parent = stack.pop()
        place = len(elements)
        elements.append(element)
        parents.append(parent)
        if element.tag not in CLOSED:
            inner = [child for child in element.children if isinstance(child, Element) and child.tag not in UNLISTED]
            stack += [(child, place) for child in reversed(inner)]
    return Listed(elements, parents, _names(markup.body, elements))


def _root(body: Element) -> Element:
    inner = [child for child in body.children if isinstance(child, Element)]
    return inner[0] if len(inner) == 1 and inner[0].tag == "main" and not body.direct_text else body


def _names(body: Element, elements: list[Element]) -> list[str]:
    """An id for each; the author's stands for the first element that has it."""
    names, taken = [], {BODY, *(element.attributes.get("id", "") for element in elements)}
    given: set[str] = set()
    fresh = (name for k in range(2 * len(elements) + 2) if (name := f"n{k}") not in taken)
    for element in elements:
        own = element.attributes.get("id", "").strip(" \t\n\f\r")
        if element is body:
            own = BODY
        elif not own or own in given or own == BODY:
            own = next(fresh)
        names.append(own)
        given.add(own)
    return names


def structure(nodes: Listed, styles: Styles) -> dict:
    """The document tree: id, tag, classes, flags, text statistics, children, as `design.sections` writes it."""
    entries: list[dict] = []
    for element, parent, name in zip(nodes.elements, nodes.parents, nodes.ids, strict=True):
        entry = _entry(element, name, styles)
        entries.append(entry)
        if parent >= 0:
            entries[parent]["children"].append(entry)
    return entries[0]


def _entry(element: Element, name: str, styles: Styles) -> dict:
    declared = styles.of(element.tag, element.attributes)
    classes = [word for word in element.attributes.get("class", "").split() if "-" not in word]
    entry: dict = {"id": name, "tag": element.tag, "classes": classes, "flags": flags(declared)}
    if element.tag in PICTURES or has_picture(declared):
        entry["src"] = "picture"
    if text := element.direct_text if element.tag not in CLOSED else "":
        entry["text"] = {"characters": len(text), "words": len(text.split())}
    return entry | {"children": []}


def mark(place: int) -> int:
    """The colour, red x 65,536 + green x 256 + blue, that marks the node at `place`. No two of 2,000 nodes share one,
    and they lie scattered, so that a shade between two is hardly ever a third."""
    return (place + 1) * 0x9E3779 & 0xFFFFFF


def renderable(markup: Markup, nodes: Listed, *, marked: bool = False) -> str:
    """The page as one document without outside files. `marked`: each node is a flat box of its own colour instead."""
    names = {
        id(element): (name, place) for place, (element, name) in enumerate(zip(nodes.elements, nodes.ids, strict=True))
    }
    names.setdefault(id(markup.body), (BODY, 0))
    sheet = "\n".join(_VIEW_UNITS.sub(_in_pixels, _IMPORT.sub("", text)) for text in markup.styles)
    sheet = sheet.replace("</style", "").replace("<!--", "").replace("-->", "") + (_BLANK if marked else "")
    body = "".join(_written(markup.body, names, marked))
    head = f'<head><meta charset="utf-8"><style>{sheet}</style></head>'
    return f'<!doctype html><html id="{_unused(nodes)}">{head}{body}</html>'


def _unused(nodes: Listed) -> str:
    return "html" + "-" * max((len(name) for name in nodes.ids), default=0)


def _written(root: Element, names: dict[int, tuple[str, int]], marked: bool) -> Iterator[str]:
    stack: list[Element | str] = [root]
    while stack:
        item = stack.pop()
        if isinstance(item, str):
            yield item
            continue
        yield _start(item, names.get(id(item)), marked)
        if item.tag in VOID:
            continue
        stack.append(f"</{item.tag}>")
        if not (item.tag in HOLLOW or (marked and item.tag in CLOSED)):
            inner = reversed(item.children)
            stack += [escape(child, quote=False) if isinstance(child, str) else child for child in inner]


def _start(element: Element, named: tuple[str, int] | None, marked: bool) -> str:
    """The start tag, with its id, and without what would be fetched."""
    given = {k: v for k, v in element.attributes.items() if _NAME.match(k) and k not in FETCHING and k[:2] != "on"}
    given.pop("id", None)
    if "style" in given:
        given["style"] = _VIEW_UNITS.sub(_in_pixels, given["style"])
    if element.tag == "img":
        own = element.attributes.get("src", "")
        given["src"] = own if own.startswith("data:") else _grey(element.attributes)
    if named is not None:
        given["id"], place = named
        if marked:
            given["style"] = f"{given.get('style', '')};background:#{mark(place):06x}!important"
    attributes = "".join(f' {key}="{escape(value)}"' for key, value in given.items())
    return f"<{element.tag}{attributes}>"


def _grey(attributes: dict[str, str]) -> str:
    """A flat picture of the size that the attributes give, else of that which CSS gives to one without size."""
    width, height = (_pixels(attributes.get(name, ""), usual) for name, usual in (("width", 300), ("height", 150)))
    drawn = (
        f"<svg xmlns='http://www.w3.org/2000/svg' width='{width}' height='{height}'>"
        f"<rect width='{width}' height='{height}' fill='#c4c8ce'/></svg>"
    )
    return "data:image/svg+xml," + quote(drawn)


def _pixels(text: str, usual: int) -> int:
    found = re.match(r"\s*(\d{1,5})\s*(?:px)?\s*\Z", text)
    return int(found[1]) if found else usual


def _in_pixels(found: re.Match) -> str:
    return f"{float(found[1]) * VIEW_HEIGHT / 100:g}px"
