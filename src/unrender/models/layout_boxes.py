"""How the layout network finds boxes: element by element from the page down, each in the one around it; then all of
them once more, knowing what was found around, inside and beside them.

Boxes here are middle x, middle y, width and height, as shares of the frame.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from unrender.models.layout_looks import BINS, KIN, SMALLEST, Around, Boxes, Family, Look, Whereabouts, bounds, centred

DOWN, AGAIN = 2, 2  # looks for each element on the way down, and once more
TAUGHT = 0.5  # share of the pages that learn the way down from true boxes around
WRONG = 2 / 256  # of the frame, how far those are wrong then, give or take a factor of e
CHAIN = 7  # 2^CHAIN merged nodes may lie between an element and the one around it


@dataclass
class Elements:
    """The elements of pages: nodes that start one, in the order of the document, after the page itself in place 0."""

    nodes: Int[Tensor, "b e"]
    """Which node; the root, node 0, in places beyond a page's elements."""
    real: Bool[Tensor, "b e"]
    """False for the page itself and beyond its elements."""
    around: Int[Tensor, "b e"]
    """The place here of the element around each; 0 where there is none."""
    within: Int[Tensor, "b n"]
    """Of every node, the first node of the element around it."""
    depth: Int[Tensor, "b e"]
    """0 for the page, 1 for what lies in nothing else, and so on."""
    kin: Int[Tensor, "b e e"]
    """Places in KIN."""

    @classmethod
    def of(cls, starts: Bool[Tensor, "b n"], parent: Int[Tensor, "b n"]) -> "Elements":
        """`starts`: which nodes start an element."""
        starts = starts.clone()
        starts[:, 0] = True
        counts = starts.sum(1, keepdim=True)
        nodes = (~starts).int().argsort(dim=1, stable=True)[:, : int(counts.max())]
        real = torch.arange(nodes.shape[1], device=nodes.device) < counts
        nodes = nodes * real
        above = parent
        for _ in range(CHAIN):
            above = torch.where(starts.gather(1, above), above, above.gather(1, above))
        around = (starts.cumsum(1) - 1).gather(1, above.gather(1, nodes))
        real[:, 0] = False
        around = around * real
        return cls(nodes, real, around, above, _depths(around, real), _kin(around, real))

    def levels(self) -> list[Int[Tensor, "b k"]]:
        """For each depth below the page the elements there, filled up with the page."""
        found = []
        for level in range(1, int(self.depth.max()) + 1):
            here = self.depth == level
            which = (~here).int().argsort(dim=1, stable=True)
            found.append((which * here.gather(1, which))[:, : int(here.sum(1).max())])
        return found


def _depths(around: Int[Tensor, "b e"], real: Bool[Tensor, "b e"]) -> Int[Tensor, "b e"]:
    depth = real.long()
    while not torch.equal(deeper := (depth.gather(1, around) + 1) * real, depth):
        depth = deeper
    return depth


def _kin(around: Int[Tensor, "b e"], real: Bool[Tensor, "b e"]) -> Int[Tensor, "b e e"]:
    count = around.shape[1]
    places = torch.arange(count, device=around.device)
    both = real[:, :, None] & real[:, None]
    siblings = (around[:, :, None] == around[:, None]) & both
    before = places[None, :] < places[:, None]  # [i, j]: j comes before i
    rank = (siblings & before).sum(2)
    apart = rank[:, None] - rank[:, :, None]  # of siblings: how many places j comes after i
    inside = (around[:, None] == places[:, None]) & both  # [i, j]: j lies in i
    kin = torch.zeros_like(apart)
    for name, where in (
        ("around", inside.transpose(1, 2)), ("inside", inside), ("elder", siblings & before),
        ("younger", siblings & ~before), ("previous", siblings & (apart == -1)), ("next", siblings & (apart == 1)),
        ("self", places[:, None] == places),
    ):  # fmt: skip
        kin = kin.masked_fill(where, KIN.index(name))
    return kin


@dataclass
class Start:
    """What the search for boxes starts from: what is known of each element, and where to look first: at a place in the
    box around, or at the noisy box if that is trusted."""

    x: Float[Tensor, "b n d"]
    place: Float[Tensor, "b n 4"]
    """left, top as shares of the free room, width and height as shares of the box around."""
    noisy: Float[Tensor, "b n 4"]
    trust: Float[Tensor, "b n"]

    def within(self, outer: Boxes) -> Boxes:
        """Boxes to start from."""
        size = (outer[..., 2:] * self.place[..., 2:]).clamp_min(SMALLEST)
        corner = outer[..., :2] - outer[..., 2:] / 2 + (outer[..., 2:] - size) * self.place[..., :2]
        return torch.cat([corner + size / 2, size], 2).lerp(self.noisy, self.trust[..., None])

    def at(self, which: Int[Tensor, "b k"]) -> "Start":
        """Some of them."""
        return Start(*(taken(each, which) for each in (self.x, self.place, self.noisy, self.trust)))


class Finder(nn.Module):
    """Boxes of elements, and the logits of their edges: before and after each look."""

    def __init__(self, width: int, heads: int):
        super().__init__()
        self.look, self.family = Look(width), Family(width, heads)
        self.holds = Whereabouts(width)

    def forward(
        self,
        start: Start,
        elements: Elements,
        page: Float[Tensor, "b 4"],
        profiles: list[Float[Tensor, "b a l c"]],
        teacher: Boxes | None = None,
    ) -> tuple[list[Boxes], list[Float[Tensor, "b e 4 l"]]]:
        """`teacher`: boxes that on some of the pages are taken for those around, on the way down."""
        boxes, edges = self.down(start, elements, page, profiles, teacher)
        x = start.x
        for _ in range(AGAIN):
            best = boxes[-1].detach()
            outer = taken(best, elements.around)
            inner = hulls(best, elements)
            told = x + self.holds(best, inner).to(x.dtype)
            x = self.family(told, best, outer, elements.kin)
            moved, logits = self.look(x, profiles, Around(best, outer, inner, *beside(best, elements.kin)))
            boxes.append(torch.where(elements.real[..., None], moved, best))
            edges.append(logits)
        return boxes, edges

    def down(
        self,
        start: Start,
        elements: Elements,
        page: Float[Tensor, "b 4"],
        profiles: list[Float[Tensor, "b a l c"]],
        teacher: Boxes | None,
    ) -> tuple[list[Boxes], list[Float[Tensor, "b e 4 l"]]]:
        """From the page down, each level in the boxes that were found for the one above."""
        count, most = elements.nodes.shape
        found = [page[:, None].expand(-1, most, -1)] * (DOWN + 1)
        edges = [page.new_zeros(count, most, 4, BINS)] * DOWN
        alone = torch.rand(count, 1, 1, device=page.device) >= TAUGHT
        for level in elements.levels():
            known = found[-1].detach() if teacher is None else torch.where(alone, found[-1].detach(), teacher)
            outer = taken(known, elements.around.gather(1, level))
            kin = taken(elements.kin, level).gather(2, level[:, None].expand(-1, level.shape[1], -1))
            boxes, logits = self.looked(start.at(level), outer, kin, profiles)
            boxes = [torch.where((level > 0)[..., None], each, outer) for each in boxes]
            found = [put(each, level, now) for each, now in zip(found, boxes, strict=True)]
            edges = [put(each, level, now) for each, now in zip(edges, logits, strict=True)]
        return found, edges

    def looked(
        self,
        start: Start,
        outer: Boxes,
        kin: Int[Tensor, "b k k"],
        profiles: list[Float[Tensor, "b a l c"]],
    ) -> tuple[list[Boxes], list[Float[Tensor, "b k 4 l"]]]:
        """Boxes of elements whose box around is known. Between looks siblings tell each other what they found."""
        x, boxes, edges = start.x, [start.within(outer)], []
        for index in range(DOWN):
            best = boxes[-1].detach()
            if index:
                x = self.family(x, best, outer, kin)
            moved, logits = self.look(x, profiles, Around(best, outer, best, *beside(best, kin)))
            boxes.append(moved)
            edges.append(logits)
        return boxes, edges


def hulls(boxes: Boxes, elements: Elements) -> Boxes:
    """What the boxes inside each one span; the box itself where there are none."""
    low, high = bounds(boxes)
    around, inside = elements.around[..., None].expand(-1, -1, 2), elements.real[..., None]
    first = torch.ones_like(low).scatter_reduce(1, around, torch.where(inside, low, 1), "amin")
    last = torch.zeros_like(high).scatter_reduce(1, around, torch.where(inside, high, 0), "amax")
    held = (last > first).all(2, keepdim=True)
    return torch.where(held, centred(first, last), boxes)


def beside(boxes: Boxes, kin: Int[Tensor, "b n n"]) -> tuple[Boxes, Boxes]:
    """Boxes of the previous and of the next sibling; the own one where there is none."""
    own = torch.arange(kin.shape[1], device=kin.device)
    found = []
    for name in ("previous", "next"):
        where = kin == KIN.index(name)
        found.append(taken(boxes, torch.where(where.any(2), where.int().argmax(2), own)))
    return found[0], found[1]


def taught(box: Float[Tensor, "b e 4"], placed: Bool[Tensor, "b e"], page: Float[Tensor, "b 4"]) -> Boxes:
    """True boxes (left, top, width, height), their edges moved as far as those that are found may be wrong; the page
    where there is none."""
    edges = torch.cat([box[..., :2], box[..., :2] + box[..., 2:]], 2)
    edges = edges + WRONG * torch.randn_like(edges[..., :1]).exp() * torch.randn_like(edges)
    low, high = edges[..., :2], torch.maximum(edges[..., 2:], edges[..., :2] + SMALLEST)
    return torch.where(placed[..., None], centred(low, high), page[:, None])


def taken(values: Tensor, which: Int[Tensor, "b k"]) -> Tensor:
    """Of each row the values at these places."""
    return values.gather(1, _like(which, values))


def put(values: Tensor, which: Int[Tensor, "b k"], now: Tensor) -> Tensor:
    """Rows with other values at these places."""
    return values.scatter(1, _like(which, now), now)


def _like(which: Int[Tensor, "b k"], values: Tensor) -> Int[Tensor, "b k ..."]:
    tail = values.shape[2:]
    return which.reshape(*which.shape, *[1] * len(tail)).expand(-1, -1, *tail)
