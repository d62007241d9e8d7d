"""The nodes of a document as numbers that a network can read. Names that a page's author made up may be left out."""

import zlib

import numpy as np
from jaxtyping import Float, Int, UInt8

from unrender.design.section_tree import Document

TAGS = (
    *("other", "html", "body", "main", "div", "section", "header", "nav", "footer", "article", "aside", "span"),
    *("h1", "h2", "h3", "h4", "h5", "h6", "p", "a", "b", "strong", "i", "em", "small", "blockquote", "time", "figure"),
    *("figcaption", "img", "picture", "svg", "video", "iframe", "canvas", "ul", "ol", "li", "dl", "dt", "dd"),
    *(
        "form",
        "label",
        "input",
        "textarea",
        "select",
        "button",
        "fieldset",
        "table",
        "thead",
        "tbody",
        "tr",
        "td",
        "th",
    ),
    *("hr", "br", "details", "summary", "script", "style"),
)
FLAGS = ("d:flex", "d:grid", "d:none", "p:relative", "p:absolute", "p:fixed", "p:sticky")
BUCKETS = 32
"""Places that class names are hashed to: an open vocabulary in a closed one (Weinberger et al. 2009)."""
LEVELS = 8
"""Ancestors, from the root down, at which a node's place among its siblings is told."""
NUMBERS = 14 + 2 * LEVELS

RELATIONS = (
    *("before", "after", "self", "parent", "child", "ancestor", "descendant"),
    *("previous", "next", "elder", "younger"),
)
"""What node j is to node i: next to nothing (only where it stands in the document), or kin."""
_OF = {name: number for number, name in enumerate(RELATIONS)}


def tag_numbers(document: Document) -> Int[np.ndarray, " n"]:
    """Places in TAGS; 0 for a tag that is not listed."""
    return np.array([TAGS.index(tag) if tag in TAGS else 0 for tag in document.tags], np.int64)


def marks(document: Document) -> Float[np.ndarray, "n f"]:
    """Which of FLAGS a node carries."""
    found = np.zeros((len(document), len(FLAGS)), np.float32)
    for node, flags in enumerate(document.flags):
        found[node, [FLAGS.index(flag) for flag in flags if flag in FLAGS]] = 1
    return found


def names(document: Document) -> Float[np.ndarray, "n b"]:
    """Class names, hashed."""
    found = np.zeros((len(document), BUCKETS), np.float32)
    for node, classes in enumerate(document.classes):
        found[node, [zlib.crc32(name.encode()) % BUCKETS for name in classes]] = 1
    return found


def numbers(document: Document) -> Float[np.ndarray, "n k"]:
    """What a node holds and where in the tree it stands; all of about the size of 1."""
    n = len(document)
    parents = document.parents
    children = np.bincount(parents[1:], minlength=n)
    size, letters, depth = np.ones(n), document.characters.astype(float), depths(document)
    for node in range(n - 1, 0, -1):
        size[parents[node]] += size[node]
        letters[parents[node]] += letters[node]
    place = places(document)  # (n, 2): among how many siblings, and where
    only = (place[:, 0] == 1).astype(float)
    told = np.stack(
        [
            np.log1p(document.characters) / 5,
            np.log1p(document.words) / 3,
            document.characters > 0,
            np.array(document.pictured, float),
            np.log1p(children) / 2,
            children == 0,
            np.log(size) / 4,
            np.log1p(letters) / 6,
            depth / 8,
            np.log(place[:, 0]) / 2,
            place[:, 1],
            only,
            np.arange(n) / n,
            np.full(n, np.log(n) / 5),
        ],
        1,
    )
    return np.concatenate([told, _path(document, place)], 1).astype(np.float32)


def depths(document: Document) -> Int[np.ndarray, " n"]:
    """0 for the root, 1 for its children, and so on."""
    found = np.zeros(len(document), np.int64)
    for node in range(1, len(document)):
        found[node] = found[document.parents[node]] + 1
    return found


def places(document: Document) -> Float[np.ndarray, "n 2"]:
    """How many children the node's parent has, and where among them it stands, 0..1."""
    found = np.ones((len(document), 2))
    found[0, 1] = 0.5
    counts = np.bincount(document.parents[1:], minlength=len(document))
    seen = np.zeros(len(document))
    for node in range(1, len(document)):
        parent = document.parents[node]
        found[node] = counts[parent], (seen[parent] + 0.5) / counts[parent]
        seen[parent] += 1
    return found


def _path(document: Document, place: Float[np.ndarray, "n 2"]) -> Float[np.ndarray, "n l"]:
    """Place and (log) number of siblings of every ancestor below the root, and of the node itself; then zeros."""
    found = np.zeros((len(document), 2 * LEVELS))
    depth = np.zeros(len(document), np.int64)
    for node in range(1, len(document)):
        parent = document.parents[node]
        found[node], depth[node] = found[parent], depth[parent] + 1
        if depth[node] <= LEVELS:
            at = 2 * (depth[node] - 1)
            found[node, at : at + 2] = place[node, 1] * 2 - 1 + 1e-3, np.log(place[node, 0])
    return found


def relations(document: Document) -> UInt8[np.ndarray, "n n"]:
    """[i, j]: what j is to i, as a place in RELATIONS. Of several, the closest kin counts."""
    n, parents = len(document), document.parents
    found = np.where(np.arange(n)[None] < np.arange(n)[:, None], _OF["before"], _OF["after"]).astype(np.uint8)
    for node in range(n):
        above = document.ancestors(node)
        found[node, above], found[above, node] = _OF["ancestor"], _OF["descendant"]
        siblings = np.flatnonzero(parents == parents[node])
        found[node, siblings[siblings < node]], found[node, siblings[siblings > node]] = _OF["elder"], _OF["younger"]
        if above:
            found[node, above[0]], found[above[0], node] = _OF["parent"], _OF["child"]
    for node in range(n):
        siblings = np.flatnonzero(parents == parents[node])
        at = int(np.searchsorted(siblings, node))
        found[node, siblings[at - 1 : at]] = _OF["previous"]
        found[node, siblings[at + 1 : at + 2]] = _OF["next"]
        found[node, node] = _OF["self"]
    return found
