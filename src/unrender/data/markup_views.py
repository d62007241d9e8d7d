"""The same page as others would have written it: with other tags and flags, without the boxes that only we put in.

The generator writes every button as an `a`, every picture as a `div`, every text as a run in a block, every item in a
column in a row. A network that has seen nothing else reads its markup and not its page.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np
from jaxtyping import Bool
from numpy.random import Generator

from unrender.data.view import View, held, picked
from unrender.design.section_tree import KINDS, MERGED, Reading

OTHERWISE, UNSTYLED, RESTYLED, UNMARKED, FOLDED, LOOSE = 0.5, 0.3, 0.3, 0.7, 0.7, 0.5
"""Chances, a view: that what has one tag gets another one, that flags are left out, that flex and grid are exchanged,
that marks are not nodes, that runs of text become part of their blocks, that items stand in no column of their own, and
columns in no row."""

Tags = Mapping[str, Mapping[str, str]]
FIRST: Tags = {
    "section": {"section": "div header main article aside", "nav": "header div ul", "footer": "div section"},
    "grid": {"div": "ul ul ol section article dl table"},
    "column": {"div": "li li article section aside td"},
    "wrapper": {
        "article": "div div li li section a figure", "div": "ul nav p header section", "form": "div section fieldset",
        "label": "div p li", "time": "div p span",
    },
    "freedom": {"div": "section header figure article"},
    "heading": {
        "h1": "h2 p div strong span", "h2": "h1 h3 h4 p div", "h3": "h2 h4 h5 h6 p strong div",
        "div": "a span header strong b h1",
    },
    "paragraph": {
        "p": "div span small strong em dd dt label li", "a": "span li p", "blockquote": "figure div p section",
    },
    "button": {"a": "button button button div span label"},
    "icon": {"div": "i svg span img"},
    "image": {"div": "img img img figure picture span a svg"},
    "list": {"ul": "ol div dl nav section"},
    "map": {"div": "iframe img figure section"},
    "qr": {"div": "img svg canvas figure"},
    "counter": {"div": "p li dl section span"},
    "divider": {"hr": "div span i"},
    "video": {"div": "video iframe figure"},
    "marquee": {"div": "section ul p"},
    "carousel": {"div": "section figure ul"},
    "accordion": {"div": "section dl ul details"},
    "tab": {"div": "section article nav"},
    "social": {"div": "ul nav p span"},
    "gallery": {"div": "ul section figure"},
    "masonry": {"div": "ul section figure"},
    "background_image": {"div": "img picture figure span"},
    "background_video": {"div": "video iframe"},
    "background_overlay": {"div": "span i section"},
}  # fmt: skip
"""Of the first node of an element or layer: its kind -> the generator's tag -> others that are used for it."""
INSIDE: Tags = {
    "section": {"div": "main header article section"},
    "grid": {"div": "tr ul dl", "p": "td th span div", "span": "b strong a"},
    "wrapper": {"span": "label p b", "i": "input textarea select div", "p": "span b div"},
    "freedom": {"div": "section article header"},
    "heading": {"span": "b strong a em", "b": "span strong a", "i": "svg img span"},
    "paragraph": {"span": "a em strong b small", "p": "span div footer small"},
    "button": {"span": "b strong"},
    "list": {"li": "div dd a p", "i": "svg span img", "span": "a p strong"},
    "counter": {"p": "span strong dt dd b", "span": "b strong em"},
    "marquee": {"p": "span li strong", "i": "span svg"},
    "carousel": {"div": "img figure ul ol", "i": "button li span a"},
    "accordion": {"p": "summary li h3 h4 dt button", "span": "a b strong"},
    "tab": {"div": "ul nav header section", "p": "button a li", "span": "b strong"},
    "social": {"div": "a li svg img i span"},
    "gallery": {"div": "img img a li figure picture"},
    "masonry": {"div": "img img a li figure"},
}
"""The same of the other nodes of an element."""
SHOWN, FRAMED = ("img", "svg", "video", "canvas"), ("iframe",)
"""Tags that show a file, and that show another page instead."""


def retagged(view: View, rng: Generator) -> View:
    """Other tags, the same for all that is alike."""
    document, made = view.document, list(view.document.tags)
    drawn: dict[tuple[bool, str, str], str] = {}
    for node, (first, kind) in enumerate(_roles(view.reading)):
        tag = document.tags[node]
        others = (FIRST if first else INSIDE).get(kind, {}).get(tag, "").split()
        if others and (first, kind, tag) not in drawn:
            drawn[first, kind, tag] = str(rng.choice(others)) if rng.random() < OTHERWISE else tag
        made[node] = drawn.get((first, kind, tag), tag)
    shown = tuple(tag in SHOWN or (was and tag not in FRAMED) for tag, was in zip(made, document.pictured, strict=True))
    return View(replace(document, tags=tuple(made), pictured=shown), view.reading)


def _roles(reading: Reading) -> Iterator[tuple[bool, str]]:
    """Of each node whether it is the first of an element, or a layer, and the kind of that."""
    for node, kind in enumerate(reading.kinds):
        first = kind != MERGED
        yield first, KINDS[kind if first else reading.kinds[reading.owners[node]]]


def restyled(view: View, rng: Generator) -> View:
    """Other flags, the same for all that is alike: few pages need them all, and a grid is as good as a row."""
    document, made = view.document, []
    drawn: dict[tuple[bool, str, str], str | None] = {}
    for flags, role in zip(document.flags, _roles(view.reading), strict=True):
        for flag in flags:
            if (*role, flag) not in drawn:
                drawn[*role, flag] = _other_flag(flag, rng)
        others = {drawn[*role, flag] for flag in flags}
        made.append(tuple(sorted(flag for flag in others if flag)))
    return View(replace(document, flags=tuple(made)), view.reading)


def _other_flag(flag: str, rng: Generator) -> str | None:
    if rng.random() < UNSTYLED:
        return None
    other = {"d:flex": "d:grid", "d:grid": "d:flex"}.get(flag, flag)
    return other if rng.random() < RESTYLED else flag


def unmarked(view: View, rng: Generator) -> View:
    """Leave out dots, marks and boxes of fields, which a style sheet may draw as well; alike for all that is alike."""
    document, reading = view.document, view.reading
    empty = (document.characters == 0) & ~np.array(document.pictured) & (reading.kinds == MERGED)
    empty &= held(document) == 0
    drawn: dict[tuple[str, str], bool] = {}
    kept = np.ones(len(document), bool)
    for node, (_, kind) in enumerate(_roles(reading)):
        if empty[node] and node:
            key = (kind, document.tags[node])
            kept[node] = drawn.setdefault(key, bool(rng.random() >= UNMARKED))
    return picked(view, np.flatnonzero(kept))


def folded(view: View, rng: Generator) -> View:
    """What a block holds as a run of text, and nothing else, it says itself."""
    fold = rng.random() < FOLDED
    while fold and (runs := _runs(view)).any():
        document, parents = view.document, view.document.parents[runs]
        said = replace(document, characters=document.characters.copy(), words=document.words.copy())
        said.characters[parents], said.words[parents] = document.characters[runs], document.words[runs]
        view = picked(View(said, view.reading), np.flatnonzero(~runs))
    return view


def _runs(view: View) -> Bool[np.ndarray, " n"]:
    """Texts that are all that their parent holds, and part of the same element."""
    document, reading = view.document, view.reading
    children, parents = held(document), np.maximum(document.parents, 0)
    run = (children == 0) & (document.characters > 0) & (reading.kinds == MERGED) & (parents > 0)
    return (
        run
        & (reading.owners == reading.owners[parents])
        & (children[parents] == 1)
        & (document.characters[parents] == 0)
    )


def loosened(view: View, rng: Generator) -> View:
    """Leave out columns of one item, rows of one column with it, and rows that are all that holds a section's columns.
    These elements are not there, so nothing is said of them."""
    gone = np.zeros(len(view.document), bool)
    if rng.random() < LOOSE:
        gone |= _single(view, "column")
    if rng.random() < LOOSE:
        for row in np.flatnonzero(_single(view, "grid")):
            (column,) = np.flatnonzero(view.document.parents == row)
            gone[[row, column]] |= _bare(view, int(column))
    if rng.random() < LOOSE:
        gone |= _only_rows(view)
    return picked(view, np.flatnonzero(~gone))


def _single(view: View, kind: str) -> Bool[np.ndarray, " n"]:
    """The nodes of elements of a kind that hold one node, an element of its own."""
    document, reading = view.document, view.reading
    found = (reading.kinds == KINDS.index(kind)) & (held(document) == 1)
    for node in np.flatnonzero(found):
        (child,) = np.flatnonzero(document.parents == node)
        found[node] = reading.owners[child] == child and _bare(view, int(node))
    return found


def _only_rows(view: View) -> Bool[np.ndarray, " n"]:
    """Rows of columns, one to a section that holds nothing else."""
    reading, found = view.reading, np.zeros(len(view.document), bool)
    inside: dict[int, list[int]] = {}
    for node in reading.starts:
        inside.setdefault(int(reading.owners[view.document.parents[node]]), []).append(int(node))
    section, row, column = (KINDS.index(name) for name in ("section", "grid", "column"))
    for around, (first, *others) in inside.items():
        alone = not others and reading.kinds[around] == section and reading.kinds[first] == row and _bare(view, first)
        found[first] = alone and {*reading.kinds[inside.get(first, [])].tolist()} == {column}
    return found


def _bare(view: View, node: int) -> bool:
    """Whether an element has one node only."""
    return int((view.reading.owners == node).sum()) == 1
