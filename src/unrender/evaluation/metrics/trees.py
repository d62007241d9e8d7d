"""Edit distance of section trees."""

from collections.abc import Iterable

from apted import APTED, Config


def edit_distance(a: list[dict], b: list[dict]) -> int:
    """How many elements must be inserted, deleted or given another type to turn one ordered tree into the other, when
    a deleted element's children move up (Zhang and Shasha 1989; computed by APTED, Pawlik and Augsten 2016).

    The page itself is the root of both. At most the number of elements of both trees.
    """
    a, b = _apart(a, b)
    if not a or not b:
        return _size(a) + _size(b)
    return APTED(("page", a), ("page", b), _Typed()).compute_edit_distance()


def _apart(a: list[dict], b: list[dict]) -> tuple[list[dict], list[dict]]:
    """Without the trees that both begin with, and those that both end with: they cost nothing, and are most of what
    good readings share. Whatever an edit of the whole does with them, an edit of the rest does as cheaply: where it
    turns a node of the rest into one of them, follow what becomes of its equal until it leaves them."""
    shapes = [_shape(tree) for tree in a], [_shape(tree) for tree in b]
    most = min(len(a), len(b))
    start = next((i for i in range(most) if shapes[0][i] != shapes[1][i]), most)
    end = next((i for i in range(most - start) if shapes[0][-1 - i] != shapes[1][-1 - i]), most - start)
    return a[start : len(a) - end], b[start : len(b) - end]


def _shape(tree: dict) -> tuple:
    return tree["type"], *(_shape(child) for child in tree["children"])


def _size(forest: list[dict]) -> int:
    return sum(1 + _size(tree["children"]) for tree in forest)


class _Typed(Config):
    """Nodes are (type, children as in layout.json)."""

    def rename(self, node1: tuple, node2: tuple) -> int:
        return int(node1[0] != node2[0])

    def children(self, node: tuple) -> Iterable[tuple]:
        return [(child["type"], child["children"]) for child in node[1]]
