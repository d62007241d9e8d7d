"""Screenshot + document -> what each node is: a joint diffusion transformer over nodes and image patches.

As in DLT (Levi et al. 2023) one network denoises names and boxes together: types are hidden (absorbing), boxes are
noised (Gaussian), and whatever is given stays as it is. Each layer attends along the document tree and to the picture;
after the second, boxes are mended by looking at the picture around them, as in DAB-DETR (Liu et al. 2022).
"""

from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float, Int, UInt8
from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional as F

from unrender.config import Section
from unrender.data.node_features import BUCKETS, FLAGS, NUMBERS, RELATIONS, TAGS
from unrender.design.section_tree import KINDS
from unrender.models.encoder import local_contrast
from unrender.models.nn.unet import zeroed

HIDDEN = len(KINDS)
"""The type of a node whose type is not known."""
PATCH = 4  # px of a cell of the finest features
BINS = 128  # places along a side of the frame at which an edge may lie
PROFILE = 24  # numbers that say what is seen at each of them
SOFT = 1 / 96  # of the frame: how gradually what lies beside a box fades
SMALLEST = 1 / 256  # of the frame: no box is thinner
WAVES = 7  # frequencies of an edge's place


class Config(Section):
    """Size of the transformer."""

    width: int = Field(default=128, ge=16, multiple_of=16, description="Numbers per node.")
    layers: int = Field(default=4, ge=2, description="Each but the first mends the boxes.")
    heads: int = Field(default=4, ge=1)
    channels: int = Field(default=48, ge=8, multiple_of=8, description="Of the finest picture features.")


@dataclass
class Guess:
    """What the network says: logits of types (b, n, k) and owners (b, n, n; node j for node i), and boxes (b, n, 4) as
    shares of the frame (middle x, y, width, height), one for every look at the picture, the last being the best."""

    kinds: Float[Tensor, "b n k"]
    owners: Float[Tensor, "b n n"]
    boxes: list[Float[Tensor, "b n 4"]]
    edges: list[Float[Tensor, "b n 4 e"]]
    """For every look but the first the logits of BINS places for left, top, right and bottom."""


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
        self.first = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, width), nn.SiLU(), nn.Linear(width, 4))
        self.looks = nn.ModuleList(Look(width) for _ in range(config.layers - 1))
        self.norm, self.types = nn.LayerNorm(width), nn.Linear(width, len(KINDS))
        self.asks, self.answers = nn.Linear(width, width), nn.Linear(width, width)
        self.kin = nn.Embedding(len(RELATIONS), 1)
        nn.init.zeros_(self.kin.weight)

    def forward(self, batch: dict[str, Tensor], state: State) -> Guess:
        """One guess at what all nodes are, from the picture, the document and the state."""
        nodes = int(batch["node"].sum(1).max())  # the longest page of the batch
        batch = {name: values[:, :nodes] if name in PER_NODE else values for name, values in batch.items()}
        relation = batch["relation"][:, :nodes, :nodes].long()
        profiles, patches = self.seen(batch["image"], state.sighted)
        x = self.tokens(batch, state, nodes)
        boxes: list[Tensor] = []
        edges: list[Tensor] = []
        for index, layer in enumerate(self.layers):
            x = layer(x, relation, batch["node"], patches)
            if index == 0:
                boxes.append(self.first(x).float().sigmoid())
                continue
            looked, moved, places = self.looks[index - 1](x, profiles, boxes[-1].detach())
            x = x + looked
            boxes.append(moved)
            edges.append(places)
        x = self.norm(x)
        return Guess(self.types(x).float(), self.pointers(x, relation, batch["node"]), boxes, edges)

    def seen(
        self, image: UInt8[Tensor, "b 3 h w"], sighted: Bool[Tensor, " b"]
    ) -> tuple[Float[Tensor, "b c h2 w2"], Float[Tensor, "b p d"]]:
        """Features of the picture along both sides, and its patches; zeros where it is not seen."""
        fine, patches = self.picture(image.float() / 255)
        return fine * sighted[:, None, None, None], patches * sighted[:, None, None]

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


PER_NODE = ("tag", "flags", "names", "numbers", "node")
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
        self.stem = nn.Sequential(*_conv(6 * PATCH**2, channels), *_conv(channels, channels))
        self.fine = nn.Sequential(nn.Conv2d(channels, 4 * PROFILE, 1), nn.PixelShuffle(2))
        self.down = nn.Sequential(*_conv(channels, 2 * channels, 2), *_conv(2 * channels, width, 2))
        self.where = nn.Parameter(torch.randn(16, 16, width) * 0.02)

    def forward(
        self, image: Float[Tensor, "b 3 h w"]
    ) -> tuple[Float[Tensor, "b c h2 w2"], Float[Tensor, "b p d"]]:
        coarse = self.stem(F.pixel_unshuffle(torch.cat([image, local_contrast(image)], 1), PATCH))  # (b, c, 64, 64)
        patches = self.down(coarse).permute(0, 2, 3, 1) + self.where  # (b, 16, 16, d)
        return self.fine(coarse), patches.flatten(1, 2)


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
        self.at = nn.Linear(8 * WAVES, width)
        self.asks = nn.Linear(width, 2 * PROFILE)
        self.shows = nn.ModuleList(nn.Linear(PROFILE, PROFILE) for _ in range(2))
        self.places = nn.ModuleList(nn.Linear(PROFILE, 2) for _ in range(2))
        self.hold = nn.Linear(width, 4)
        self.tell = nn.Sequential(nn.Linear(4 * PROFILE, width), nn.SiLU(), nn.Linear(width, width))

    def forward(
        self, x: Float[Tensor, "b n d"], fine: Float[Tensor, "b c h w"], boxes: Float[Tensor, "b n 4"]
    ) -> tuple[Float[Tensor, "b n d"], Float[Tensor, "b n 4"], Float[Tensor, "b n 4 e"]]:
        low, high = boxes[..., :2] - boxes[..., 2:] / 2, boxes[..., :2] + boxes[..., 2:] / 2  # (b, n, 2)
        waves = torch.cat([low, high], 2)[..., None] * torch.pi * 2.0 ** torch.arange(WAVES, device=x.device)
        here = self.at(torch.cat([waves.sin(), waves.cos()], 3).flatten(2).to(x.dtype))
        asked = self.asks(x + here).unflatten(2, (2, PROFILE))
        hold = F.softplus(self.hold(x).float() + 2) * 8  # steepness of the hold on each edge
        spot = (torch.arange(BINS, device=x.device) + 0.5) / BINS
        found, told, logits = [], [], []
        for side in range(2):  # along x: averaged across y; along y: averaged across x
            across = F.avg_pool2d(fine, (2, 1) if side == 0 else (1, 2))
            along = across if side == 0 else across.transpose(2, 3)  # (b, c, 64 across, 128 along)
            weight = window(low[..., 1 - side], high[..., 1 - side], along.shape[2]).to(along.dtype)
            profile = torch.einsum("bna,bcal->bnlc", weight, along)  # (b, n, 128, c)
            hidden = F.gelu(self.shows[side](profile) + asked[:, :, side, None])
            score = self.places[side](hidden).float().transpose(2, 3)  # (b, n, 2, 128)
            edge = torch.stack([low[..., side], high[..., side]], 2)  # (b, n, 2)
            steep = hold[..., 2 * side : 2 * side + 2]
            score = score - (steep[..., None] * (spot - edge[..., None])).abs()
            share = score.softmax(3)
            found.append(share @ spot)
            told.append((share.to(hidden.dtype) @ hidden).flatten(2))
            logits.append(score)
        low, high = (torch.stack([found[0][..., i], found[1][..., i]], 2) for i in range(2))
        moved = torch.cat([(low + high) / 2, (high - low).clamp_min(SMALLEST)], 2)
        places = torch.stack([logits[0][:, :, 0], logits[1][:, :, 0], logits[0][:, :, 1], logits[1][:, :, 1]], 2)
        return here + self.tell(torch.cat(told, 2)), moved, places


def window(
    low: Float[Tensor, "b n"], high: Float[Tensor, "b n"], count: int
) -> Float[Tensor, "b n l"]:
    """Weights of `count` places along a side that favour those between low and high; they sum to 1."""
    spot = (torch.arange(count, device=low.device) + 0.5) / count
    inside = torch.minimum(spot - low[..., None], high[..., None] - spot) / SOFT
    return inside.clamp(-20, 3).softmax(2)
