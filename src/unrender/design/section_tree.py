"""A document and its section layout as flat arrays, one entry a node: what a network reads and says, and back.

Every node is one of three things: the first of an element (then it has the element's type, and its box), a layer behind
the content (a prop), or merged: part of the element that it points to. The output is thus types and pointers into the
input, and whatever is said about the nodes assembles into an ordered section tree.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from .sections import LAYOUT_TYPES, PROPS

MERGED = 0
KINDS = ("merged", *LAYOUT_TYPES, *PROPS)
"""What a node may be; its number is its place here."""
_NUMBER = {kind: number for number, kind in enumerate(KINDS)}


@dataclass(frozen=True)
class Document:
    """The nodes of a document in document order; node 0 is the root, and every other node comes after its parent."""

    ids: tuple[str, ...]
    parents: Int[np.ndarray, " n"]
    """Place of the parent; -1 for the root."""
    tags: tuple[str, ...]
    classes: tuple[tuple[str, ...], ...]
    flags: tuple[tuple[str, ...], ...]
    characters: Int[np.ndarray, " n"]
    words: Int[np.ndarray, " n"]
    pictured: tuple[bool, ...]
    """Whether the node shows a file (`src`)."""

    def __len__(self) -> int:
        return len(self.ids)

    def ancestors(self, node: int) -> list[int]:
        """From the parent up to the root."""
        found = []
        while (node := int(self.parents[node])) >= 0:
            found.append(node)
        return found


@dataclass(frozen=True)
class Reading:
    """What is said about the nodes of a document. The root is merged, and points to itself."""

    kinds: Int[np.ndarray, " n"]
    """Places in KINDS."""
    owners: Int[np.ndarray, " n"]
    """For a merged node, the first node of its element, which comes before it (0: part of nothing); else the node."""
    boxes: Float[np.ndarray, "n 4"]
    """left, top, width, height in CSS px for the first node of an element; NaN where none is known."""

    @property
    def starts(self) -> Int[np.ndarray, " m"]:
        """The first nodes of all elements."""
        return np.flatnonzero((self.kinds > MERGED) & (self.kinds <= len(LAYOUT_TYPES)))


def flatten(structure: Mapping) -> Document:
    """The document of a structure.json. ValueError, a sentence, for a node without id or tag, or ids twice."""
    nodes, parents, stack = [], [], [(structure, -1)]
    while stack:
        node, parent = stack.pop()
        if not isinstance(node, Mapping) or not {"id", "tag"} <= set(node):
            raise ValueError(f"Node {len(nodes)} of the document lacks an id or a tag.")
        children = node.get("children", [])
        if not isinstance(children, list):
            raise ValueError(f"The children of node {node['id']!r} are no list.")
        stack += [(child, len(nodes)) for child in reversed(children)]
        nodes.append(node)
        parents.append(parent)
    ids = tuple(str(node["id"]) for node in nodes)
    if len(set(ids)) < len(ids):
        twice = next(name for index, name in enumerate(ids) if name in ids[:index])
        raise ValueError(f"Two nodes of the document have the id {twice!r}.")
    texts = [node.get("text") or {} for node in nodes]
    return Document(
        ids=ids,
        parents=np.array(parents, np.int64),
        tags=tuple(str(node["tag"]) for node in nodes),
        classes=tuple(tuple(map(str, node.get("classes", ()))) for node in nodes),
        flags=tuple(tuple(map(str, node.get("flags", ()))) for node in nodes),
        characters=np.array([int(text.get("characters", 0)) for text in texts], np.int64),
        words=np.array([int(text.get("words", 0)) for text in texts], np.int64),
        pictured=tuple("src" in node for node in nodes),
    )


def labels(document: Document, layout: Mapping) -> Reading:
    """What a layout.json says about each node. ValueError, a sentence, if it names a node that is not there, a node
    twice, or an unknown type or prop. Elements that no node stands for are left out; their children move up."""
    place = {name: index for index, name in enumerate(document.ids)}
    kinds = np.zeros(len(document), np.int64)
    owners = np.full(len(document), -1, np.int64)
    boxes = np.full((len(document), 4), np.nan)
    for name, kind, first, box in _claims(layout):
        if kind not in _NUMBER:
            raise ValueError(f"The layout has the unknown type {kind!r}.")
        if name not in place:
            raise ValueError(f"The layout names the node {name!r}, which the document does not have.")
        node = place[name]
        if owners[node] >= 0:
            raise ValueError(f"The layout explains the node {name!r} twice.")
        kinds[node], owners[node] = _NUMBER[kind], place[first]
        if box is not None:
            boxes[node] = box
    owners[owners < 0] = 0
    return Reading(kinds, owners, boxes)


def _claims(layout: Mapping) -> Iterator[tuple[str, str, str, list[float] | None]]:
    """(node, what it is, first node of its element, box) for every node that the layout names."""
    for element in walk(layout["structure"]):
        for index, name in enumerate(element["source"]):
            first = element["source"][0]
            yield (name, "merged", first, None) if index else (name, element["type"], first, element.get("box"))
    for prop, names in layout["props"].items():
        yield from ((name, prop, name, None) for name in names)


def assemble(document: Document, reading: Reading) -> dict:
    """The layout.json that a reading amounts to. An element lies in that of its nearest ancestor that has one."""
    elements = {int(start): _element(document, reading, int(start)) for start in reading.starts}
    for node in range(1, len(document)):
        owner = int(reading.owners[node])
        if node not in elements and reading.kinds[node] == MERGED and owner in elements:
            elements[owner]["source"].append(document.ids[node])
    top: list[dict] = []
    for start, element in elements.items():
        parent = next((o for a in document.ancestors(start) if (o := int(reading.owners[a])) in elements), None)
        (top if parent is None else elements[parent]["children"]).append(element)
    props = {prop: [document.ids[n] for n in np.flatnonzero(reading.kinds == _NUMBER[prop])] for prop in PROPS}
    return {"structure": top, "props": props}


def _element(document: Document, reading: Reading, start: int) -> dict:
    box = reading.boxes[start]
    place = {} if np.isnan(box).any() else {"box": [round(float(value), 1) for value in box]}
    return {"type": KINDS[reading.kinds[start]], "source": [document.ids[start]], **place, "children": []}


def walk(elements: list[dict]) -> list[dict]:
    """All elements of a section tree, parents before children, in order."""
    found, stack = [], list(reversed(elements))
    while stack:
        element = stack.pop()
        found.append(element)
        stack += reversed(element["children"])
    return found
