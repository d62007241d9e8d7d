"""How the layout network finds boxes: where to start in the box around, what is seen along the picture's rows and
columns there, and what siblings tell each other.

Boxes here are middle x, middle y, width and height, as shares of the frame.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn
from torch.nn import functional as F

from unrender.data.node_features import RELATIONS
from unrender.models.nn.unet import zeroed

WRONG = 2 / 256  # of the frame, how far an edge around is wrong in training, give or take a factor of e
BINS = 128  # places along a side of the frame at which an edge may lie
PROFILE = 24  # numbers that say what is seen at each of them
SUMS = 4  # kinds of ink that are added up along a profile
SOFT = 1 / 96  # of the frame: how gradually what lies beside a box fades
SMALLEST = 1 / 256  # of the frame: no box is thinner
WAVES = 7  # frequencies of an edge's place


@dataclass
class Start:
    """Where the search for boxes starts: at a place in the box around, or at the noisy box if that is trusted."""

    place: Float[Tensor, "b n 4"]
    """left, top as shares of the free room, width and height as shares of the box around."""
    noisy: Float[Tensor, "b n 4"]
    trust: Float[Tensor, "b n"]

    def within(self, outer: Float[Tensor, "b n 4"]) -> Float[Tensor, "b n 4"]:
        """Boxes (middle, size) to start from."""
        size = (outer[..., 2:] * self.place[..., 2:]).clamp_min(SMALLEST)
        corner = outer[..., :2] - outer[..., 2:] / 2 + (outer[..., 2:] - size) * self.place[..., :2]
        return torch.cat([corner + size / 2, size], 2).lerp(self.noisy, self.trust[..., None])

    def at(self, nodes: Int[Tensor, "b k"]) -> "Start":
        """Some of the nodes."""
        return Start(self.place.gather(1, four(nodes)), self.noisy.gather(1, four(nodes)), self.trust.gather(1, nodes))


def taught(batch: dict[str, Tensor], whole: Float[Tensor, "b n 4"]) -> Float[Tensor, "b n 4"]:
    """The true box of the element around each node (the page where there is none), its edges moved as far as those
    that are found may be wrong."""
    box, places = batch["box"], batch["around"]
    edges = torch.cat([box[..., :2], box[..., :2] + box[..., 2:]], 2).gather(1, four(places))  # (b, n, 4)
    edges = edges + WRONG * torch.randn_like(edges[..., :1]).exp() * torch.randn_like(edges)
    low, high = edges[..., :2], torch.maximum(edges[..., 2:], edges[..., :2] + SMALLEST)
    known = batch["placed"].gather(1, places)[..., None]
    return torch.where(known, torch.cat([(low + high) / 2, high - low], 2), whole)


def levels(depth: Int[Tensor, "b n"], node: Bool[Tensor, "b n"]) -> list[Int[Tensor, "b k"]]:
    """For each depth below the root the nodes there, page by page, filled up with the root (node 0)."""
    found = []
    for level in range(1, int((depth * node).max()) + 1):
        here = (depth == level) & node
        count = int(here.sum(1).max())
        which = (~here).int().argsort(dim=1, stable=True)
        found.append((which * here.gather(1, which))[:, :count])
    return found


def four(places: Int[Tensor, "b k"]) -> Int[Tensor, "b k 4"]:
    """The same place for all four numbers of a box."""
    return places[..., None].expand(-1, -1, 4)


class Family(nn.Module):
    """Siblings tell each other where they are."""

    def __init__(self, width: int, heads: int):
        super().__init__()
        self.heads = heads
        self.at, self.norm = Whereabouts(width), nn.LayerNorm(width)
        self.qkv, self.out = nn.Linear(width, 3 * width), zeroed(nn.Linear(width, width))
        self.kin = nn.Embedding(len(RELATIONS), heads)
        self.mlp = nn.Sequential(
            nn.LayerNorm(width), nn.Linear(width, 2 * width), nn.GELU(), zeroed(nn.Linear(2 * width, width))
        )

    def forward(
        self,
        x: Float[Tensor, "b n d"],
        boxes: Float[Tensor, "b n 4"],
        outer: Float[Tensor, "b n 4"],
        relation: Int[Tensor, "b n n"],
    ) -> Float[Tensor, "b n d"]:
        bias = self.kin(relation).masked_fill(~SIBLINGS.to(x.device)[relation][..., None], -1e4).permute(0, 3, 1, 2)
        x = x + self.at(boxes, outer).to(x.dtype)
        parts = self.qkv(self.norm(x)).chunk(3, 2)
        q, k, v = (part.unflatten(2, (self.heads, -1)).transpose(1, 2) for part in parts)
        told = F.scaled_dot_product_attention(q, k, v, bias.to(q.dtype)).transpose(1, 2).flatten(2)
        x = x + self.out(told)
        return x + self.mlp(x)


class Whereabouts(nn.Module):
    """Where a box lies in the frame and in the one around it: waves of its edges (Fourier features)."""

    def __init__(self, width: int):
        super().__init__()
        self.read = nn.Linear(12 * 2 * WAVES, width)

    def forward(self, boxes: Float[Tensor, "b n 4"], outer: Float[Tensor, "b n 4"]) -> Float[Tensor, "b n d"]:
        here, around = (torch.cat(bounds(each), 2) for each in (boxes, outer))
        waves = torch.cat([here, around, here - around], 2)[..., None] * torch.pi
        waves = waves * 2.0 ** torch.arange(WAVES, device=boxes.device)
        return self.read(torch.cat([waves.sin(), waves.cos()], 3).flatten(2))


SIBLINGS = torch.tensor([name in ("self", "previous", "next", "elder", "younger") for name in RELATIONS])


class Look(nn.Module):
    """A look along each box's row and column of the page, and the edges that are found there.

    What is seen beside a box's height (or width) is averaged across it, which leaves a profile along the whole side of
    the frame; each edge is a distribution over places on it (as in GFL, Li et al. 2020), held near where it was.
    """

    def __init__(self, width: int):
        super().__init__()
        self.at = Whereabouts(width)
        self.asks = nn.Linear(width, 2 * PROFILE)
        self.sums = nn.ModuleList(nn.Linear(PROFILE, SUMS) for _ in range(2))
        self.shows = nn.ModuleList(nn.Linear(PROFILE + SUMS, PROFILE) for _ in range(2))
        self.places = nn.ModuleList(nn.Linear(PROFILE, 2) for _ in range(2))
        self.hold = nn.Linear(width, 4)

    def forward(
        self,
        x: Float[Tensor, "b n d"],
        profiles: list[Float[Tensor, "b c a l"]],
        boxes: Float[Tensor, "b n 4"],
        outer: Float[Tensor, "b n 4"],
    ) -> tuple[Float[Tensor, "b n 4"], Float[Tensor, "b n 4 e"]]:
        """`boxes` moved, and the logits of where their edges lie; `outer` are the boxes around them."""
        (low, high), (first, last) = bounds(boxes), bounds(outer)
        x = x + self.at(boxes, outer).to(x.dtype)
        asked = self.asks(F.silu(x)).unflatten(2, (2, PROFILE))
        hold = F.softplus(self.hold(x).float() + 2) * 8  # steepness of the hold on each edge
        spot = (torch.arange(BINS, device=x.device) + 0.5) / BINS
        found, logits = [], []
        for side in (1, 0):  # along y, averaged across x, and then along x, averaged across the rows that were found
            along = profiles[side]  # (b, c, 64 across, 128 along)
            weight = window(low[..., 1 - side], high[..., 1 - side], along.shape[2]).to(along.dtype)
            profile = torch.einsum("bna,bcal->bnlc", weight, along)  # (b, n, 128, c)
            here = (spot > first[..., side, None]) & (spot < last[..., side, None])  # (b, n, 128): in the box around
            passed = shares(F.softplus(self.sums[side](profile).float()) * here[..., None])
            seen = torch.cat([profile, passed.to(profile.dtype)], 3)
            score = self.places[side](F.gelu(self.shows[side](seen) + asked[:, :, side, None])).float()
            edge = torch.stack([low[..., side], high[..., side]], 2)  # (b, n, 2)
            steep = hold[..., 2 * side : 2 * side + 2]
            score = score.transpose(2, 3) - (steep[..., None] * (spot - edge[..., None])).abs()  # (b, n, 2, 128)
            place = (score.softmax(3) * spot).sum(3)  # no product of matrices: bf16 would round it to a pixel
            if side == 1:
                low = torch.stack([low[..., 0], place[..., 0].detach()], 2)
                high = torch.stack([high[..., 0], place[..., 1].detach()], 2)
            found.append(place)
            logits.append(score)
        (top, bottom), (left, right) = found[0].unbind(2), found[1].unbind(2)
        low, high = torch.stack([left, top], 2), torch.stack([right, bottom], 2)
        moved = torch.cat([(low + high) / 2, (high - low).clamp_min(SMALLEST)], 2)
        return moved, torch.stack([logits[1][:, :, 0], logits[0][:, :, 0], logits[1][:, :, 1], logits[0][:, :, 1]], 2)


def shares(ink: Float[Tensor, "b n l c"]) -> Float[Tensor, "b n l c"]:
    """How much of all the ink was passed at each place, 0..1: it tells lines apart that look alike."""
    return ink.cumsum(2) / ink.sum(2, keepdim=True).clamp_min(1e-4)


def bounds(boxes: Float[Tensor, "b n 4"]) -> tuple[Float[Tensor, "b n 2"], Float[Tensor, "b n 2"]]:
    """(left, top) and (right, bottom) of boxes given by middle and size."""
    return boxes[..., :2] - boxes[..., 2:] / 2, boxes[..., :2] + boxes[..., 2:] / 2


def window(low: Float[Tensor, "b n"], high: Float[Tensor, "b n"], count: int) -> Float[Tensor, "b n l"]:
    """Weights of `count` places along a side that favour those between low and high; they sum to 1."""
    spot = (torch.arange(count, device=low.device) + 0.5) / count
    inside = torch.minimum(spot - low[..., None], high[..., None] - spot) / SOFT
    return inside.clamp(-20, 3).softmax(2)
