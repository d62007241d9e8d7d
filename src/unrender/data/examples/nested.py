"""Documents and layouts in the nested form, whose keys say everything (see keys.py), into ours.

Keys may repeat: two equal columns are two pairs with one key. The layout points to nodes by their keys, so equal nodes
are told apart by where they lie, and by their order.
"""

from collections import defaultdict
from dataclasses import dataclass, field

from unrender.data.examples import keys
from unrender.data.examples.keys import NodeKey, shown
from unrender.data.examples.pairs import Pairs, objects
from unrender.design.sections import LAYOUT_TYPES, PROPS

ROOT = "main"
"""Tag of the root that is laid around the nodes at the top."""
PROP_NAMES = {"bi": "background_image", "bv": "background_video", "bo": "background_overlay"} | {p: p for p in PROPS}


def holds_elements(value: Pairs) -> bool:
    """Whether any key is that of an element of a layout."""
    return any(keys.is_element(key) for _, pairs in objects(value) for key, _ in pairs)


# --- the document --------------------------------------------------------------------------------


def structure(value: Pairs) -> dict:
    """The document tree, with ids n0, n1 ... in document order. ValueError, a sentence, for what is none."""
    root = _entry(NodeKey(ROOT))
    for key, item in _unwrap(value)[0]:
        root["children"].append(_node(key, item))
    if not root["children"]:
        raise ValueError("The document has no node.")
    for number, node in enumerate(_walk(root)):
        node["id"] = f"n{number}"
    return root


def _entry(name: NodeKey) -> dict:
    entry: dict = {"id": "", "tag": name.tag, "classes": list(name.classes), "flags": sorted(set(name.flags))}
    return entry | ({"html_id": name.html_id} if name.html_id else {}) | {"children": []}


def _node(key: str, value: object) -> dict:
    entry = _entry(keys.parse_node(key))
    children, texts = entry.pop("children"), []
    for name, item in _pairs_of(key, value):
        if name == "text" and isinstance(item, str):
            texts.append(item)
        elif name in ("src", "svg") and isinstance(item, str):
            entry.setdefault("src", item)
        else:
            children.append(_node(name, item))
    if text := " ".join(texts):
        entry["text"] = {"characters": len(text), "words": len(text.split())}
    return entry | {"children": children}


def _pairs_of(key: str, value: object) -> Pairs:
    """What a key holds: an object, or nothing, written as an empty text."""
    if value == "":
        return Pairs()
    if not isinstance(value, Pairs):
        raise ValueError(f"The key {shown(key)} holds {_kind(value)}; a node holds an object, with text, src or svg.")
    return value


def _kind(value: object) -> str:
    kinds = {str: "a text", list: "a list", bool: "a truth value", type(None): "null"}
    return kinds.get(type(value), "a number")


def _walk(root: dict) -> list[dict]:
    """All nodes in document order."""
    found, stack = [], [root]
    while stack:
        node = stack.pop()
        found.append(node)
        stack += reversed(node["children"])
    return found


# --- the layout ----------------------------------------------------------------------------------


@dataclass
class Nodes:
    """The nodes of a document, of which each can be taken once."""

    ids: list[str]
    names: list[NodeKey]
    ends: list[int]
    """Of each node, the place behind its last descendant."""
    asked: int = 0
    lost: list[NodeKey] = field(default_factory=list)
    """Keys that no node was left for."""

    def __post_init__(self) -> None:
        self.free: dict[tuple, list[int]] = defaultdict(list)
        for place, name in enumerate(self.names):
            self.free[name.tag, name.classes].append(place)

    @classmethod
    def of(cls, root: dict) -> "Nodes":
        nodes = _walk(root)
        names = [
            NodeKey(node["tag"], tuple(node.get("classes", ())), node.get("html_id", ""), tuple(node.get("flags", ())))
            for node in nodes
        ]
        sizes = {id(node): 1 for node in nodes}
        for node in reversed(nodes):
            sizes[id(node)] += sum(sizes[id(child)] for child in node["children"])
        ends = [place + sizes[id(node)] for place, node in enumerate(nodes)]
        return cls([node["id"] for node in nodes], names, ends)

    def take(self, name: NodeKey, within: tuple[int, ...]) -> int | None:
        """The first free node of that name, in the innermost of the nodes `within` that has one, else anywhere.

        Flags count only where nodes differ in nothing else: layouts tend to leave them out.
        """
        self.asked += 1
        free = [p for p in self.free[name.tag, name.classes] if name.html_id in ("", self.names[p].html_id)]
        for scope in (*within, None):
            inside = [p for p in free if scope is None or scope < p < self.ends[scope]]
            if inside:
                alike = [p for p in inside if name.flags and set(name.flags) == set(self.names[p].flags)]
                place = (alike or inside)[0]
                self.free[name.tag, name.classes].remove(place)
                return place
        self.lost.append(name)
        return None


def layout(value: Pairs, document: dict) -> tuple[dict, list[str]]:
    """(The section tree, a sentence for every node that it names in vain.) `document` is our form.

    ValueError, a sentence, for what is none: an unknown type or prop, or most nodes named in vain.
    """
    elements, props = _unwrap(value)
    nodes = Nodes.of(document)
    tree = [_element(key, item, nodes, ()) for key, item in elements]
    layers = _layers(props, nodes)
    if 2 * len(nodes.lost) > nodes.asked:
        raise ValueError(
            f"The layout names {nodes.asked} nodes, of which the document lacks {len(nodes.lost)}, such as "
            f"{shown(str(nodes.lost[0]))}: the two are not of one page."
        )
    lost = [f"The layout names a node {shown(str(name))} more often than the document has it." for name in nodes.lost]
    return {"structure": tree, "props": layers}, lost


def _unwrap(value: Pairs) -> tuple[Pairs, Pairs]:
    """(elements, props), from whatever of the envelopes is there."""
    elements, props = Pairs(), Pairs()
    for key, item in value:
        if key == "props" and isinstance(item, Pairs):
            props += item
        elif key in ("structure", "data") and isinstance(item, Pairs):
            inside = _unwrap(item)
            elements += inside[0]
            props += inside[1]
        elif not (key == "type" and isinstance(item, str)):
            elements.append((key, item))
    return elements, props


def _element(key: str, value: object, nodes: Nodes, within: tuple[int, ...]) -> dict:
    name = keys.parse_element(key)
    if name.type not in LAYOUT_TYPES:
        raise ValueError(f"The layout has the unknown type {shown(name.type)}; known are {', '.join(LAYOUT_TYPES)}.")
    if not isinstance(value, str | Pairs):
        raise ValueError(f"The element {shown(key)} holds {_kind(value)}; it holds elements, or an empty text.")
    places = []
    for source in name.sources:
        place = nodes.take(source, within)
        if place is not None:
            places.append(place)
            within = (place, *within)
    below = [] if isinstance(value, str) else [_element(inner, item, nodes, within) for inner, item in value]
    return {"type": name.type, "source": [nodes.ids[place] for place in sorted(places)], "children": below}


def _layers(props: Pairs, nodes: Nodes) -> dict[str, list[str]]:
    found: dict[str, list[int]] = {prop: [] for prop in PROPS}
    for key, value in props:
        texts = value if isinstance(value, list) and not isinstance(value, Pairs) else [value]
        if key not in PROP_NAMES:
            raise ValueError(f"The layout has the unknown prop {shown(key)}; known are {', '.join(PROP_NAMES)}.")
        for text in texts:
            if not isinstance(text, str):
                raise ValueError(f"The prop {shown(key)} holds {_kind(text)}; it holds the keys of nodes.")
            places = [nodes.take(source, ()) for source in keys.parse_sources(text)]
            found[PROP_NAMES[key]] += [place for place in places if place is not None]
    return {prop: [nodes.ids[place] for place in sorted(places)] for prop, places in found.items()}
