"""Headings, paragraphs and the other texts."""

from functools import partial

from .. import words
from ..dom import Dom
from ..tree import Node
from .builder import Builder, surface
from .registry import element

_short = partial(words.phrase, low=2, high=5)
_line = partial(words.phrase, low=3, high=6)
_item = partial(words.phrase, low=2, high=4)


@element("heading-1", texts=(_short,))
def title(b: Builder, node: Node, behind: str) -> Dom:
    return b.block("h1", "title", behind, "heading")


@element("heading-2", texts=(_short,))
def heading(b: Builder, node: Node, behind: str) -> Dom:
    return b.block("h2", "heading", behind, "heading")


@element("heading-3", texts=(partial(words.phrase, low=1, high=3),))
def subheading(b: Builder, node: Node, behind: str) -> Dom:
    return b.block("h3", "subheading", behind, "heading")


@element("lead", texts=(partial(words.sentences, low=7, high=13),))
def lead(b: Builder, node: Node, behind: str) -> Dom:
    return b.block("p", "lead", behind, "paragraph")


@element("text-1", texts=(partial(words.sentences, low=5, high=8),))
@element("text-2", texts=(partial(words.sentences, low=11, high=17),))
@element("text-3", texts=(partial(words.sentences, low=22, high=32),))
@element("text-4", texts=(partial(words.sentences, low=40, high=58),))
def paragraph(b: Builder, node: Node, behind: str) -> Dom:
    return b.block("p", "body", behind, "paragraph")


@element("caption", texts=(_line,))
def caption(b: Builder, node: Node, behind: str) -> Dom:
    return b.block("p", "caption", behind, "paragraph")


@element(
    "quote",
    texts=(partial(words.sentences, low=8, high=15), words.name),
    css=".quote{border-left-width:.2rem;padding-left:.8rem;gap:.35rem}",
)
def quote(b: Builder, node: Node, behind: str) -> Dom:
    said = b.block("p", "quote", behind, None)
    author = b.block("p", "caption", behind, None)
    return Dom("blockquote", ("quote", "stack", f"r-{b.colours.accent}"), [said, author], layout="paragraph")


@element("price", texts=(words.price,))
def price(b: Builder, node: Node, behind: str) -> Dom:
    return b.block("p", "price", behind, "paragraph")


@element(
    "date",
    texts=(words.month, words.day),
    css=".date{align-items:center;min-width:4.2rem;border-radius:var(--corner);overflow:hidden}.date>*{width:100%;text-align:center;padding:.15rem .7rem}",
)
def date(b: Builder, node: Node, behind: str) -> Dom:
    accent = b.colours.accent if b.colours.accent != behind else b.colours.band
    month = b.block("p", "badge", accent, None)
    month.classes += (surface(accent),)
    paper = b.colours.surface if b.colours.surface != behind else b.colours.tint
    day = b.block("p", "day", paper, None)
    day.classes += (surface(paper),)
    return Dom("time", ("date", "stack"), [month, day], layout="wrapper")


@element("badge", texts=(words.label,), css=".badge{border-radius:1rem;padding:.12rem .75rem}")
def badge(b: Builder, node: Node, behind: str) -> Dom:
    ground = b.colours.second if b.colours.second != behind else b.colours.accent
    made = b.block("p", "badge", ground, "paragraph")
    made.classes += ("badge", surface(ground))
    return made


@element(
    "list-3",
    texts=(_item,) * 3,
    css=".list{gap:.32rem}.list>li{display:flex;gap:.5rem;align-items:center}.dot{width:.42rem;height:.42rem;border-radius:1rem;flex:none}",
)
@element("list-4", texts=(_item,) * 4)
@element("list-5", texts=(_item,) * 5)
def bullets(b: Builder, node: Node, behind: str) -> Dom:
    dot = surface(b.mark(behind))
    rows = [
        Dom("li", (), [Dom("i", ("dot", dot)), b.block("span", "item", behind, None)]) for _ in range(int(node.variant))
    ]
    return Dom("ul", ("list", "stack"), list(rows), layout="list")


@element("faq-3", texts=(_line,) * 3, css=".faq{width:100%}.faq>p{padding:.45rem 0;border-bottom-width:.09rem}")
@element("faq-4", texts=(_line,) * 4)
def faq(b: Builder, node: Node, behind: str) -> Dom:
    rows = [b.block("p", "item", behind, None) for _ in range(int(node.variant))]
    for row in rows:
        row.classes += ("r-ash",)
    return Dom("div", ("faq", "stack"), list(rows), layout="accordion")


@element(
    "tabs-3",
    texts=(words.label,) * 3 + (partial(words.sentences, low=12, high=22),),
    css=".tabs{width:100%}.heads{display:flex;gap:.25rem}.tab{padding:.4rem .9rem}.pane{padding:1rem}",
)
def tabs(b: Builder, node: Node, behind: str) -> Dom:
    """The first of three leaves on top."""
    pool = dict.fromkeys((b.colours.surface, b.colours.tint, "silver", "white", "mist"))
    paper, shade, *_ = (name for name in pool if name != behind)
    heads = [b.block("p", "label", ground, None) for ground in (paper, shade, shade)]
    for head, ground in zip(heads, (paper, shade, shade), strict=True):
        head.classes += ("tab", surface(ground))
    pane = Dom("div", ("pane", surface(paper)), [b.block("p", "body", paper, None)])
    return Dom("div", ("tabs", "stack"), [Dom("div", ("heads",), list(heads)), pane], layout="tab")


@element(
    "marquee",
    texts=(words.label,) * 4,
    css=".marquee{display:flex;justify-content:space-between;align-items:center;gap:.75rem;width:100%}",
)
def marquee(b: Builder, node: Node, behind: str) -> Dom:
    """Words that run by, with a dot after each."""
    dot = surface(b.mark(behind))
    parts = [part for _ in range(4) for part in (b.block("p", "label", behind, None), Dom("i", ("dot", dot)))]
    return Dom("div", ("marquee",), list(parts), layout="marquee")


@element("stat", texts=(words.quantity, words.label), css=".stat{gap:.05rem}")
def stat(b: Builder, node: Node, behind: str) -> Dom:
    number = b.block("p", "number", behind, None)
    label = b.block("p", "caption", behind, None)
    return Dom("div", ("stat", "stack"), [number, label], layout="counter")


@element(
    "table-3",
    texts=(words.label,) * 3 + (words.label, words.quantity, words.price) * 3,
    css=".table{width:100%;border-radius:var(--corner);overflow:hidden}.table>.tr{display:flex;padding:.42rem .8rem}.tr>p{flex:1 1 0;min-width:0}",
)
@element("table-4", texts=(words.label,) * 3 + (words.label, words.quantity, words.price) * 4)
@element("table-5", texts=(words.label,) * 3 + (words.label, words.quantity, words.price) * 5)
def table(b: Builder, node: Node, behind: str) -> Dom:
    head, body, stripe = b.colours.band, b.colours.surface, b.colours.tint
    rows = [_table_row(b, "head", head if head != behind else b.colours.accent)]
    rows += [_table_row(b, "cell", (body, stripe)[index % 2]) for index in range(int(node.variant))]
    return Dom("div", ("table", "stack"), list(rows), layout="grid")


def _table_row(b: Builder, role: str, ground: str) -> Dom:
    return Dom("div", ("tr", surface(ground)), [b.block("p", role, ground, None) for _ in range(3)])
