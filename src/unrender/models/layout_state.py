"""What the layout network is told about the nodes of a page, and what it says."""

from dataclasses import dataclass, fields

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor
from torch.nn import functional as F

from unrender.design.section_tree import KINDS

HIDDEN = len(KINDS)
"""The type of a node whose type is not known."""


@dataclass
class Guess:
    """What the network says: logits of types (b, n, k) and owners (b, n, n; node j for node i), and boxes (b, n, 4) as
    shares of the frame (middle x, y, width, height): before, and after every look at the picture."""

    kinds: Float[Tensor, "b n k"]
    owners: Float[Tensor, "b n n"]
    boxes: list[Float[Tensor, "b n 4"]]
    edges: list[Float[Tensor, "b n 4 e"]]
    """For every look the logits of BINS places for left, top, right and bottom."""
    hunch: Float[Tensor, "b n k"]
    """Types as they were said before boxes were known, and a glance taken at what is in them."""

    def widened(self, nodes: int) -> "Guess":
        """The same with room for `nodes` nodes."""
        more = nodes - self.kinds.shape[1]
        owners = F.pad(self.owners, (0, more, 0, more), value=-1e4)
        kinds, hunch, *others = (F.pad(each, (0, 0, 0, more)) for each in (self.kinds, self.hunch, *self.boxes))
        return Guess(kinds, owners, others, [F.pad(each, (0, 0, 0, 0, 0, more)) for each in self.edges], hunch)

    @classmethod
    def joined(cls, parts: list["Guess"], order: Int[Tensor, " b"]) -> "Guess":
        """Guesses of as many nodes one below the other, their pages in another order."""
        each = [(part.kinds, part.hunch, part.owners, *part.boxes, *part.edges) for part in parts]
        kinds, hunch, owners, *rest = (torch.cat(values)[order] for values in zip(*each, strict=True))
        looks = len(parts[0].boxes)
        return cls(kinds, owners, rest[:looks], rest[looks:], hunch)


@dataclass
class State:
    """What is known of the nodes at a time of the diffusion."""

    kinds: Int[Tensor, "b n"]
    """Places in KINDS, or HIDDEN."""
    boxes: Float[Tensor, "b n 4"]
    """Middle x, y, width and height, brought to -1..1, with noise: of nodes that start no element those of the page; 0
    where nothing is known."""
    given: Bool[Tensor, "b n 3"]
    """Whether type, position and size are given: then they are exact. Only what starts an element has the latter."""
    t: Float[Tensor, " b"]
    """Time, 0 (all is known) to 1 (nothing is)."""
    sighted: Bool[Tensor, " b"]
    """Whether the picture is seen."""
    told: Bool[Tensor, " b"]
    """Whether the nodes say what they are in the document; else only the tree is known."""
    named: Bool[Tensor, " b"]
    """Whether class names are known too."""

    def of(self, rows: Int[Tensor, " b"]) -> "State":
        """What is known of some of the pages."""
        return State(*(getattr(self, field.name)[rows] for field in fields(self)))

    @property
    def exact(self) -> Bool[Tensor, "b n 4"]:
        """Which numbers of boxes are given."""
        return exact(self.given)

    @classmethod
    def blank(cls, count: int, nodes: int, device: torch.device, named: bool = False) -> "State":
        """Nothing but the page is known: the start of a reading."""
        all_of_them, none = torch.ones(count, dtype=torch.bool, device=device), torch.zeros(count, dtype=torch.bool)
        return cls(
            kinds=torch.full((count, nodes), HIDDEN, device=device),
            boxes=torch.zeros(count, nodes, 4, device=device),
            given=torch.zeros(count, nodes, 3, dtype=torch.bool, device=device),
            t=torch.ones(count, device=device),
            sighted=all_of_them,
            told=all_of_them,
            named=all_of_them if named else none.to(device),
        )


def exact(given: Bool[Tensor, "b n 3"]) -> Bool[Tensor, "b n 4"]:
    """Which numbers of boxes are given, from whether type, position and size are."""
    return given[..., [1, 1, 2, 2]]


def as_signal(box: Float[Tensor, "b n 4"]) -> Float[Tensor, "b n 4"]:
    """Shares of the frame -> -1..1."""
    return 2 * box - 1


def as_shares(signal: Float[Tensor, "b n 4"]) -> Float[Tensor, "b n 4"]:
    """The way back."""
    return (signal + 1) / 2
