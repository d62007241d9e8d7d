"""What a visitor can press or fill in."""

from functools import partial

from .. import words
from ..dom import Dom
from ..tree import Node
from .builder import Builder, surface
from .registry import element

_action = partial(words.phrase, low=1, high=2)


def _button(b: Builder, ground: str, layout: str = "button") -> Dom:
    return Dom("a", ("button", "w", surface(ground), "s-button"), [b.write("button", ground)], "--w:191", layout)


@element(
    "button-primary",
    texts=(_action,),
    css=".button{display:flex;justify-content:center;text-align:center;padding:.5rem 1.25rem;border-radius:var(--corner)}",
)
def primary(b: Builder, node: Node, behind: str) -> Dom:
    return _button(b, b.colours.accent if b.colours.accent != behind else b.colours.canvas)


@element("button-quiet", texts=(_action,))
def quiet(b: Builder, node: Node, behind: str) -> Dom:
    grounds = [name for name in (b.colours.tint, b.colours.surface, "silver") if name != behind]
    return _button(b, grounds[0])


@element("link", group="nav", texts=(words.label,))
def link(b: Builder, node: Node, behind: str) -> Dom:
    return b.block("a", "link", behind, "paragraph")


@element(
    "brand",
    group="nav",
    texts=(partial(words.phrase, low=1, high=1),),
    css=".brand{display:flex;gap:.45rem;align-items:center}.brand>i{width:1.15rem;height:1.15rem;border-radius:var(--corner);flex:none}",
)
def brand(b: Builder, node: Node, behind: str) -> Dom:
    mark = b.colours.accent if b.colours.accent != behind else b.colours.second
    return Dom("div", ("brand",), [Dom("i", (surface(mark),)), b.block("b", "brand", behind, None)], layout="heading")


@element("press", group="nav", texts=(_action,))
def nav_button(b: Builder, node: Node, behind: str) -> Dom:
    made = primary(b, node, behind)
    made.classes += ("small",)
    return made


@element(
    "field",
    group="field",
    texts=(words.label,),
    css=".field{gap:.22rem;width:100%;text-align:left;align-items:flex-start}.field>i{width:100%;height:1.9rem;border-width:.09rem;border-radius:.3rem}",
)
def field(b: Builder, node: Node, behind: str) -> Dom:
    box = "white" if behind != "white" else "mist"
    return Dom(
        "label",
        ("field", "stack"),
        [b.block("span", "label", behind, None), Dom("i", (surface(box), "r-ash"))],
        layout="wrapper",
    )


@element("area", group="field", texts=(words.label,), css=".area>i{height:4rem}")
def area(b: Builder, node: Node, behind: str) -> Dom:
    made = field(b, node, behind)
    made.classes += ("area",)
    return made


@element("submit", group="field", texts=(_action,), css=".submit{width:100%}")
def submit(b: Builder, node: Node, behind: str) -> Dom:
    made = primary(b, node, behind)
    made.classes += ("submit",)
    return made
