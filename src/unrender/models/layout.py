"""Screenshot + document -> what each node is: a joint diffusion transformer over nodes and image patches.

As in DLT (Levi et al. 2023) one network denoises names and boxes together: types are hidden (absorbing), boxes are
noised (Gaussian), and whatever is given stays as it is. Each layer attends along the document tree and to the picture;
then boxes are found by looking along the picture's rows and columns, one look after the other mending them (as in
DAB-DETR, Liu et al. 2022).
"""

import torch
from jaxtyping import Bool, Float, Int, UInt8
from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional as F

from unrender.config import Section
from unrender.data.node_features import BUCKETS, FLAGS, NUMBERS, RELATIONS, TAGS
from unrender.design.section_tree import KINDS, MERGED
from unrender.design.sections import LAYOUT_TYPES
from unrender.models.encoder import local_contrast
from unrender.models.layout_boxes import Elements, Finder, Start, put, taken, taught
from unrender.models.layout_glance import Glance
from unrender.models.layout_looks import BINS, PROFILE, centred
from unrender.models.layout_state import HIDDEN, Guess, State, as_shares
from unrender.models.nn.unet import zeroed

PATCH = 4  # px of a cell of the finest features
ALIKE = 8  # pages that go through the transformer together


class Config(Section):
    """Size of the transformer."""

    width: int = Field(default=128, ge=16, multiple_of=16, description="Numbers per node.")
    layers: int = Field(default=4, ge=1)
    heads: int = Field(default=4, ge=1)
    channels: int = Field(default=48, ge=8, multiple_of=8, description="Of the finest picture features.")


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
        self.find = Finder(width, config.heads)
        self.glance = Glance(width, len(KINDS))
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
        parts = [
            self.guess(cut(batch, some), state.of(some), [each[some] for each in profiles], patches[some])
            for some in rows
        ]
        back = torch.cat(rows).argsort()
        return Guess.joined([part.widened(nodes) for part in parts], back)

    def seen(
        self, image: UInt8[Tensor, "b 3 h w"], sighted: Bool[Tensor, " b"]
    ) -> tuple[list[Float[Tensor, "b a l c"]], Float[Tensor, "b p d"]]:
        """Features of the picture along x and along y, and its patches; zeros where it is not seen."""
        found = self.picture(image[sighted].float() / 255) if sighted.any() else None
        shapes = (BINS // 2, BINS, PROFILE), (BINS // 2, BINS, PROFILE), (16 * 16, self.config.width)
        whole = [torch.zeros(len(image), *shape, device=image.device) for shape in shapes]
        if found is not None:
            place = sighted.nonzero().squeeze(1)
            whole = [zeros.to(each.dtype).index_copy(0, place, each) for zeros, each in zip(whole, found, strict=True)]
        return whole[:2], whole[2]

    def guess(
        self,
        batch: dict[str, Tensor],
        state: State,
        profiles: list[Float[Tensor, "b a l c"]],
        patches: Float[Tensor, "b p d"],
    ) -> Guess:
        """The guess at a few pages of about as many nodes."""
        nodes, node, relation = batch["node"].shape[1], batch["node"], batch["relation"].long()
        x = self.tokens(batch, state, nodes)
        for layer in self.layers:
            x = layer(x, relation, node, patches)
        x = self.norm(x)
        hunch = self.types(x).float()
        kinds = self.believed(hunch, batch, state)
        elements = Elements.of((kinds > MERGED) & (kinds <= len(LAYOUT_TYPES)), batch["parent"])
        boxes, edges = self.placed(x, batch, state, elements, profiles)
        layer = (kinds > len(LAYOUT_TYPES))[..., None]
        shown = torch.where(layer, taken(boxes[-1], elements.within), boxes[-1]).detach()  # a layer fills what holds it
        seen = self.glance(x, shown, profiles[0]) * (kinds > MERGED)[..., None]
        return Guess(hunch + seen, self.pointers(x, relation, node), boxes, edges, hunch)

    def believed(self, hunch: Float[Tensor, "b n k"], batch: dict[str, Tensor], state: State) -> Int[Tensor, "b n"]:
        """What nodes are taken for when boxes are looked for: in training what they are, else what they are given to
        be, or are likeliest to be."""
        known = state.kinds[:, : hunch.shape[1]]
        kinds = batch["kind"] if self.training else torch.where(known == HIDDEN, hunch.argmax(2), known)
        return kinds * batch["node"]

    def placed(
        self,
        x: Float[Tensor, "b n d"],
        batch: dict[str, Tensor],
        state: State,
        elements: Elements,
        profiles: list[Float[Tensor, "b a l c"]],
    ) -> tuple[list[Float[Tensor, "b n 4"]], list[Float[Tensor, "b n 4 e"]]]:
        """Boxes before and after each look, and the logits of their edges; the page for nodes that start no element."""
        nodes, page = x.shape[1], batch["page"]
        around = centred(page[:, :2], page[:, 2:])
        teacher = None
        if self.training:
            teacher = taught(taken(batch["box"], elements.nodes), taken(batch["placed"], elements.nodes), around)
        said = self.within(x).float()  # (b, n, 5)
        noisy = state.boxes[:, :nodes]
        start = Start(x, said[..., :4].sigmoid(), as_shares(noisy), said[..., 4].sigmoid() * (noisy != 0).any(2))
        boxes, edges = self.find(start.at(elements.nodes), elements, around, profiles, teacher)
        whole, blank = around[:, None].expand(-1, nodes, -1), x.new_zeros(*x.shape[:2], 4, BINS)
        boxes = [put(whole, elements.nodes, each) for each in boxes]
        return boxes, [put(blank, elements.nodes, each) for each in edges]

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
        return (
            torch.where(told, itself, tree)
            + self.told(state.told.long())[:, None]
            + (self.kind(state.kinds[:, :nodes]) + place + page)
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


def cut(batch: dict[str, Tensor], rows: Int[Tensor, " b"]) -> dict[str, Tensor]:
    """Some pages, without the places that none of them fills."""
    nodes = max(1, int(batch["node"][rows].sum(1).max()))
    some = {name: batch[name][rows, :nodes] for name in (*PER_NODE, *TRUTH) if name in batch}
    return some | {"relation": batch["relation"][rows, :nodes, :nodes], "page": batch["page"][rows]}


PER_NODE = ("tag", "flags", "names", "numbers", "node", "parent")
TRUTH = ("kind", "box", "placed")
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
        self.down = nn.Sequential(*_conv(channels, 2 * channels, 2), *_conv(2 * channels, width, 2))
        self.back = nn.Sequential(nn.Conv2d(width, channels, 1), nn.Upsample(scale_factor=4, mode="bilinear"))
        self.fine = nn.Sequential(*_conv(channels, channels), nn.Conv2d(channels, 4 * PROFILE, 1), nn.PixelShuffle(2))
        self.where = nn.Parameter(torch.randn(16, 16, width) * 0.02)

    def forward(
        self, image: Float[Tensor, "b 3 h w"]
    ) -> tuple[Float[Tensor, "b a l c"], Float[Tensor, "b a l c"], Float[Tensor, "b p d"]]:
        """Fine features along x and along y, each halved across, and patches."""
        coarse = self.stem(F.pixel_unshuffle(torch.cat([image, local_contrast(image)], 1), PATCH))  # (b, c, 64, 64)
        small = self.down(coarse)  # (b, d, 16, 16)
        patches = small.permute(0, 2, 3, 1) + self.where
        fine = self.fine(coarse + self.back(small))  # (b, c, 128, 128)
        along_x = F.avg_pool2d(fine, (2, 1)).permute(0, 2, 3, 1)
        along_y = F.avg_pool2d(fine, (1, 2)).permute(0, 3, 2, 1)
        return along_x.contiguous(), along_y.contiguous(), patches.flatten(1, 2)


def _conv(inputs: int, outputs: int, stride: int = 1) -> tuple[nn.Module, ...]:
    convolution = nn.Conv2d(inputs, outputs, 3, stride, padding=1, bias=False)
    return convolution, nn.BatchNorm2d(outputs), nn.ReLU(inplace=True)
