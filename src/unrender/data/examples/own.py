"""Documents and layouts in our own form, from foreign hands: nothing is taken for granted."""

from unrender.data.examples.keys import shown
from unrender.data.examples.pairs import Pairs
from unrender.data.validation import documents
from unrender.design import section_tree
from unrender.design.sections import PROPS

MOST_CHARACTERS = 10**9
LONGEST = 10**6


def is_structure(value: Pairs) -> bool:
    return {"id", "tag"} <= value.keys


def is_layout(value: Pairs) -> bool:
    tree = value.first("structure")
    return isinstance(tree, list) and not isinstance(tree, Pairs)


def structure(value: Pairs) -> dict:
    """The document tree as it stands. ValueError, a sentence, for what is none."""
    root = value.plain()
    stack: list = [root]
    while stack:
        node = stack.pop()
        if not isinstance(node, dict) or not isinstance(node.get("children"), list):
            raise ValueError("A node of the document has no list of children.")
        if not (isinstance(node.get("id"), str) and isinstance(node.get("tag"), str) and node["id"] and node["tag"]):
            raise ValueError("A node of the document has no id or no tag.")
        if not all(_is_words(node.get(name, [])) for name in ("classes", "flags")):
            raise ValueError(f"Classes and flags of node {node['id']!r} are not lists of words.")
        if "text" in node and not _is_statistics(node["text"]):
            raise ValueError(f"The text of node {node['id']!r} is not its number of characters and words.")
        stack += node["children"]
    section_tree.flatten(root)  # ids occur once
    return root


def _is_words(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(word, str) for word in value)


def _is_statistics(value: object) -> bool:
    counts = [value.get(name) for name in ("characters", "words")] if isinstance(value, dict) else [None]
    return all(type(count) is int and 0 <= count <= MOST_CHARACTERS for count in counts)


def layout(value: Pairs) -> tuple[dict, tuple[int, int] | None]:
    """(The section tree as it stands, the size of its page in CSS px if it says so). ValueError, a sentence, for what
    is none."""
    found = value.plain()
    size = _size(found.pop("page", None))
    props = found.setdefault("props", {})
    if not isinstance(props, dict) or not all(map(_is_words, props.values())):
        raise ValueError("The props of the layout are not lists of ids.")
    if strange := sorted(set(props) - set(PROPS)):
        raise ValueError(f"The layout has the unknown prop {shown(strange[0])}; known are {', '.join(PROPS)}.")
    stack = list(found["structure"])
    while stack:
        element = stack.pop()
        if not isinstance(element, dict) or not isinstance(element.get("children"), list):
            raise ValueError("An element of the layout has no list of children.")
        if not isinstance(element.get("type"), str) or not _is_words(element.get("source")):
            raise ValueError("An element of the layout has no type, or no list of the ids it stands for.")
        stack += element["children"]
    for _, sentence in documents.check_boxes(found):
        raise ValueError(sentence)
    return found, size


def _size(page: object) -> tuple[int, int] | None:
    if page is None:
        return None
    match page:
        case {"width": int(width), "height": int(height)} if 1 <= min(width, height) <= max(width, height) <= LONGEST:
            return width, height
    raise ValueError("The page of the layout is not its width and height in CSS px.")
