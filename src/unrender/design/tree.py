"""The ordered element tree."""

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Node:
    """One element: a word of the vocabulary and its ordered children."""

    word: str
    children: tuple["Node", ...] = ()

    def walk(self) -> Iterator["Node"]:
        """This node and all below it, in document order."""
        yield self
        for child in self.children:
            yield from child.walk()

    def leaves(self) -> Iterator["Node"]:
        return (node for node in self.walk() if not node.children)

    @property
    def kind(self) -> str:
        """The word without its variant: ``heading-1`` -> ``heading``."""
        return self.word.partition("-")[0]

    @property
    def variant(self) -> str:
        return self.word.partition("-")[2]

    def depth(self) -> int:
        return 1 + max((child.depth() for child in self.children), default=0)


def node(word: str, *children: Node) -> Node:
    return Node(word, tuple(children))


def row_structures(tree: Node) -> list[str]:
    """What each row looks like, variants aside: ``row-1-1(heading text button|image)``."""
    return [_structure(row) for row in tree.walk() if row.kind == "row"]


def _structure(row: Node) -> str:
    columns = (" ".join(item.kind for item in column.children) for column in row.children)
    return f"{row.word}({'|'.join(columns)})"


def column_count(tree: Node) -> int:
    """Columns of the widest row, at least 1."""
    return max((len(row.children) for row in tree.walk() if row.kind == "row"), default=1)
