"""Random decisions of a composition, and the parts of a tree that they fill."""

from numpy.random import Generator

from ..tree import Node, node

Items = tuple[Node, ...]


class Choice:
    """Random decisions, some of them swayed by the tone."""

    def __init__(self, rng: Generator, tone: float):
        self.rng = rng
        self.tone = tone

    def chance(self, probability: float) -> bool:
        return bool(self.rng.random() < probability)

    def one(self, *options):
        return options[int(self.rng.integers(len(options)))]

    def maybe(self, probability: float, *words: str) -> Items:
        return (leaf(self.one(*words)),) if self.chance(probability) else ()

    def ground(self) -> str:
        """Energetic pages use bands of colour more often."""
        if self.chance(0.12 + 0.5 * self.tone):
            return "band"
        return "tint" if self.chance(0.35) else "plain"

    def section(self, *rows: Node, ground: str | None = None, middle: float = 0.35) -> Node:
        align = "-middle" if self.chance(middle) else ""
        return node(f"section-{ground or self.ground()}{align}", *rows)


def leaf(word: str) -> Node:
    return Node(word)


def leaves(*words: str) -> Items:
    return tuple(map(Node, words))


def column(*items: Node) -> Node:
    return node("column", *items)


def single(*items: Node) -> Node:
    return node("row-1", column(*items))


def form(c: Choice, most: int) -> Node:
    fields = ["field"] * int(c.rng.integers(1 + (most > 2), most + 1))
    if c.chance(0.25):
        fields[-1] = "area"
    return node("form", *leaves(*fields, "submit"))
