"""The document a design becomes: nodes with an id each, knowing which element they came from."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from html import escape


@dataclass(frozen=True)
class Ink:
    """What a leaf paints, for the grammar scores."""

    text: bool
    weight: float
    rem: float
    colour: str
    behind: str
    ranked: bool


@dataclass
class Dom:
    """One document node. `layout` names the section-layout type it stands for; None means merged into its parent.

    `backdrop` ("image", "video" or "overlay") marks a layer behind the content of its parent, which is no element.
    """

    tag: str
    classes: tuple[str, ...] = ()
    children: list["Dom | str"] = field(default_factory=list)
    style: str = ""
    layout: str | None = None
    backdrop: str | None = None
    ink: Ink | None = None
    id: str = ""

    def walk(self) -> Iterator["Dom"]:
        yield self
        for child in self.children:
            if isinstance(child, Dom):
                yield from child.walk()

    def html(self) -> str:
        attributes = f' id="{self.id}"' if self.id else ""
        if self.classes:
            attributes += f' class="{" ".join(self.classes)}"'
        if self.style:
            attributes += f' style="{self.style}"'
        inner = "".join(child.html() if isinstance(child, Dom) else escape(child) for child in self.children)
        return f"<{self.tag}{attributes}>{inner}</{self.tag}>"


def number(root: Dom) -> Dom:
    """Give every node an id in document order: ``n0``, ``n1``, ..."""
    for index, item in enumerate(root.walk()):
        item.id = f"n{index}"
    return root
