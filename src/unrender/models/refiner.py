"""Latent -> page: an absorbing diffusion over cells of two colours (Austin et al. 2021; MaskGIT: Chang et al. 2022).

All cells are hidden at first; in each step some are named, given the latent and those that are known. What is drawn is
crisp however little the network has learned, for it chooses among swatches and patterns and never averages them.
"""

from typing import NamedTuple

import pydantic
import torch
from jaxtyping import Bool, Float, Int
from pydantic import Field
from torch import Generator, Tensor, nn
from torch.nn import functional as F

from unrender.config import Section
from unrender.data.cells import AREA, PALETTE, pages_of, painted
from unrender.data.latents import CHANNELS
from unrender.models.nn.moments import Standardised
from unrender.models.nn.unet import UNet, UNetConfig

COLOURS = len(PALETTE)
REACH = 2  # cells around one that its pattern is read from
AROUND = (2 * REACH + 1) ** 2
HIDDEN = 128
NEAR = 0.005  # squared distance of two colours, in 0..1, that counts as near
OFF = 0.02  # squared distance of a mean from the line between two colours that counts as off it

Cells = Int[Tensor, "b h w 3"]


class Config(Section):
    """The network, its patterns, and how it draws."""

    unet: UNetConfig = UNetConfig(base=64, factors=(1, 2), attention=())
    patterns: int = Field(default=2048, ge=2, le=2**15 - 1, description="Ways in which two colours share a cell.")
    embedding: int = Field(default=16, ge=1, description="Numbers that stand for a known colour.")
    steps: int = Field(default=8, ge=1, description="Steps from a page of hidden cells to one of known ones.")
    temperature: float = Field(default=0.5, ge=0, description="Of the patterns; 0 takes the likeliest.")

    @pydantic.model_validator(mode="after")
    def _consistent(self) -> "Config":
        if self.unet.patch != 1:
            raise ValueError(f"unet.patch is {self.unet.patch}; a latent is read cell by cell, with patch 1")
        return self


class View(NamedTuple):
    """What is known of every cell before anything is said of it."""

    features: Float[Tensor, "*cells c"]
    around: Float[Tensor, "*cells 25 3"]  # mean colours of the 5 x 5 cells around it, 0..1
    near: Float[Tensor, "*cells 28"]  # colours that a mean next to it is near to

    def at(self, mask: Bool[Tensor, "*cells"] | Int[Tensor, " m"]) -> "View":
        """Of some cells only."""
        return View(*(values[mask] for values in self))


class Answer(NamedTuple):
    """Logits for n cells; those of the pattern only for the m whose ground and ink differ."""

    ground: Float[Tensor, "n 28"]
    ink: Float[Tensor, "n 28"]
    pattern: Float[Tensor, "m k"]


class Refiner(Standardised):
    """The U-Net over cells, and three heads of which each is told what those before it said."""

    patterns: Tensor
    colours: Tensor

    def __init__(self, config: Config):
        super().__init__(CHANNELS, 1, 1)
        self.config = config
        width, size = config.unet.base, config.embedding
        self.ground_shown, self.ink_shown = nn.Embedding(COLOURS + 1, size), nn.Embedding(COLOURS + 1, size)
        self.pattern_shown = nn.Linear(AREA, 2 * size)
        self.unet = UNet(config.unet, CHANNELS, beside=4 * size + 1 + COLOURS + 4)
        self.ground = nn.Linear(width, COLOURS)
        self.ink = InkHead(width + size)
        self.pattern = PatternHead(width + 2 * size, config.patterns)
        self.register_buffer("patterns", torch.zeros(config.patterns, AREA))
        self.register_buffer("colours", PALETTE / 255)

    def forward(self, latent: Float[Tensor, "b 8 h w"], cells: Cells, known: Bool[Tensor, "b h w"]) -> Answer:
        """The standardised latent and the cells, of which only the known ones are looked at -> the others. Each head
        is told the truth about what comes before it (teacher forcing)."""
        hidden = ~known
        view, truth = self.see(latent, cells, known).at(hidden), cells[hidden]
        ground, ink, _ = truth.unbind(1)
        mixed = ground != ink
        return Answer(
            self.ground(view.features).float(),
            self.say_ink(view, ground),
            self.say_pattern(view.at(mixed), ground[mixed], ink[mixed]),
        )

    def see(self, latent: Float[Tensor, "b 8 h w"], cells: Cells, known: Bool[Tensor, "b h w"]) -> View:
        """The features of every cell."""
        means = (latent * self.std + self.mean)[:, :3]  # (b, 3, h, w), 0..1
        apart = (means[:, None] - self.colours[:, :, None, None]).square().sum(2)  # (b, 28, h, w)
        near = (-apart / NEAR).softmax(1)
        ground, ink = (torch.where(known, cells[..., part], COLOURS) for part in (0, 1))
        shown = torch.cat([self.ground_shown(ground), self.ink_shown(ink), self._shown(cells, known)], -1)
        beside = [shown.movedim(-1, 1), known[:, None].float(), near, edges(means)]
        share = known.float().mean((1, 2))
        features = self.unet(latent, ((1 - share) * 999).long(), beside=torch.cat(beside, 1))
        padded = F.pad(means, (REACH,) * 4, mode="replicate")
        around = F.unfold(padded, 2 * REACH + 1).unflatten(1, (3, AROUND)).unflatten(3, means.shape[2:])
        return View(features.movedim(1, -1), around.permute(0, 3, 4, 2, 1), F.max_pool2d(near, 3, 1, 1).movedim(1, -1))

    def _shown(self, cells: Cells, known: Bool[Tensor, "b h w"]) -> Float[Tensor, "b h w e"]:
        mixed = known & (cells[..., 0] != cells[..., 1])
        return self.pattern_shown(self.patterns[cells[..., 2]] * mixed[..., None])

    def say_ink(self, view: View, ground: Int[Tensor, " n"]) -> Float[Tensor, "n 28"]:
        """Logits of the second colour, given the first. It lies beyond the mean, seen from the first."""
        start = self.colours[ground]  # (n, 3)
        way = self.colours - start[:, None]  # (n, 28, 3)
        apart = (view.around[:, AROUND // 2] - start)[:, None]
        share = ((apart * way).sum(2) / way.square().sum(2).clamp_min(1e-6)).clamp(0, 1)
        off = (apart - share[..., None] * way).square().sum(2) / OFF  # (n, 28)
        return self.ink(torch.cat([F.silu(view.features), self.ground_shown(ground)], 1), off, view.near)

    def say_pattern(self, view: View, ground: Int[Tensor, " n"], ink: Int[Tensor, " n"]) -> Float[Tensor, "n k"]:
        """Logits of the patterns, given both colours: the means around show a cell's surroundings as shares of ink."""
        start = self.colours[ground]
        way = self.colours[ink] - start  # (n, 3)
        apart = view.around - start[:, None]  # (n, 25, 3)
        share = (apart * way[:, None]).sum(2) / way.square().sum(1, keepdim=True).clamp_min(1e-4)
        share = share.clamp(-0.3, 1.3)
        off = (apart - share[..., None] * way[:, None]).square().sum(2) / OFF  # (n, 25)
        said = [F.silu(view.features), self.ground_shown(ground), self.ink_shown(ink)]
        return self.pattern(torch.cat(said, 1), share, off, self.patterns)

    @torch.no_grad()
    def draw(self, latent: Float[Tensor, "b 8 h8 w8"], generators: list[Generator]) -> Float[Tensor, "b 3 h w"]:
        """Pages in -1..1. Page i depends on latent i and generator i only."""
        size, steps = latent.shape[2:], self.config.steps
        turn, luck = (torch.stack([torch.rand(size, generator=one) for one in generators]) for _ in range(2))
        cells = torch.zeros(*turn.shape, 3, dtype=torch.long)
        known = torch.zeros(turn.shape, dtype=torch.bool)
        for step in range(1, steps + 1):
            now = ~known & (turn < step / steps)
            cells[now] = self._named(self.see(latent, cells, known).at(now), luck[now])
            known |= now
        ground, ink, place = cells.flatten(0, 2).unbind(1)
        return pages_of(painted(ground, ink, self.patterns[place]), *size) / 127.5 - 1

    def _named(self, view: View, luck: Float[Tensor, " n"]) -> Int[Tensor, "n 3"]:
        """The likeliest colours, and a pattern by luck, which is uniform in 0..1."""
        ground = self.ground(view.features).argmax(1)
        ink = self.say_ink(view, ground).argmax(1)
        place = torch.zeros_like(ground)
        mixed = (ground != ink).nonzero()[:, 0]
        if len(mixed):
            said = self.say_pattern(view.at(mixed), ground[mixed], ink[mixed])
            place[mixed] = _chosen(said, luck[mixed], self.config.temperature)
        return torch.stack([ground, ink, place], 1)


class InkHead(nn.Module):
    """A colour must explain the mean, and is likely to be around."""

    def __init__(self, width: int):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(width + 2 * COLOURS, HIDDEN), nn.SiLU(), nn.Linear(HIDDEN, COLOURS))
        self.strict = nn.Parameter(torch.tensor(2.0))

    def forward(
        self, said: Float[Tensor, "n w"], off: Float[Tensor, "n 28"], near: Float[Tensor, "n 28"]
    ) -> Float[Tensor, "n 28"]:
        answer = self.layers(torch.cat([said, off.clamp_max(3), near], 1)).float()
        return answer - self.strict.exp() * off.clamp_max(20)


class PatternHead(nn.Module):
    """A pattern must have the share of ink that the mean says; alike patterns are alike likely."""

    def __init__(self, width: int, count: int):
        super().__init__()
        self.query = nn.Sequential(nn.Linear(width + 2 * AROUND, HIDDEN), nn.SiLU(), nn.Linear(HIDDEN, HIDDEN))
        self.key, self.own = nn.Linear(AREA + 1, HIDDEN), nn.Parameter(torch.randn(count, HIDDEN) * 0.02)
        self.usual, self.strict = nn.Parameter(torch.zeros(count)), nn.Parameter(torch.tensor(3.0))

    def forward(
        self,
        said: Float[Tensor, "n w"],
        share: Float[Tensor, "n 25"],
        off: Float[Tensor, "n 25"],
        patterns: Float[Tensor, "k 64"],
    ) -> Float[Tensor, "n k"]:
        whole = patterns.mean(1)
        query = self.query(torch.cat([said, share, off.clamp_max(5)], 1))
        answer = query @ (self.key(torch.cat([patterns, whole[:, None]], 1)) + self.own).T
        wrong = (share[:, AROUND // 2, None] - whole).square()
        return answer.float() + self.usual - self.strict.exp() * wrong


def edges(means: Float[Tensor, "b 3 h w"]) -> Float[Tensor, "b 4 h w"]:
    """Where an edge between the two cells on either side of each would lie, across and down, in -1..1 and a little
    beyond, and how far apart their colours are: a mean tells it exactly (volume of fluid: Hirt and Nichols 1981)."""
    padded = F.pad(means, (1, 1, 1, 1), mode="replicate")
    across = padded[:, :, 1:-1, :-2], padded[:, :, 1:-1, 2:]
    down = padded[:, :, :-2, 1:-1], padded[:, :, 2:, 1:-1]
    found = []
    for one, other in (across, down):
        way = one - other
        far = way.square().sum(1, keepdim=True)  # (b, 1, h, w)
        share = ((means - other) * way).sum(1, keepdim=True) / (far + 1e-3)
        found += [(2 * share - 1).clamp(-1.5, 1.5), root(far)]
    return torch.cat(found, 1)


def root(values: Float[Tensor, "*n"]) -> Float[Tensor, "*n"]:
    """Square roots, with a slope of 0 at 0, where that of sqrt is not finite."""
    some = values > 0
    return torch.where(some, torch.where(some, values, 1).sqrt(), 0)


def _chosen(logits: Float[Tensor, "n k"], luck: Float[Tensor, " n"], temperature: float) -> Int[Tensor, " n"]:
    if not temperature:
        return logits.argmax(1)
    below = (logits / temperature).softmax(1).cumsum(1)
    return torch.searchsorted(below, luck[:, None] * below[:, -1:]).squeeze(1).clamp_max(logits.shape[1] - 1)
