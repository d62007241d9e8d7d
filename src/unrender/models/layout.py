"""Screenshot + document -> what each node is: a joint diffusion transformer over nodes and image patches.

As in DLT (Levi et al. 2023) one network denoises names and boxes together: types are hidden (absorbing), boxes are
noised (Gaussian), and whatever is given stays as it is. Each layer attends along the document tree and to the picture;
after the second, boxes are mended by looking at the picture around them, as in DAB-DETR (Liu et al. 2022).
"""

from dataclasses import dataclass, fields

import torch
from jaxtyping import Bool, Float, Int, UInt8
from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional as F

from unrender.config import Section
from unrender.data.node_features import BUCKETS, FLAGS, NUMBERS, RELATIONS, TAGS
from unrender.design.section_tree import KINDS, MERGED
from unrender.models.encoder import local_contrast
from unrender.models.nn.unet import zeroed

HIDDEN = len(KINDS)
"""The type of a node whose type is not known."""
PATCH = 4  # px of a cell of the finest features
LOOKS = 2  # at the picture, for every node
WRONG, FAR, SELDOM = 1.5 / 256, 4, 0.15  # of the frame, how far a box around may be wrong; that many times, that often
ALIKE = 8  # pages that go through the transformer together
BINS = 128  # places along a side of the frame at which an edge may lie
PROFILE = 24  # numbers that say what is seen at each of them
SOFT = 1 / 96  # of the frame: how gradually what lies beside a box fades
SMALLEST = 1 / 256  # of the frame: no box is thinner
WAVES = 7  # frequencies of an edge's place


class Config(Section):
    """Size of the transformer."""

    width: int = Field(default=128, ge=16, multiple_of=16, description="Numbers per node.")
    layers: int = Field(default=4, ge=1)
    heads: int = Field(default=4, ge=1)
    channels: int = Field(default=48, ge=8, multiple_of=8, description="Of the finest picture features.")


@dataclass
class Guess:
    """What the network says: logits of types (b, n, k) and owners (b, n, n; node j for node i), and boxes (b, n, 4) as
    shares of the frame (middle x, y, width, height): before, and after every look at the picture."""

    kinds: Float[Tensor, "b n k"]
    owners: Float[Tensor, "b n n"]
    boxes: list[Float[Tensor, "b n 4"]]
    edges: list[Float[Tensor, "b n 4 e"]]
    """For every look the logits of BINS places for left, top, right and bottom."""

    def widened(self, nodes: int) -> "Guess":
        """The same with room for `nodes` nodes."""
        more = nodes - self.kinds.shape[1]
        owners = F.pad(self.owners, (0, more, 0, more), value=-1e4)
        kinds, *others = (F.pad(each, (0, 0, 0, more)) for each in (self.kinds, *self.boxes))
        return Guess(kinds, owners, others, [F.pad(each, (0, 0, 0, 0, 0, more)) for each in self.edges])

    @classmethod
    def joined(cls, parts: list["Guess"], order: Int[Tensor, " b"]) -> "Guess":
        """Guesses of as many nodes one below the other, their pages in another order."""
        each = [(part.kinds, part.owners, *part.boxes, *part.edges) for part in parts]
        kinds, owners, *rest = (torch.cat(values)[order] for values in zip(*each, strict=True))
        looks = len(parts[0].boxes)
        return cls(kinds, owners, rest[:looks], rest[looks:])


@dataclass
class State:
    """What is known of the nodes at a time of the diffusion."""

    kinds: Int[Tensor, "b n"]
    """Places in KINDS, or HIDDEN."""
    boxes: Float[Tensor, "b n 4"]
    """Middle x, y, width and height, brought to -1..1, with noise; 0 where nothing is known."""
    given: Bool[Tensor, "b n 3"]
    """Whether type, position and size are given: then they are exact."""
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


class Layout(nn.Module):
    """The network. `batch` is what LayoutDataset gives, stacked; places beyond a page's nodes neither act nor count."""

    def __init__(self, config: Config):
        super().__init__()
        self.config = config
        width = config.width
        self.picture = Picture(config.channels, width)
        self.tag, self.kind = nn.Embedding(len(TAGS), width), nn.Embedding(len(KINDS) + 1, width)
        self.numbers = nn.Linear(NUMBERS + len(FLAGS), width)
        self.names = nn.Linear(BUCKETS, width, bias=False)
        self.told = nn.Embedding(2, width)
        self.tree = nn.Linear(NUMBERS, width)
        self.place = nn.Linear(8 + 4, width)
        self.about = nn.Sequential(nn.Linear(5, width), nn.SiLU(), nn.Linear(width, width))
        self.layers = nn.ModuleList(Layer(width, config.heads) for _ in range(config.layers))
        self.within = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, width), nn.SiLU(), nn.Linear(width, 5))
        self.looks = nn.ModuleList(Look(width) for _ in range(LOOKS))
        self.norm, self.types = nn.LayerNorm(width), nn.Linear(width, len(KINDS))
        self.asks, self.answers = nn.Linear(width, width), nn.Linear(width, width)
        self.kin = nn.Embedding(len(RELATIONS), 1)
        nn.init.zeros_(self.kin.weight)

    def forward(self, batch: dict[str, Tensor], state: State) -> Guess:
        """One guess at what all nodes are, from the picture, the document and the state."""
        counts = batch["node"].sum(1)
        nodes = int(counts.max())  # the longest page of the batch
        profiles, patches = self.seen(batch["image"], state.sighted)
        rows = counts.argsort().split(ALIKE)  # pages of about as many nodes together: less to compute in vain
        parts = [self.guess(cut(batch, some), state.of(some), [each[some] for each in profiles], patches[some]) for some in rows]
        back = torch.cat(rows).argsort()
        return Guess.joined([part.widened(nodes) for part in parts], back)

    def seen(
        self, image: UInt8[Tensor, "b 3 h w"], sighted: Bool[Tensor, " b"]
    ) -> tuple[list[Float[Tensor, "b c a l"]], Float[Tensor, "b p d"]]:
        """Features of the picture along x and along y, and its patches; zeros where it is not seen."""
        found = self.picture(image[sighted].float() / 255) if sighted.any() else None
        shapes = (PROFILE, BINS // 2, BINS), (PROFILE, BINS // 2, BINS), (16 * 16, self.config.width)
        whole = [torch.zeros(len(image), *shape, device=image.device) for shape in shapes]
        if found is not None:
            place = sighted.nonzero().squeeze(1)
            whole = [zeros.to(each.dtype).index_copy(0, place, each) for zeros, each in zip(whole, found, strict=True)]
        return whole[:2], whole[2]

    def guess(
        self,
        batch: dict[str, Tensor],
        state: State,
        profiles: list[Float[Tensor, "b c a l"]],
        patches: Float[Tensor, "b p d"],
    ) -> Guess:
        """The guess at a few pages of about as many nodes."""
        nodes, node, relation = batch["node"].shape[1], batch["node"], batch["relation"].long()
        x = self.tokens(batch, state, nodes)
        for layer in self.layers:
            x = layer(x, relation, node, patches)
        x = self.norm(x)
        types = self.types(x).float()
        boxes, edges = self.placed(x, batch, state, types, profiles)
        return Guess(types, self.pointers(x, relation, node), boxes, edges)

    def placed(
        self,
        x: Float[Tensor, "b n d"],
        batch: dict[str, Tensor],
        state: State,
        types: Float[Tensor, "b n k"],
        profiles: list[Float[Tensor, "b c a l"]],
    ) -> tuple[list[Float[Tensor, "b n 4"]], list[Float[Tensor, "b n 4 e"]]]:
        """Boxes before and after each look, and the logits of their edges.

        In training a node lies in the true box of the element around it, moved a little (teacher forcing); else boxes
        are found from the root down. Merged nodes take over the box around them.
        """
        nodes = x.shape[1]
        said = self.within(x).float()  # (b, n, 5)
        trust = said[..., 4].sigmoid() * (state.boxes[:, :nodes] != 0).any(2)
        start = Start(said[..., :4].sigmoid(), (state.boxes[:, :nodes] + 1) / 2, trust)
        page = batch["page"]
        around = torch.cat([(page[:, :2] + page[:, 2:]) / 2, page[:, 2:] - page[:, :2]], 1)  # (b, 4)
        whole = around[:, None].expand(-1, nodes, -1)
        if self.training:
            return self.looked(x, start, taught(batch, whole), profiles)
        return self.descended(x, start, batch, types.argmax(2) == MERGED, whole, profiles)

    def looked(
        self, x: Float[Tensor, "b n d"], start: "Start", outer: Float[Tensor, "b n 4"], profiles: list[Tensor]
    ) -> tuple[list[Float[Tensor, "b n 4"]], list[Float[Tensor, "b n 4 e"]]]:
        """Boxes of nodes of which the box around is known, before and after each look."""
        boxes, edges = [start.within(outer)], []
        for look in self.looks:
            moved, logits = look(x, profiles, boxes[-1].detach(), outer)
            boxes.append(moved)
            edges.append(logits)
        return boxes, edges

    def descended(
        self,
        x: Float[Tensor, "b n d"],
        start: "Start",
        batch: dict[str, Tensor],
        merged: Bool[Tensor, "b n"],
        whole: Float[Tensor, "b n 4"],
        profiles: list[Tensor],
    ) -> tuple[list[Float[Tensor, "b n 4"]], list[Float[Tensor, "b n 4 e"]]]:
        """The same from the root down, each level in the boxes that were found for the one above."""
        found = [whole.clone() for _ in range(LOOKS + 1)]
        edges = [x.new_zeros(*x.shape[:2], 4, BINS, dtype=torch.float32) for _ in range(LOOKS)]
        best = whole.clone()
        for level in levels(batch["depth"], batch["node"]):
            outer = best.gather(1, four(batch["parent"].gather(1, level)))
            some = x.gather(1, level[..., None].expand(-1, -1, x.shape[2]))
            boxes, logits = self.looked(some, start.at(level), outer, profiles)
            found = [each.scatter(1, four(level), now) for each, now in zip(found, boxes, strict=True)]
            where = level[..., None, None].expand(-1, -1, 4, BINS)
            edges = [each.scatter(1, where, now) for each, now in zip(edges, logits, strict=True)]
            kept = torch.where(merged.gather(1, level)[..., None], outer, boxes[-1])
            best = best.scatter(1, four(level), kept)
        return found, edges

    def tokens(self, batch: dict[str, Tensor], state: State, nodes: int) -> Float[Tensor, "b n d"]:
        """What each node starts from: itself, its place in the tree, and what is known of its type and box."""
        told, named = state.told[:, None, None], state.named[:, None, None]
        itself = self.tag(batch["tag"]) + self.numbers(torch.cat([batch["numbers"], batch["flags"]], 2))
        itself = itself + self.names(batch["names"]) * named
        tree = self.tree(batch["numbers"] * TREE_ONLY.to(batch["numbers"].device))
        given = state.given[:, :nodes]
        boxes = state.boxes[:, :nodes]
        place = self.place(torch.cat([boxes, boxes.square(), given.to(boxes.dtype), given[..., :1] * 1.0], 2))
        page = self.about(torch.cat([batch["page"], state.t[:, None]], 1))[:, None]  # (b, 1, d)
        return torch.where(told, itself, tree) + self.told(state.told.long())[:, None] + (
            self.kind(state.kinds[:, :nodes]) + place + page
        )

    def pointers(
        self, x: Float[Tensor, "b n d"], relation: Int[Tensor, "b n n"], node: Bool[Tensor, "b n"]
    ) -> Float[Tensor, "b n n"]:
        """Logits of node j being the first of the element that node i is merged into; it comes before i."""
        scores = self.asks(x) @ self.answers(x).transpose(1, 2) / x.shape[-1] ** 0.5
        scores = scores.float() + self.kin(relation).squeeze(3)
        before = torch.ones(scores.shape[1:], dtype=torch.bool, device=x.device).tril(-1)
        before[0, 0] = True  # the root points to itself
        return scores.masked_fill(~(before & node[:, None]), -1e4)


@dataclass
class Start:
    """Where the search for boxes starts: at a place in the box around, or at the noisy box, as far as that is trusted."""

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
    true = torch.cat([box[..., :2] + box[..., 2:] / 2, box[..., 2:]], 2).gather(1, four(places))
    known = batch["placed"].gather(1, places)[..., None]
    scale = WRONG * (1 + FAR * (torch.rand_like(true[..., :1]) < SELDOM))
    return torch.where(known, true + scale * torch.randn_like(true), whole)


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


def cut(batch: dict[str, Tensor], rows: Int[Tensor, " b"]) -> dict[str, Tensor]:
    """Some pages, without the places that none of them fills."""
    nodes = max(1, int(batch["node"][rows].sum(1).max()))
    some = {name: batch[name][rows, :nodes] for name in (*PER_NODE, *TRUTH) if name in batch}
    return some | {"relation": batch["relation"][rows, :nodes, :nodes], "page": batch["page"][rows]}


PER_NODE = ("tag", "flags", "names", "numbers", "node", "parent", "depth")
TRUTH = ("kind", "box", "placed", "around")
TREE_ONLY = torch.ones(NUMBERS)
"""Of a node's numbers those that tell where in the tree it stands, and not what it holds."""
TREE_ONLY[[0, 1, 2, 3, 7]] = 0


class Layer(nn.Module):
    """Attention among nodes, with a bias for what they are to each other; attention to the picture; a small network."""

    def __init__(self, width: int, heads: int):
        super().__init__()
        self.heads = heads
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(3))
        self.qkv, self.out = nn.Linear(width, 3 * width), zeroed(nn.Linear(width, width))
        self.kin = nn.Embedding(len(RELATIONS), heads)
        nn.init.zeros_(self.kin.weight)
        self.ask, self.show, self.gain = nn.Linear(width, width), nn.Linear(width, 2 * width), nn.Linear(width, width)
        zeroed(self.gain)
        self.mlp = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), zeroed(nn.Linear(4 * width, width)))

    def forward(
        self,
        x: Float[Tensor, "b n d"],
        relation: Int[Tensor, "b n n"],
        node: Bool[Tensor, "b n"],
        patches: Float[Tensor, "b p d"],
    ) -> Float[Tensor, "b n d"]:
        bias = self.kin(relation).permute(0, 3, 1, 2)  # (b, heads, n, n)
        bias = bias.masked_fill(~node[:, None, None], -1e4)
        q, k, v = (self.split(part) for part in self.qkv(self.norms[0](x)).chunk(3, 2))
        x = x + self.out(self.join(F.scaled_dot_product_attention(q, k, v, bias.to(q.dtype))))
        k, v = (self.split(part) for part in self.show(patches).chunk(2, 2))
        q = self.split(self.ask(self.norms[1](x)))
        x = x + self.gain(self.join(F.scaled_dot_product_attention(q, k, v)))
        return x + self.mlp(self.norms[2](x))

    def split(self, x: Float[Tensor, "b n d"]) -> Float[Tensor, "b h n e"]:
        return x.unflatten(2, (self.heads, -1)).transpose(1, 2)

    def join(self, x: Float[Tensor, "b h n e"]) -> Float[Tensor, "b n d"]:
        return x.transpose(1, 2).flatten(2)


class Picture(nn.Module):
    """The page at half and at a sixteenth of its resolution. Cells of PATCH x PATCH px keep all their pixels."""

    def __init__(self, channels: int, width: int):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(6 * PATCH**2, channels, 1), nn.GELU(), *_conv(channels, channels))
        self.fine = nn.Sequential(nn.Conv2d(channels, 4 * PROFILE, 1), nn.PixelShuffle(2))
        self.down = nn.Sequential(*_conv(channels, 2 * channels, 2), *_conv(2 * channels, width, 2))
        self.where = nn.Parameter(torch.randn(16, 16, width) * 0.02)

    def forward(
        self, image: Float[Tensor, "b 3 h w"]
    ) -> tuple[Float[Tensor, "b c a l"], Float[Tensor, "b c a l"], Float[Tensor, "b p d"]]:
        """Fine features along x and along y, each halved across, and patches."""
        coarse = self.stem(F.pixel_unshuffle(torch.cat([image, local_contrast(image)], 1), PATCH))  # (b, c, 64, 64)
        patches = self.down(coarse).permute(0, 2, 3, 1) + self.where  # (b, 16, 16, d)
        fine = self.fine(coarse)  # (b, c, 128, 128)
        along_y = F.avg_pool2d(fine, (1, 2)).transpose(2, 3)
        return F.avg_pool2d(fine, (2, 1)), along_y.contiguous(), patches.flatten(1, 2)


def _conv(inputs: int, outputs: int, stride: int = 1) -> tuple[nn.Module, ...]:
    convolution = nn.Conv2d(inputs, outputs, 3, stride, padding=1, bias=False)
    return convolution, nn.BatchNorm2d(outputs), nn.ReLU(inplace=True)


class Look(nn.Module):
    """A look along each box's row and column of the page, and the edges that are found there.

    What is seen beside a box's height (or width) is averaged across it, which leaves a profile along the whole side of
    the frame; each edge is a distribution over places on it (as in GFL, Li et al. 2020), held near where it was.
    """

    def __init__(self, width: int):
        super().__init__()
        self.at = nn.Linear(12 * 2 * WAVES, width)
        self.asks = nn.Linear(width, 2 * PROFILE)
        self.shows = nn.ModuleList(nn.Linear(PROFILE, PROFILE) for _ in range(2))
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
        (low, high), around = bounds(boxes), torch.cat(bounds(outer), 2)
        here = torch.cat([low, high], 2)
        waves = torch.cat([here, around, here - around], 2)[..., None] * torch.pi
        waves = waves * 2.0 ** torch.arange(WAVES, device=x.device)
        x = x + self.at(torch.cat([waves.sin(), waves.cos()], 3).flatten(2).to(x.dtype))
        asked = self.asks(F.silu(x)).unflatten(2, (2, PROFILE))
        hold = F.softplus(self.hold(x).float() + 2) * 8  # steepness of the hold on each edge
        spot = (torch.arange(BINS, device=x.device) + 0.5) / BINS
        found, logits = [], []
        for side in (1, 0):  # along y, averaged across x, and then along x, averaged across the rows that were found
            along = profiles[side]  # (b, c, 64 across, 128 along)
            weight = window(low[..., 1 - side], high[..., 1 - side], along.shape[2]).to(along.dtype)
            profile = torch.einsum("bna,bcal->bnlc", weight, along)  # (b, n, 128, c)
            score = self.places[side](F.gelu(self.shows[side](profile) + asked[:, :, side, None])).float()
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


def bounds(boxes: Float[Tensor, "b n 4"]) -> tuple[Float[Tensor, "b n 2"], Float[Tensor, "b n 2"]]:
    """(left, top) and (right, bottom) of boxes given by middle and size."""
    return boxes[..., :2] - boxes[..., 2:] / 2, boxes[..., :2] + boxes[..., 2:] / 2


def window(
    low: Float[Tensor, "b n"], high: Float[Tensor, "b n"], count: int
) -> Float[Tensor, "b n l"]:
    """Weights of `count` places along a side that favour those between low and high; they sum to 1."""
    spot = (torch.arange(count, device=low.device) + 0.5) / count
    inside = torch.minimum(spot - low[..., None], high[..., None] - spot) / SOFT
    return inside.clamp(-20, 3).softmax(2)
