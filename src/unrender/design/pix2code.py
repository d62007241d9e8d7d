"""The language of pix2code's web pages (Beltramelli 2017): a header of buttons above rows of one, two or four wells.

    header {
    btn-active, btn-inactive
    }
    row {
    single {
    small-title, text, btn-green
    }
    }

The pages it becomes are drawn with a small style sheet of our own: the genuine ones are screenshots, and most of the
set's codes come without one.
"""

import re
import zlib
from collections import Counter
from dataclasses import dataclass
from functools import cache
from html import escape

import numpy as np
from numpy.random import Generator

from .automaton import END, START, Automaton, Refused, Rule
from .dsl import SyntaxFault
from .stand_in import Compiled
from .theme import FONTS
from .tree import Node

ROOT = "pix2code"
"""The word of the tree's root, which no text shows."""
HEADS, ITEMS = (
    ("btn-active", "btn-inactive"),
    ("small-title", "big-title", "text", "btn-green", "btn-orange", "btn-red"),
)
WELLS = {"single": 1, "double": 2, "quadruple": 4}
"""How many of them make a row."""
WORDS = ("header", "row", *WELLS, *HEADS, *ITEMS)
"""All that has a place on a page."""
SIZE = (1200, 690)
"""Of a page in CSS px: what a screen shows of it. Longer pages are cut off."""
WHITE, DARK, BLUE = (255, 255, 255), (51, 51, 51), (51, 122, 183)
LENGTHS = {"btn": 10, "title": 5, "text": 56}
"""Of the words on a page, in characters, spaces among them."""
_TOKEN = re.compile(r"[{},]|[^\s{},]+")


def vocabulary() -> list[str]:
    """Every token of the language, in a fixed order."""
    return ["{", "}", ",", *WORDS]


def rules() -> dict[str, Rule]:
    """What stands where: a header first, if there is one; in a row as many wells of one kind as fit."""
    well = Rule((), ITEMS, 1, 8)
    return {
        "": Rule((("header", "row"),), ("row",), 1, 12),
        "header": Rule((), HEADS, 1, 8),
        "row": Rule((tuple(WELLS),), (), 1, 4, tuple(WELLS.items())),
        **dict.fromkeys(WELLS, well),
    }


@cache
def _automaton() -> Automaton:
    return Automaton(vocabulary(), rules())


def tokens(text: str) -> list[str]:
    """Words, brackets and commas; spaces and line breaks do not matter."""
    return _TOKEN.findall(text)


def decode(text: str) -> Node:
    """The tree of a text, below ROOT. Raises SyntaxFault naming the token, its place and what was expected."""
    automaton = _automaton()
    state, open_ = START, [(ROOT, [])]
    words = [word for word in tokens(text) if word != ","]
    for place, word in enumerate((*words, END)):
        try:
            state = automaton.step(state, word)
        except Refused as error:
            raise SyntaxFault(f"token {place}: {error}") from None
        if word == "{":
            leaf = open_[-1][1].pop()
            open_.append((leaf.word, []))
        elif word == "}":
            closed, children = open_.pop()
            open_[-1][1].append(Node(closed, tuple(children)))
        elif word != END:
            open_[-1][1].append(Node(word))
    return Node(ROOT, tuple(open_[0][1]))


def encode(tree: Node) -> str:
    """The canonical text: brackets and lists on lines of their own."""
    return "".join(map(_encode, tree.children))


def _encode(node: Node) -> str:
    inner = "".join(map(_encode, node.children)) if node.children[0].children else _leaves(node)
    return f"{node.word} {{\n{inner}}}\n"


def _leaves(node: Node) -> str:
    return ", ".join(child.word for child in node.children) + "\n"


def difficulty(tree: Node) -> dict[str, int]:
    """Elements (the root left out), depth (the root counted) and the wells of the fullest row, at least 1."""
    rows = [len(row.children) for row in tree.children if row.word == "row"]
    return {"elements": sum(1 for _ in tree.walk()) - 1, "depth": tree.depth(), "columns": max(rows, default=1)}


@dataclass(frozen=True)
class Look:
    """How a page is dressed; nothing of it is in the code. Lengths in CSS px."""

    font: str = "roboto"
    zoom: float = 1.0
    """Of all lengths."""
    pad: float = 0.0
    """Added to the padding of wells and to the gaps between them."""
    size: float = 14.0
    """Of body text."""
    tint: tuple[float, float, float] = (0.0, 0.0, 0.0)
    """Added to the channels of every colour but white, of 255."""
    shine: float = 1.0
    """How much darker the foot of a button is than its top; 1 as on the genuine pages, 0 flat."""


def look(rng: Generator) -> Look:
    """One of the looks that genuine pages might have."""
    fonts = [name for name in FONTS if name not in ("serif", "caladea")]
    red, green, blue = rng.uniform(-8, 8, 3).tolist()
    return Look(
        fonts[int(rng.integers(len(fonts)))],
        float(rng.uniform(0.96, 1.04)),
        float(rng.uniform(-3, 3)),
        float(rng.uniform(13.2, 14.8)),
        (red, green, blue),
        float(rng.uniform(0.3, 1.2)),
    )


_GROUNDS = {  # top and foot of each button's ground
    "btn-active": ((51, 122, 183), (51, 122, 183)),
    "btn-inactive": ((51, 51, 51), (51, 51, 51)),
    "btn-green": ((92, 184, 92), (65, 150, 65)),
    "btn-orange": ((240, 173, 78), (235, 147, 22)),
    "btn-red": ((217, 83, 79), (193, 46, 42)),
}


def html(tree: Node, seed: int, dressed: Look = Look()) -> str:
    """The page of a tree: one document of SIZE, nothing to fetch. `seed` draws the words, which mean nothing."""
    return _Page(seed, dressed).made(tree).html


def compiled(code: str, canvas: tuple[int, int]) -> Compiled:
    """The page of a code with stand-in words, which are always the same for the n-th element of a kind; all pages are
    of SIZE, whatever the canvas. Raises SyntaxFault if the code is no text of the language."""
    return _Page(0, Look()).made(decode(code))


class _Page:
    """Writes a page, and notes where its elements and texts are."""

    def __init__(self, seed: int, dressed: Look):
        self.seed, self.dressed = seed, dressed
        self.seen: Counter[str] = Counter()
        self.elements: list[tuple[str, str]] = []
        self.texts: list[tuple[str, str, tuple[int, ...]]] = []

    def made(self, tree: Node) -> Compiled:
        body = "".join(self.element(part) for part in tree.children)
        foot = '<hr><p class="foot">© Nobody 2017</p>'
        text = (
            f'<!doctype html><html><head><meta charset="utf-8"><style>{_style(self.dressed)}</style></head>'
            f'<body id="body"><div id="page">{body}{foot}</div></body></html>'
        )
        return Compiled(text, self.elements, self.texts)

    def element(self, node: Node) -> str:
        number = self.seen[node.word]
        self.seen[node.word] += 1
        name = f"{node.word}-{number}"
        self.elements.append((node.word, name))
        if node.children:
            kind = "well" if node.word in WELLS else node.word
            kind += f" {node.children[0].word}" if node.word == "row" else ""
            return f'<div id="{name}" class="{kind}">{"".join(map(self.element, node.children))}</div>'
        words = _words(np.random.default_rng([self.seed, zlib.crc32(node.word.encode()), number]), node.word)
        self.texts.append((name, words, _ink(node.word)))
        tag = {"small-title": "h4", "big-title": "h3"}.get(node.word, "p")
        kind = f"btn {node.word}" if node.word.startswith("btn") else node.word
        return f'<{tag} id="{name}" class="{kind}"><span class="t" style="--w:200">{escape(words)}</span></{tag}>'


def _style(dressed: Look) -> str:
    width, height = SIZE
    gap, pad = 20 + dressed.pad, 19 + dressed.pad
    grounds = "".join(f".{name}{{{_ground(dressed, *ends)}}}" for name, ends in _GROUNDS.items())
    return (
        "*{box-sizing:border-box;margin:0;padding:0}"
        f"body{{background:#fff;width:{width}px}}"
        f"#page{{width:{width / dressed.zoom:.1f}px;height:{height / dressed.zoom:.1f}px;overflow:hidden;padding:15px;"
        f"zoom:{dressed.zoom:.3f};font-family:'{FONTS[dressed.font]}';font-size:{dressed.size:.1f}px;line-height:1.43;"
        f"color:{_colour(dressed, (51, 51, 51))}}}"
        f".header{{display:flex;gap:11px;padding:0 15px;margin-bottom:{gap:.1f}px}}"
        ".header>.btn{padding:10px 15px;border-radius:4px}.btn{color:#fff}"
        f".header>.btn-inactive{{color:{_colour(dressed, (51, 122, 183))}}}"
        f".row{{display:flex;gap:17px;align-items:flex-start;margin-bottom:{gap:.1f}px}}.double{{gap:24px}}"
        ".well{display:flex;flex-direction:column;align-items:flex-start;flex:1 1 0;min-width:0;border-radius:6px}"
        f".well{{padding:{pad:.1f}px 20px;"
        f"background:{_colour(dressed, (245, 245, 245))}}}"
        ".well>h4{font-size:1.29em;font-weight:500;line-height:1.1;margin:11px 0 10px}"
        ".well>h3{font-size:1.72em;font-weight:500;line-height:1.1;margin:11px 0 10px}"
        ".well>p{margin-bottom:10px}.well>.btn{padding:7px 12px;border-radius:4px;margin:0}"
        f"hr{{height:2px;border:0;background:{_colour(dressed, (220, 220, 220))};margin:0 15px {gap:.1f}px}}"
        f".foot{{text-align:center}}{grounds}"
    )


def _ground(dressed: Look, top: tuple, foot: tuple) -> str:
    ends = np.array(top, float), np.array(foot, float)
    foot = tuple(ends[0] + dressed.shine * (ends[1] - ends[0]))
    return f"background:linear-gradient({_colour(dressed, top)},{_colour(dressed, foot)})"


def _colour(dressed: Look, rgb: tuple) -> str:
    channels = (round(min(255.0, max(0.0, value + shift))) for value, shift in zip(rgb, dressed.tint, strict=True))
    return "rgb({},{},{})".format(*channels)


def _ink(word: str) -> tuple[int, int, int]:
    if word == "btn-inactive":
        return BLUE
    return WHITE if word.startswith("btn") else DARK


def _words(rng: Generator, word: str) -> str:
    """Words of random letters, as long as the set's pages have in such an element; texts have no capitals."""
    length = LENGTHS["title" if word.endswith("title") else word.partition("-")[0]]
    count = 1 if word.endswith("title") else 1 + length // 8
    letters = length - count + 1
    drawn = "".join(chr(97 + int(letter)) for letter in rng.integers(26, size=letters))
    breaks = sorted(rng.choice(np.arange(1, letters), count - 1, replace=False).tolist())
    parts = [drawn[a:b] for a, b in zip([0, *breaks], [*breaks, letters], strict=True)]
    return " ".join(parts if word == "text" else map(str.capitalize, parts))
