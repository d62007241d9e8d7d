"""Edit distance of section trees."""

from collections.abc import Iterable

from apted import APTED, Config


def edit_distance(a: list[dict], b: list[dict]) -> int:
    """How many elements must be inserted, deleted or given another type to turn one ordered tree into the other, when
    a deleted element's children move up (Zhang and Shasha 1989; computed by APTED, Pawlik and Augsten 2016).

    The page itself is the root of both. At most the number of elements of both trees.
    """
    return APTED(("page", a), ("page", b), _Typed()).compute_edit_distance()


class _Typed(Config):
    """Nodes are (type, children as in layout.json)."""

    def rename(self, node1: tuple, node2: tuple) -> int:
        return int(node1[0] != node2[0])

    def children(self, node: tuple) -> Iterable[tuple]:
        return [(child["type"], child["children"]) for child in node[1]]
