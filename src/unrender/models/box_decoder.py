"""Brief -> a page as a set of boxes: a transformer that looks at all boxes and at the brief.

One diffusion over what each box is, its colour and its edges, as in DLT (Levi et al. 2023); kinds and colours are
continuous there and learned by cross-entropy, as in CDCD (Dieleman et al. 2022).
"""

from dataclasses import replace

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional as F

from unrender.data.boxes import KINDS, MOST, Box, Painted, painted
from unrender.data.cells import PALETTE
from unrender.data.latents import latent
from unrender.diffusion.schedule import Schedule
from unrender.models.decoder import Config, Decoder, Sketch
from unrender.models.nn.unet import TimeEmbedding, zeroed
from unrender.render.frame import SIZE

COLOURS, EDGES = len(PALETTE), 4
CHANNELS = len(KINDS) + COLOURS + EDGES
SURE = 0.5  # how far a kind or colour lies from 0: edges, which need least noise to be told, reach to 1
BEYOND = 1.1  # how far an edge may overshoot its page
HEAD = 32  # numbers of an attention head
RIPPLES = 8  # frequencies of a box's place among the others
TURNS = 3  # frequencies of the sheet's proportions
ALIKE = 16  # pages of nearly as many boxes that go through the network together


class BoxDecoder(Decoder):
    """What is denoised is (c, MOST, 1): of each box +-SURE for its kind and colour, and its edges in -1..1 of the page.
    Boxes come from top to bottom; those beyond the number that the sheet tells are 0 and do not count."""

    def __init__(self, config: Config):
        width = config.transformer.width
        super().__init__(config, CHANNELS, width)
        self.shape = CHANNELS, MOST, 1
        self.time, self.size = TimeEmbedding(64, width), nn.Linear(3 + 2 * TURNS, width)
        self.token = nn.Linear(config.brief_dim, width)
        self.read, self.answer = nn.Linear(2 * CHANNELS, width), nn.Linear(width, CHANNELS)
        self.rank, self.order = nn.Parameter(torch.randn(MOST, width) * 0.02), nn.Linear(2 * RIPPLES, width)
        layer = nn.TransformerEncoderLayer(
            width, width // HEAD, 4 * width, 0.0, "gelu", batch_first=True, norm_first=True
        )
        self.layers = nn.TransformerEncoder(
            layer, config.transformer.layers, nn.LayerNorm(width), enable_nested_tensor=False
        )
        for block in self.layers.layers:
            zeroed(block.linear2), zeroed(block.self_attn.out_proj)

    def forward(
        self,
        x: Float[Tensor, "b c k 1"],
        t: Int[Tensor, " b"],
        goal: Int[Tensor, " b"],
        format: Int[Tensor, " b"],
        tone: Float[Tensor, " b"],
        sheet: Float[Tensor, "b 5"],
        before: Float[Tensor, "b c k 1"] | None = None,
    ) -> Float[Tensor, "b c k 1"]:
        """Logits of kind and colour, and v of the edges (Salimans and Ho 2022). `before` is the x_0 that it expected
        last, from which it goes on (self-conditioning: Chen et al. 2023, Analog bits)."""
        tokens, told = self.brief(goal, format, tone)
        told = told + self.time(t) + self.size(proportions(sheet))  # (b, width)
        seen = torch.cat([x, torch.zeros_like(x) if before is None else before], 1)
        boxes, counts = seen.squeeze(3).transpose(1, 2), sheet[:, 4]  # (b, k, 2 c)
        said = torch.zeros(len(x), x.shape[2], CHANNELS, device=x.device)
        for rows in counts.argsort().split(ALIKE):  # alike numbers together: less to compute in vain
            some = boxes[rows, : max(1, int(counts[rows].max()))]
            said[rows, : some.shape[1]] = self._answer(some, counts[rows], tokens[rows], told[rows])
        return said.transpose(1, 2).unsqueeze(3)

    def _answer(
        self,
        boxes: Float[Tensor, "b k e"],
        counts: Float[Tensor, " b"],
        tokens: Float[Tensor, "b n d"],
        told: Float[Tensor, "b w"],
    ) -> Float[Tensor, "b k c"]:
        rank = torch.arange(boxes.shape[1], device=boxes.device)
        share = (rank + 0.5) / counts.clamp_min(1)[:, None]  # (b, k)
        angle = share[..., None] * (torch.pi / 2) * 2.0 ** torch.arange(RIPPLES, device=boxes.device)
        seen = self.read(boxes) + self.rank[: len(rank)] + self.order(torch.cat([angle.sin(), angle.cos()], 2))
        hidden = torch.cat([seen, self.token(tokens)], 1) + told[:, None]
        beyond = rank >= counts[:, None]
        ignored = torch.cat([beyond, beyond.new_zeros(tokens.shape[:2])], 1)
        said = self.answer(self.layers(hidden, src_key_padding_mask=ignored)[:, : len(rank)]).float()
        return said.masked_fill(beyond[..., None], 0)

    def expected(
        self, said: Float[Tensor, "b c k 1"], x: Float[Tensor, "b c k 1"], t: Int[Tensor, " b"]
    ) -> Float[Tensor, "b c k 1"]:
        """Edges may lie a little beyond the page."""
        return expected(said, x, t, self.schedule)

    def sketched(self, drawn: Float[Tensor, "b c k 1"], sheet: Float[Tensor, "b 5"]) -> Sketch:
        """The boxes, painted; only letters are left open."""
        pages = [self._painted(*page) for page in zip(drawn.squeeze(3).transpose(1, 2), sheet.tolist(), strict=True)]
        image, masks = (torch.from_numpy(np.stack(parts)) for parts in zip(*pages, strict=True))
        return Sketch(latent(image, masks), image, masks[:, :1] > 0)

    def _painted(self, values: Float[Tensor, "k c"], sheet: list[float]) -> Painted:
        *frame, count = sheet
        left, top, right, bottom = corners = [round(edge * SIZE) for edge in frame]
        size, start = torch.tensor([right - left, bottom - top] * 2), torch.tensor([left, top] * 2)
        kind, colour, edges = values[: int(count)].split([len(KINDS), COLOURS, EDGES], 1)
        places = (start + (edges + 1) / 2 * size).round().int()
        hue = 1 + colour[:, 1:].argmax(1)  # the artboard is no colour of a page
        rows = torch.cat([kind.argmax(1)[:, None], places, hue[:, None]], 1)
        return painted([Box(*row) for row in rows.tolist()], corners)


def proportions(sheet: Float[Tensor, "b 5"]) -> Float[Tensor, "b 9"]:
    """Of a sheet: its width, the logarithm of its height / width and waves of it, and that of the number of boxes."""
    left, top, right, bottom, count = sheet.unbind(1)
    ratio = ((bottom - top) / (right - left)).log()
    angle = ratio[:, None] * 2.0 ** torch.arange(TURNS, device=sheet.device)
    return torch.cat([torch.stack([right - left, ratio, count.clamp_min(1).log()], 1), angle.sin(), angle.cos()], 1)


def expected(
    said: Float[Tensor, "b c k 1"], x: Float[Tensor, "b c k 1"], t: Int[Tensor, " b"], schedule: Schedule
) -> Float[Tensor, "b c k 1"]:
    """Probabilities of kind and colour, brought to +-SURE, and the edges that their v amounts to."""
    kind, colour, v = said.split([len(KINDS), COLOURS, EDGES], 1)
    edges = of_edges(schedule).denoised(v, x[:, -EDGES:], t).clamp(-BEYOND, BEYOND)
    return torch.cat([(2 * kind.softmax(1) - 1) * SURE, (2 * colour.softmax(1) - 1) * SURE, edges], 1)


def of_edges(schedule: Schedule) -> Schedule:
    """The same noise; of edges the network says v."""
    return replace(schedule, prediction="v")


def as_boxes(
    kind: Int[Tensor, "b k"], colour: Int[Tensor, "b k"], box: Float[Tensor, "b k 4"]
) -> Float[Tensor, "b c k 1"]:
    """Boxes as what is denoised; edges in 0..1 of the page."""
    codes = [(2.0 * F.one_hot(names, count) - 1) * SURE for names, count in ((kind, len(KINDS)), (colour, COLOURS))]
    return torch.cat([*codes, 2 * box - 1], 2).transpose(1, 2).unsqueeze(3)
