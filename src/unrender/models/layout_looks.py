"""How the layout network looks for boxes: what is seen along the picture's rows and columns beside a box, and what
elements of one family tell each other.

Boxes here are middle x, middle y, width and height, as shares of the frame.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional as F

from unrender.models.nn.unet import zeroed

BINS = 128  # places along a side of the frame at which an edge may lie
PROFILE = 24  # numbers that say what is seen at each of them
BESIDE = 9  # places that are seen together
SUMS = 4  # kinds of ink that are added up along a profile
SOFT = 1 / 96  # of the frame: how gradually what lies beside a box fades
SMALLEST = 1 / 256  # of the frame: no box is thinner
WAVES = 7  # frequencies of an edge's place
REFERENCES = 10  # edges along a side that an element knows of
OFF = 1 / 16  # of the frame: the unit of how far an edge stands off another
OWN = torch.tensor([[2.0] + [0.0] * 9, [0.0, 2.0] + [0.0] * 8])
"""An edge is where it was, unless something else is said."""
KIN = ("stranger", "self", "around", "inside", "elder", "younger", "previous", "next")
"""What element j is to element i; of siblings the next ones are told apart."""

Boxes = Float[Tensor, "b n 4"]


class Whereabouts(nn.Module):
    """Where a box lies in the frame and to another one: waves of their edges (Fourier features)."""

    def __init__(self, width: int):
        super().__init__()
        self.read = nn.Linear(12 * 2 * WAVES, width)

    def forward(self, boxes: Boxes, other: Boxes) -> Float[Tensor, "b n d"]:
        here, there = (torch.cat(bounds(each), 2) for each in (boxes, other))
        waves = torch.cat([here, there, here - there], 2)[..., None] * torch.pi
        waves = waves * 2.0 ** torch.arange(WAVES, device=boxes.device)
        return self.read(torch.cat([waves.sin(), waves.cos()], 3).flatten(2))


class Family(nn.Module):
    """Siblings, what is around and what is inside tell each other where they are."""

    def __init__(self, width: int, heads: int):
        super().__init__()
        self.heads = heads
        self.at, self.norm = Whereabouts(width), nn.LayerNorm(width)
        self.qkv, self.out = nn.Linear(width, 3 * width), zeroed(nn.Linear(width, width))
        self.kin = nn.Embedding(len(KIN), heads)
        self.mlp = nn.Sequential(
            nn.LayerNorm(width), nn.Linear(width, 2 * width), nn.GELU(), zeroed(nn.Linear(2 * width, width))
        )

    def forward(
        self,
        x: Float[Tensor, "b n d"],
        boxes: Boxes,
        outer: Boxes,
        kin: Int[Tensor, "b n n"],
    ) -> Float[Tensor, "b n d"]:
        bias = self.kin(kin).masked_fill((kin == KIN.index("stranger"))[..., None], -1e4).permute(0, 3, 1, 2)
        x = x + self.at(boxes, outer).to(x.dtype)
        parts = self.qkv(self.norm(x)).chunk(3, 2)
        q, k, v = (part.unflatten(2, (self.heads, -1)).transpose(1, 2) for part in parts)
        told = F.scaled_dot_product_attention(q, k, v, bias.to(q.dtype)).transpose(1, 2).flatten(2)
        x = x + self.out(told)
        return x + self.mlp(x)


@dataclass
class Around:
    """Boxes that an element knows of: where it was, what it lies in, what lies in it, its neighbours before and after;
    where there is no such box, its own."""

    own: Boxes
    outer: Boxes
    inner: Boxes
    previous: Boxes
    next: Boxes

    def edges(self, side: int) -> Float[Tensor, "b n r"]:
        """Both edges of each along one side."""
        each = [bounds(box) for box in (self.own, self.outer, self.inner, self.previous, self.next)]
        return torch.stack([edge[..., side] for pair in each for edge in pair], 2)


class Lines(nn.Module):
    """How likely an edge lies at each place, as far as other edges tell: it lines up with them, or stands off a little.

    A mixture of Laplace distributions, one for every edge that is known, its weight, distance and width said by the
    element.
    """

    def __init__(self, width: int):
        super().__init__()
        self.said = nn.Linear(width, 2 * 2 * 3 * REFERENCES)
        nn.init.zeros_(self.said.weight)
        nn.init.zeros_(self.said.bias)

    def forward(self, x: Float[Tensor, "b n d"], known: Around) -> list[Float[Tensor, "b n 2 l"]]:
        """Logits along x and along y, for the lower and the higher edge."""
        said = self.said(x).float().unflatten(2, (2, 2, 3, REFERENCES))  # (b, n, side, edge, 3, r)
        found = []
        for side in (0, 1):
            weight, off, narrow = said[:, :, side].unbind(3)  # (b, n, 2, r)
            weight = weight + OWN.to(x.device)
            at = known.edges(side)[:, :, None] + off * OFF
            narrow = F.softplus(narrow + 2) * 16
            apart = (spots(at) - at[..., None]).abs()  # (b, n, 2, r, l)
            found.append((weight[..., None] - narrow[..., None] * apart).logsumexp(3))
        return found


class Look(nn.Module):
    """A look along each box's row and column of the page, and the edges that are found there.

    What is seen beside a box's height (or width) is averaged across it, which leaves a profile along the whole side of
    the frame; each edge is a distribution over places on it (as in GFL, Li et al. 2020), near edges that are known.
    """

    def __init__(self, width: int):
        super().__init__()
        self.at = Whereabouts(width)
        self.asks = nn.Linear(width, 2 * PROFILE)
        self.sums = nn.ModuleList(nn.Linear(PROFILE, SUMS) for _ in range(2))
        self.shows = nn.ModuleList(nn.Linear(PROFILE + SUMS, PROFILE) for _ in range(2))
        self.beside = nn.ModuleList(
            zeroed(nn.Conv1d(PROFILE, PROFILE, BESIDE, padding=BESIDE // 2, groups=PROFILE)) for _ in range(2)
        )
        self.places = nn.ModuleList(nn.Linear(PROFILE, 2) for _ in range(2))
        self.lines = Lines(width)

    def forward(
        self,
        x: Float[Tensor, "b n d"],
        profiles: list[Float[Tensor, "b a l c"]],
        known: Around,
    ) -> tuple[Boxes, Float[Tensor, "b n 4 l"]]:
        """Boxes moved, and the logits of where their edges lie."""
        low, high = bounds(known.own)
        x = x + self.at(known.own, known.outer).to(x.dtype)
        asked, lines = self.asks(F.silu(x)).chunk(2, 2), self.lines(F.silu(x), known)
        scores = {}
        for side in (1, 0):  # along y, averaged across x, and then along x, averaged across the rows that were found
            across = window(low[..., 1 - side], high[..., 1 - side], profiles[side].shape[1])
            seen = self.seen(side, across, profiles[side], known.outer)
            score = self.scored(side, seen, asked[side]) + lines[side]
            place = (score.softmax(3) * spots(x)).sum(3)  # no product of matrices: bf16 would round it to a pixel
            low, high = _put(low, side, place[..., 0]), _put(high, side, place[..., 1])
            scores[side] = score
        logits = torch.stack([scores[side][:, :, edge] for edge in (0, 1) for side in (0, 1)], 2)
        return centred(low, high), logits

    def seen(
        self,
        side: int,
        across: Float[Tensor, "b n a"],
        picture: Float[Tensor, "b a l c"],
        outer: Boxes,
    ) -> Float[Tensor, "b n l k"]:
        """Profiles along one side, and the shares of ink that are passed in the box around."""
        profile = (across.to(picture.dtype) @ picture.flatten(2)).unflatten(2, picture.shape[2:])  # (b, n, l, c)
        first, last = (edge[..., side, None] for edge in bounds(outer))
        here = (spots(profile) > first) & (spots(profile) < last)  # (b, n, 128)
        passed = shares(F.softplus(self.sums[side](profile).float()) * here[..., None])
        return torch.cat([profile, passed.to(profile.dtype)], 3)

    def scored(
        self, side: int, seen: Float[Tensor, "b n l c"], asked: Float[Tensor, "b n d"]
    ) -> Float[Tensor, "b n 2 l"]:
        """How well each place along a profile answers what is asked about the two edges."""
        shown = self.shows[side](seen) + asked[:, :, None]  # (b, n, l, c)
        beside = self.beside[side](shown.flatten(0, 1).transpose(1, 2)).transpose(1, 2).unflatten(0, shown.shape[:2])
        return self.places[side](F.gelu(shown + beside)).float().transpose(2, 3)


def spots(like: Tensor) -> Float[Tensor, " l"]:
    """The middles of BINS places along a side."""
    return (torch.arange(BINS, device=like.device) + 0.5) / BINS


def shares(ink: Float[Tensor, "b n l c"]) -> Float[Tensor, "b n l c"]:
    """How much of all the ink was passed at each place, 0..1: it tells lines apart that look alike."""
    return ink.cumsum(2) / ink.sum(2, keepdim=True).clamp_min(1e-4)


def bounds(boxes: Boxes) -> tuple[Float[Tensor, "b n 2"], Float[Tensor, "b n 2"]]:
    """(left, top) and (right, bottom) of boxes given by middle and size."""
    return boxes[..., :2] - boxes[..., 2:] / 2, boxes[..., :2] + boxes[..., 2:] / 2


def centred(low: Float[Tensor, "*n 2"], high: Float[Tensor, "*n 2"]) -> Float[Tensor, "*n 4"]:
    """The way back; no box is thinner than SMALLEST."""
    return torch.cat([(low + high) / 2, (high - low).clamp_min(SMALLEST)], -1)


def window(low: Float[Tensor, "b n"], high: Float[Tensor, "b n"], count: int) -> Float[Tensor, "b n l"]:
    """Weights of `count` places along a side that favour those between low and high; they sum to 1."""
    spot = (torch.arange(count, device=low.device) + 0.5) / count
    inside = torch.minimum(spot - low[..., None], high[..., None] - spot) / SOFT
    return inside.clamp(-20, 3).softmax(2)


def _put(corner: Float[Tensor, "b n 2"], side: int, place: Float[Tensor, "b n"]) -> Float[Tensor, "b n 2"]:
    """The corner with one of its numbers replaced."""
    return torch.stack([place, corner[..., 1]] if side == 0 else [corner[..., 0], place], 2)
