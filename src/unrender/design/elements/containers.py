"""Sections, rows, columns and the boxes that hold other elements."""

from .. import scenes
from ..dom import Dom
from ..tree import Node
from .builder import Builder, surface
from .media import picture
from .registry import element

_STACK = ".stack{display:flex;flex-direction:column}"
_SECTION = (
    ".section{display:flex;flex-direction:column;justify-content:center;flex:1 0 auto;padding:var(--pad)}"
    ".container{display:flex;flex-direction:column;gap:var(--gap);width:var(--measure)}"
    ".middle>.container .column{align-items:center;text-align:center}"
)


def _ground(b: Builder, tone: str) -> str:
    return {"plain": b.colours.canvas, "tint": b.colours.tint, "band": b.colours.band}[tone]


@element("section-plain", "section", children="row", arity=(1, 3), css=_STACK + _SECTION)
@element("section-tint", "section", children="row", arity=(1, 3))
@element("section-band", "section", children="row", arity=(1, 3))
@element("section-plain-middle", "section", children="row", arity=(1, 3))
@element("section-tint-middle", "section", children="row", arity=(1, 3))
@element("section-band-middle", "section", children="row", arity=(1, 3))
def section(b: Builder, node: Node, behind: str) -> Dom:
    tone, _, align = node.variant.partition("-")
    ground = _ground(b, tone)
    inner = Dom("div", ("container",), [b.build(row, ground) for row in node.children])
    return Dom("section", ("section", align or "start", surface(ground)), [inner], layout="section")


_ROW = (
    ".row{display:flex;gap:calc(var(--gap)*1.3);align-items:center;width:100%}.top{align-items:flex-start}"
    ".column{display:flex;flex-direction:column;align-items:flex-start;gap:var(--gap);min-width:0}.column>*,.wrap>*{max-width:100%}"
    ".x1{flex:1 1 0}.x2{flex:2 2 0}.wrap{display:flex;flex-direction:column;align-items:inherit;width:100%}"
)


@element("row-1", "row", children="column", arity=(1, 1), css=_ROW)
@element("row-1-1", "row", children="column", arity=(2, 2))
@element("row-1-2", "row", children="column", arity=(2, 2))
@element("row-2-1", "row", children="column", arity=(2, 2))
@element("row-1-1-1", "row", children="column", arity=(3, 3))
@element("row-1-2-1", "row", children="column", arity=(3, 3))
@element("row-1-1-1-1", "row", children="column", arity=(4, 4))
def row(b: Builder, node: Node, behind: str) -> Dom:
    shares = node.variant.split("-")
    columns = [_column(b, column, share, behind) for column, share in zip(node.children, shares, strict=True)]
    level = ("top",) if len(shares) > 2 else ()
    return Dom("div", ("row", *level), list(columns), layout="grid")


def _column(b: Builder, node: Node, share: str, behind: str) -> Dom:
    made = b.build(node, behind)
    made.classes += (f"x{share}",)
    return made


@element("column", "column", children="item", arity=(1, 8))
def column(b: Builder, node: Node, behind: str) -> Dom:
    return Dom("div", ("column",), b.items(node.children, behind), layout="column")


@element(
    "card",
    children="item",
    arity=(1, 6),
    css=".card{width:100%;padding:1rem;gap:calc(var(--gap)*.7);border-radius:var(--corner)}",
)
@element("card-accent", children="item", arity=(1, 6))
def card(b: Builder, node: Node, behind: str) -> Dom:
    wanted = b.colours.accent if node.variant == "accent" else b.colours.surface
    ground = wanted if wanted != behind else next(name for name in (b.colours.tint, "silver") if name != behind)
    return Dom("article", ("card", "column", surface(ground)), b.items(node.children, ground), layout="wrapper")


@element(
    "strip",
    children="item",
    arity=(2, 5),
    css=".strip{display:flex;gap:.75rem;align-items:center}.strip>.wrap{width:auto}",
)
def strip(b: Builder, node: Node, behind: str) -> Dom:
    return Dom("div", ("strip",), b.items(node.children, behind), layout="wrapper")


@element(
    "form",
    children="field",
    arity=(2, 6),
    css=".form{width:100%;padding:1.1rem;gap:.65rem;border-radius:var(--corner)}",
)
def form(b: Builder, node: Node, behind: str) -> Dom:
    ground = b.colours.surface if b.colours.surface != behind else b.colours.tint
    return Dom(
        "form", ("form", "stack", surface(ground)), [b.build(part, ground) for part in node.children], layout="wrapper"
    )


@element(
    "overlay",
    children="item",
    arity=(1, 6),
    css=".overlay{position:relative;width:100%;flex:1 0 auto}.backdrop,.veil{position:absolute;left:0;top:0;width:100%;height:100%;border-radius:var(--corner)}.panel{position:relative;margin:12% 12% 12% 7%;padding:1rem 1.2rem;gap:calc(var(--gap)*.7);border-radius:var(--corner)}",
)
@element("overlay-video", children="item", arity=(1, 6), css=".moving{background-position:right bottom}")
@element(
    "overlay-veil",
    children="item",
    arity=(1, 6),
    css=".overlay>.veil{width:74%}.overlay>.veiled{margin:7% 29% 7% 3%}",
)
def overlay(b: Builder, node: Node, behind: str) -> Dom:
    """A backdrop, over it a panel; or a veil over a part of the backdrop, and what would be in the panel on that."""
    ground = b.colours.second if b.colours.second != behind else b.colours.tint
    paper = b.colours.surface if b.colours.surface != ground else b.colours.canvas
    style = ("veiled",) if node.variant == "veil" else ()
    panel = Dom("div", ("panel", *style, "column", surface(paper)), b.items(node.children, paper))
    veil = [Dom("div", ("veil", surface(paper)), backdrop="overlay")] if node.variant == "veil" else []
    return Dom("div", ("overlay",), [_backdrop(b, ground, behind, node.variant), *veil, panel], layout="freedom")


def _backdrop(b: Builder, ground: str, behind: str, variant: str) -> Dom:
    markup = scenes.scene(b.scene_rng, ground, (b.colours.band, b.colours.accent, b.colours.surface))
    moving = variant == "video"
    classes = ("backdrop", "moving") if moving else ("backdrop",)
    made = picture(b, classes, scenes.with_corner_sign(markup) if moving else markup, ground, 0.5, behind, layout=None)
    made.backdrop = "video" if moving else "image"
    return made


_BAR = ".bar{display:flex;align-items:center;gap:1.125rem;padding:.7rem var(--side);flex:none}.bar>:first-child{margin-right:auto}.small{padding:.28rem .8rem}"


@element("nav-plain", "section", children="nav", arity=(2, 6), css=_BAR)
@element("nav-band", "section", children="nav", arity=(2, 6))
@element("footer-plain", "section", children="nav", arity=(2, 6))
@element("footer-band", "section", children="nav", arity=(2, 6))
def bar(b: Builder, node: Node, behind: str) -> Dom:
    ground = _ground(b, node.variant)
    tag = "nav" if node.kind == "nav" else "footer"
    return Dom(tag, ("bar", surface(ground)), [b.build(part, ground) for part in node.children], layout="section")
