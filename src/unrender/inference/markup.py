"""Foreign HTML as a tree, as browsers read it in outline: implied end tags, void elements, unclosed tags, entities.

Scripts, comments and what only a head holds are dropped; style sheets are kept aside. Nothing that is written in a page
makes this fail.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

DROPPED = frozenset("head title meta link base script template noscript frameset frame noframes noembed".split())
_HIDDEN = frozenset("title script template noscript noframes noembed".split())  # with all that is inside
VOID = frozenset("area base br col embed frame hr img input link meta param source track wbr".split())
PLAIN = frozenset({"xmp", "listing", "plaintext"})
"""Old words for preformatted text, which would swallow the tags that follow."""
DRAWN = frozenset({"svg", "math"})
"""Pictures in markup: `/>` closes an element there."""

_BLOCKS = frozenset(
    "address article aside blockquote center details dialog dir div dl fieldset figcaption figure footer form "
    "h1 h2 h3 h4 h5 h6 header hgroup hr main menu nav ol p pre search section summary table ul li dt dd".split()
)
_SCOPE = frozenset("table td th caption button object marquee svg math".split())
_CELLS = frozenset({"td", "th"})
_ROWS = _CELLS | {"tr"}
_GROUPS = _ROWS | {"thead", "tbody", "tfoot", "caption", "colgroup"}
_ENDED_BY = {
    "li": (frozenset({"li"}), frozenset({"ul", "ol", "menu", "dir"}) | _SCOPE),
    "dt": (frozenset({"dt", "dd"}), frozenset({"dl"}) | _SCOPE),
    "dd": (frozenset({"dt", "dd"}), frozenset({"dl"}) | _SCOPE),
    "option": (frozenset({"option"}), frozenset({"select", "datalist"})),
    "optgroup": (frozenset({"option", "optgroup"}), frozenset({"select"})),
    "a": (frozenset({"a"}), _SCOPE),
    "button": (frozenset({"button"}), _SCOPE - {"button"}),
    "td": (_CELLS, frozenset({"tr", "table"})),
    "th": (_CELLS, frozenset({"tr", "table"})),
    "tr": (_ROWS, frozenset({"table"})),
    **dict.fromkeys(("thead", "tbody", "tfoot", "caption", "colgroup"), (_GROUPS, frozenset({"table"}))),
}
"""A start tag -> (open elements that it ends, elements that it does not look beyond)."""

DEEPEST = 512
"""Elements open at once, as in browsers: what would lie deeper becomes a sibling."""
_ENDLESS = re.compile("&#[0-9]{100,};?")  # int() refuses these, and so html.unescape raises


@dataclass
class Element:
    tag: str
    attributes: dict[str, str] = field(default_factory=dict)
    children: list["Element | str"] = field(default_factory=list)

    def walk(self) -> Iterator["Element"]:
        """This element and all below it, in document order."""
        stack: list[Element] = [self]
        while stack:
            element = stack.pop()
            yield element
            stack += [child for child in reversed(element.children) if isinstance(child, Element)]

    @property
    def direct_text(self) -> str:
        """The element's own text, white space collapsed."""
        return " ".join("".join(child for child in self.children if isinstance(child, str)).split())


@dataclass(frozen=True)
class Markup:
    """The body of a page, its style sheets in order, and how many tags were read."""

    body: Element
    styles: tuple[str, ...]
    tags: int


def parse_html(text: str) -> Markup:
    """The tree of any text. Never raises."""
    builder = _Builder()
    builder.feed(_ENDLESS.sub("\ufffd", text))
    builder.close()
    return Markup(builder.body, tuple(builder.styles), builder.tags)


class _Builder(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.body = Element("body")
        self.open = [self.body]
        self.styles: list[str] = []
        self.tags = 0
        self._hidden: list[str] = []
        self._in_style = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags += 1
        tag = {"image": "img"}.get(tag, "pre" if tag in PLAIN else tag)
        if tag == "style":
            self._in_style = not self._hidden
            self.styles += [""] * self._in_style
        elif tag in _HIDDEN:
            self._hidden.append(tag)
        elif not self._hidden and tag not in DROPPED:
            self._begin(tag, {name: value or "" for name, value in reversed(attrs)})  # the first of equals counts

    def _begin(self, tag: str, attributes: dict[str, str]) -> None:
        if tag in ("html", "body"):
            self.body.attributes = attributes | self.body.attributes if tag == "body" else self.body.attributes
            return
        self._end_implied(tag)
        element = Element(tag, attributes)
        self.open[-1].children.append(element)
        if tag not in VOID and len(self.open) < DEEPEST:
            self.open.append(element)

    def _end_implied(self, tag: str) -> None:
        if tag in _BLOCKS:
            self._close(frozenset({"p"}), _SCOPE)
        ended, until = _ENDED_BY.get(tag, (frozenset(), frozenset()))
        while self._close(ended, until):
            pass

    def _close(self, tags: frozenset[str], until: frozenset[str]) -> bool:
        """End the innermost open element named in `tags`, with all inside it, unless one in `until` is nearer."""
        for index in range(len(self.open) - 1, 0, -1):
            if self.open[index].tag in tags:
                del self.open[index:]
                return True
            if self.open[index].tag in until:
                return False
        return False

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag in DRAWN or any(element.tag in DRAWN for element in self.open):
            self.handle_endtag(tag)  # elsewhere the slash says nothing

    def handle_endtag(self, tag: str) -> None:
        if tag == "style":
            self._in_style = False
        elif self._hidden:
            while tag in self._hidden and self._hidden.pop() != tag:
                pass
        else:
            tag = "pre" if tag in PLAIN else tag
            self._close(frozenset({tag}), frozenset() if tag in _SCOPE or tag in _GROUPS else _SCOPE)

    def handle_data(self, data: str) -> None:
        if self._in_style:
            self.styles[-1] += data
        elif not self._hidden:
            self.open[-1].children.append(data)

    def parse_marked_section(self, i: int, report: int = 1) -> int:
        """`<![...`: the library gives up on those it does not know; browsers take them for comments."""
        return self.parse_bogus_comment(i)
