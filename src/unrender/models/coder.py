"""Page image -> code, one choice after the other: dual attention, and the plain autoencoder it must beat.

Dual attention: an LSTM that looks at the page (additive attention, Bahdanau et al. 2015, told where it has looked, as
in Chorowski et al. 2015) and back at its own past states, and weighs both by a gate. Autoencoder: the page becomes one
vector, and the LSTM sees nothing else. Both choose only where the grammar leaves a choice (design.automaton).
"""

from dataclasses import dataclass
from typing import Literal

import torch
from jaxtyping import Bool, Float, Int, UInt8
from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional as F

from unrender.config import Section
from unrender.design.swatches import RGB
from unrender.models.nn.backbones import Name, backbone
from unrender.models.nn.context import ASPP, CoordinateAttention
from unrender.models.style import Style, lightness

GRID = (64, 16)
"""Places the decoder looks at: a page is read downwards, so rows are told apart finer than columns."""
RATES = (2, 4, 6)  # of the ASPP, in cells of 16 px
LOCATION = 8  # channels in which it is told where it has looked
SHARPNESS = 300.0  # of the swatch a pixel is counted for: at 1 / sqrt(300) of the range odds have fallen to 1/e
REFUSED = -1e9  # the logit of what the grammar does not allow


class Config(Section):
    """What the page is seen with, and the size of the decoder."""

    arch: Literal["dual_attention", "autoencoder"] = "dual_attention"
    backbone: Name = Field(default="resnet18", description="efficientnet_lite0 comes with its ImageNet weights.")
    width: int = Field(default=32, ge=8, description="Channels of the resnet18's first stage; 64 as published.")
    channels: int = Field(default=128, ge=16, description="Of a place the decoder looks at.")
    hidden: int = Field(default=256, ge=16, description="Of the LSTM.")
    embedding: int = Field(default=64, ge=4, description="Of a word.")
    attention: int = Field(default=32, ge=4, description="Of the attentions' energies.")
    dropout: float = Field(default=0.1, ge=0, lt=1)


@dataclass(frozen=True)
class Seen:
    """Pages as the decoder sees them: places, their keys for the visual attention, the page as one vector, and what its
    style is read from."""

    places: Float[Tensor, "b n d"]
    keys: Float[Tensor, "b n a"]
    whole: Float[Tensor, "b h"]
    texture: Float[Tensor, "b m"]
    light: Float[Tensor, "b y x"]

    def rows(self, index: "Int[Tensor, ' k'] | slice") -> "Seen":
        """Some of the pages."""
        return Seen(*(getattr(self, name)[index] for name in self.__dataclass_fields__))


@dataclass(frozen=True)
class Memory:
    """What the decoder carries on. `looked` is where it looked last, and where it has looked in all; `past` are its
    states, oldest first."""

    hidden: Float[Tensor, "b h"]
    cell: Float[Tensor, "b h"]
    looked: Float[Tensor, "b 2 n"]
    past: Float[Tensor, "b t h"]

    def rows(self, index: "Int[Tensor, ' k'] | slice") -> "Memory":
        """Of some of the pages."""
        return Memory(*(getattr(self, name)[index] for name in self.__dataclass_fields__))


class Coder(nn.Module):
    """The network; `words` is the size of the vocabulary."""

    def __init__(self, config: Config, words: int):
        super().__init__()
        self.config, self.words = config, words
        self.eye = Eye(config)
        self.whole = Whole(config, self.eye.pooled)
        self.style = Style(words, GRID)
        self.start = nn.Linear(config.hidden, config.hidden)
        self.word = nn.Embedding(words + 1, config.embedding)  # the last says that nothing has been said yet
        self.lstm = nn.LSTMCell(config.embedding + config.hidden, config.hidden)
        dual = config.arch == "dual_attention"
        self.look = Look(config) if dual else None
        self.fuse = Fuse(config) if dual else None
        self.dropout = nn.Dropout(config.dropout)
        self.out = nn.Linear(config.hidden * (2 if dual else 1), words)

    def forward(
        self,
        image: UInt8[Tensor, "b 3 h w"],
        tokens: Int[Tensor, "b t"],
        length: Int[Tensor, " b"],
        own: Bool[Tensor, "b t"] | None = None,
        options: Bool[Tensor, "b t v"] | None = None,
    ) -> tuple[Float[Tensor, "b t v"], Float[Tensor, "b t n"]]:
        """Logits of every choice, given the true ones before it, and where it looked; zeros beyond a page's length.

        Where `own` is true the network is told its own likeliest option instead of the true choice (scheduled sampling,
        Bengio et al. 2015). Longer pages come first and drop out last, so that no step is padded.
        """
        order = length.argsort(descending=True, stable=True)
        seen, length, tokens = self.see(image).rows(order), length[order], tokens[order]
        if own is not None and options is not None:
            own, options = own[order], options[order]
        memory, said = self.begin(seen), torch.full_like(length, self.words)
        some, states, looks = seen, [], []
        for step in range(int(length[0])):
            left = int((length > step).sum())
            if left < len(memory.hidden):
                some, memory, said = some.rows(slice(left)), memory.rows(slice(left)), said[:left]
            memory = self.advance(said, some, memory)
            states.append(F.pad(memory.hidden, (0, 0, 0, len(order) - left)))
            looks.append(F.pad(memory.looked[:, 0], (0, 0, 0, len(order) - left)))
            said = tokens[:left, step]
            if own is not None and options is not None:
                said = torch.where(own[:left, step], self.likeliest(some, memory, options[:left, step]), said)
        hidden, looked = torch.stack(states, 1), torch.stack(looks, 1)  # (b, t, h), (b, t, n)
        real = torch.arange(len(states), device=length.device) < length[:, None]  # (b, t)
        scores = self.speak(hidden, looked, seen, hidden) * real[:, :, None]
        back, beyond = order.argsort(), tokens.shape[1] - len(states)
        return F.pad(scores, (0, 0, 0, beyond))[back], F.pad(looked, (0, 0, 0, beyond))[back]

    def see(self, image: UInt8[Tensor, "b 3 h w"]) -> Seen:
        """Look at pages once, before any word is said."""
        pixels = image.float() / 255
        grid, pooled = self.eye(pixels)
        with full_precision(image.device):
            shares = swatch_shares(pixels)  # (b, s, rows, columns)
            whole = self.whole(pooled.float(), shares.mean((2, 3)).sqrt())
            places = torch.cat([grid.float(), shares], 1).flatten(2).transpose(1, 2).contiguous()  # (b, n, d + s)
            keys = self.look.keys(places) if self.look else places[..., :0]
            return Seen(places, keys, whole, self.style.texture(image), lightness(image))

    def begin(self, seen: Seen) -> Memory:
        """Before the first word."""
        count, places, _ = seen.places.shape
        blank = seen.whole.new_zeros
        with full_precision(seen.whole.device):
            hidden = self.start(seen.whole).tanh()
        looked = blank(count, 2, places if self.look else 0)
        return Memory(hidden, blank(count, self.config.hidden), looked, blank(count, 0, self.config.hidden))

    def step(self, said: Int[Tensor, " b"], seen: Seen, memory: Memory) -> tuple[Float[Tensor, "b v"], Memory]:
        """Logits of the next choice after `said` (`words` before the first)."""
        memory = self.advance(said, seen, memory)
        scores = self.speak(memory.hidden[:, None], memory.looked[:, :1], seen, memory.past)
        return scores[:, 0], memory

    def advance(self, said: Int[Tensor, " b"], seen: Seen, memory: Memory) -> Memory:
        """The state after `said`, and where it makes the network look."""
        with full_precision(seen.whole.device):
            told = torch.cat([self.word(said), seen.whole], 1)
            hidden, cell = self.lstm(told, (memory.hidden, memory.cell))
            looked = self.look(hidden, seen.keys, memory.looked) if self.look else memory.looked
        return Memory(hidden, cell, looked, torch.cat([memory.past, hidden[:, None]], 1))

    def speak(
        self,
        hidden: Float[Tensor, "b t h"],
        looked: Float[Tensor, "b t n"],
        seen: Seen,
        past: Float[Tensor, "b s h"],
    ) -> Float[Tensor, "b t v"]:
        """Logits of the choices made in the last t of the states `past`."""
        with full_precision(hidden.device):
            style = self.style(seen.light, seen.texture, looked, start=past.shape[1] - hidden.shape[1])
            if self.fuse is not None:
                hidden = torch.cat([hidden, self.fuse(hidden, torch.bmm(looked, seen.places), past)], 2)
            return self.out(self.dropout(hidden)) + style

    @torch.no_grad()
    def likeliest(self, seen: Seen, memory: Memory, options: Bool[Tensor, "b v"]) -> Int[Tensor, " b"]:
        """What it would choose by itself."""
        scores = self.speak(memory.hidden[:, None], memory.looked[:, :1], seen, memory.past)
        return scores[:, 0].masked_fill(~options, REFUSED).argmax(1)


def full_precision(device: torch.device) -> torch.autocast:
    """What the decoder computes in: its many small products are slower in bfloat16."""
    return torch.autocast(device.type, enabled=False)


class Eye(nn.Module):
    """Backbone + ASPP + coordinate attention -> features of GRID, and means and maxima of all features."""

    def __init__(self, config: Config):
        super().__init__()
        self.backbone = backbone(config.backbone, config.width)
        fine, middle, coarse = self.backbone.channels
        channels = config.channels
        self.aspp, self.coordinates = ASPP(coarse, channels, RATES), CoordinateAttention(channels)
        self.fine = nn.Conv2d(fine, channels, (1, 4), (1, 4))
        self.middle = nn.Conv2d(middle, channels, (1, 2), (1, 2))
        self.mix = nn.Sequential(
            nn.BatchNorm2d(channels),
            nn.ReLU(inplace=True),
            nn.Conv2d(channels, channels, 3, padding=1, bias=False),
            nn.BatchNorm2d(channels),
            nn.ReLU(inplace=True),
        )
        dual = config.arch == "dual_attention"
        self.place = nn.Parameter(torch.randn(1, channels, *GRID) * 0.02) if dual else None
        self.pooled = 2 * (channels + fine + middle + coarse)

    def forward(self, image: Float[Tensor, "b 3 h w"]) -> tuple[Float[Tensor, "b d r c"], Float[Tensor, "b p"]]:
        """RGB in 0..1."""
        fine, middle, coarse = self.backbone(image)
        around = self.coordinates(self.aspp(coarse))  # (b, d, h/16, w/16)
        grid = self.fine(fine) + F.interpolate(self.middle(middle), GRID, mode="nearest")
        grid = self.mix(grid + F.interpolate(around, GRID, mode="bilinear"))
        every = (grid, fine, middle, coarse)
        placed = grid if self.place is None else grid + self.place
        return placed, torch.cat([*(x.mean((2, 3)) for x in every), *(x.amax((2, 3)) for x in every)], 1)


class Whole(nn.Module):
    """A page as one vector. Its palette (roots of the swatches' shares, for small areas say much) has a path of its
    own: among a thousand features it is hardly heard."""

    def __init__(self, config: Config, features: int):
        super().__init__()
        self.features = nn.Sequential(
            nn.Linear(features, config.hidden), nn.ReLU(inplace=True), nn.Dropout(config.dropout)
        )
        self.palette = nn.Sequential(nn.BatchNorm1d(len(RGB)), nn.Linear(len(RGB), config.hidden))

    def forward(self, pooled: Float[Tensor, "b p"], shares: Float[Tensor, "b s"]) -> Float[Tensor, "b h"]:
        return self.features(pooled) + self.palette(shares)


@torch.no_grad()
def swatch_shares(image: Float[Tensor, "b 3 h w"]) -> Float[Tensor, "b s r c"]:
    """The share of each place of GRID that each swatch has, a pixel counting for the swatches near it. Colours need no
    learning; over the whole page they tell its palette."""
    pixels = image[:, :, ::2, ::2].permute(0, 2, 3, 1)  # (b, h/2, w/2, 3)
    swatches = torch.tensor(list(RGB.values()), device=image.device) / 255
    near = 2 * pixels @ swatches.T - swatches.square().sum(1)  # -|a - b|^2, but for what all swatches have in common
    return F.adaptive_avg_pool2d((SHARPNESS * near).softmax(3).permute(0, 3, 1, 2), GRID)


class Look(nn.Module):
    """Additive attention over the places of the page, told where it looked last and where it has looked in all."""

    def __init__(self, config: Config):
        super().__init__()
        self.keys = nn.Linear(config.channels + len(RGB), config.attention)
        self.query = nn.Linear(config.hidden, config.attention, bias=False)
        self.where = nn.Conv2d(2, LOCATION, (5, 3), padding=(2, 1), bias=False)
        self.location = nn.Linear(LOCATION, config.attention, bias=False)
        self.energy = nn.Linear(config.attention, 1, bias=False)

    def forward(
        self, hidden: Float[Tensor, "b h"], keys: Float[Tensor, "b n a"], looked: Float[Tensor, "b 2 n"]
    ) -> Float[Tensor, "b 2 n"]:
        """Where it looks, and where it has looked in all."""
        where = self.where(looked.unflatten(2, GRID)).flatten(2).transpose(1, 2)  # (b, n, LOCATION)
        asked = keys + self.query(hidden)[:, None] + self.location(where)
        share = self.energy(asked.tanh()).squeeze(2).softmax(1)  # (b, n)
        return torch.stack([share, looked[:, 1] + share], 1)


class Fuse(nn.Module):
    """Attention over past states, and the gate that weighs it against what is seen."""

    def __init__(self, config: Config):
        super().__init__()
        hidden = config.hidden
        self.asks, self.answers = (nn.Linear(hidden, config.attention, bias=False) for _ in range(2))
        sees = config.channels + len(RGB)
        self.gate = nn.Linear(2 * hidden + sees, hidden)
        self.seen, self.said = nn.Linear(sees, hidden), nn.Linear(hidden, hidden)

    def forward(
        self, hidden: Float[Tensor, "b t h"], context: Float[Tensor, "b t d"], past: Float[Tensor, "b s h"]
    ) -> Float[Tensor, "b t h"]:
        """`hidden` are the last t of the states `past`; each recalls those before it, of which the first has none."""
        steps, known = hidden.shape[1], past.shape[1]
        earlier = torch.ones(steps, known, dtype=torch.bool, device=hidden.device).tril(known - steps - 1)
        scores = torch.bmm(self.asks(hidden), self.answers(past).transpose(1, 2)) * self.asks.out_features**-0.5
        shares = scores.masked_fill(~earlier, REFUSED).softmax(2) * earlier
        recalled = torch.bmm(shares, past)
        gate = self.gate(torch.cat([hidden, context, recalled], 2)).sigmoid()
        return gate * self.seen(context).tanh() + (1 - gate) * self.said(recalled).tanh()
