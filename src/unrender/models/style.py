"""What a page is set in: typeface, corners and space, read off its texture instead of its things.

A network that has to find these among pixels does not, in the steps it is given. A linear reading of fixed measures of
texture does, if it is fitted by itself to all pages (training.style_start): of run lengths of the whole page and, in a
few windows where the coder looks, of how often each of a dictionary of patches comes (Coates and Ng 2011, but for their
clustering: the patches are drawn at random).
"""

import torch
from jaxtyping import Float, Int, UInt8
from torch import Tensor, nn
from torch.nn import functional as F

from unrender.design.automaton import Automaton
from unrender.models.nn.moments import Standardised
from unrender.models.nn.run_lengths import NUMBERS, run_lengths

PATCHES, SIDE = 400, 7
"""Of the dictionary, and the side of one in pixels."""
LOOKS = 4
"""Places that are looked at for a word."""
WINDOW = (24, 48)
"""Rows and columns of pixels around the middle of a place."""
FLAT = 0.04  # the standard deviation, of the range, up to which a patch shows nothing
SOFT = 0.02  # added to it, so that faint patches stay faint
LEAST = 0.1  # of a number that hardly ever differs
LUMA = (0.299, 0.587, 0.114)
Fields = list[list[int]]
"""Of each field, the ids of its words."""


class Style(Standardised):
    """Scores of words for the choices `since` .. `until` - 1, where the fields of a language are said that it can read;
    none before it is fitted."""

    dictionary: Float[Tensor, "k p"]
    since: Int[Tensor, ""]
    until: Int[Tensor, ""]

    def __init__(self, words: int, grid: tuple[int, int]):
        super().__init__(NUMBERS + PATCHES)
        self.words, self.grid = words, grid
        self.register_buffer("dictionary", torch.zeros(PATCHES, SIDE**2))
        self.register_buffer("since", torch.zeros((), dtype=torch.long))
        self.register_buffer("until", torch.zeros((), dtype=torch.long))
        self.read = nn.Linear(NUMBERS + PATCHES, words)
        for parameter in self.parameters():
            nn.init.zeros_(parameter).requires_grad_(False)  # trained along it would learn its pages by heart

    def texture(self, image: UInt8[Tensor, "b 3 h w"]) -> Float[Tensor, "b m"]:
        """The run lengths of pages; zeros where they are of no use."""
        return run_lengths(image) if self.until else image.new_zeros(len(image), NUMBERS, dtype=torch.float)

    @torch.no_grad()
    def forward(
        self,
        light: Float[Tensor, "b h w"],
        texture: Float[Tensor, "b m"],
        looked: Float[Tensor, "b t n"],
        start: int,
    ) -> Float[Tensor, "b t v"]:
        """For choices from `start` on, from where the coder looked for each. `light` is the page's `lightness`."""
        total = looked.shape[1]
        first, beyond = (min(max(int(edge) - start, 0), total) for edge in (self.since, self.until))
        if first >= beyond:
            return looked.new_zeros(*looked.shape[:2], self.words)
        places = looked[:, first:beyond].topk(LOOKS, 2).indices if looked.shape[2] else None
        scores = self.read(self.standardised(self.measured(light, texture, places, beyond - first)))
        return F.pad(scores, (0, 0, first, total - beyond))

    def measured(
        self,
        light: Float[Tensor, "b h w"],
        texture: Float[Tensor, "b m"],
        places: Int[Tensor, "b t l"] | None,
        steps: int,
    ) -> Float[Tensor, "b t k"]:
        """The texture of the page, and what is seen at some places for each of t = `steps` choices; none of that where
        nothing looks."""
        nothing = texture.new_zeros(len(light), steps, PATCHES)
        seen = nothing if places is None else self.patches(light, places)
        return torch.cat([texture[:, None].expand(-1, steps, -1), seen], 2)

    def standardised(self, measured: Float[Tensor, "*n m"]) -> Float[Tensor, "*n m"]:
        return (measured - self.mean) / self.std

    @torch.no_grad()
    def patches(self, light: Float[Tensor, "b h w"], places: Int[Tensor, "b t l"]) -> Float[Tensor, "b t k"]:
        """The root of how often each patch of the dictionary comes in the windows around some places of the grid."""
        shown, kept = outlines(windows(light, places.flatten(1), self.grid))  # of (b * t * l) windows
        nearest = (shown @ self.dictionary.T - self.dictionary.square().sum(1) / 2).argmax(1)
        group = kept.nonzero()[:, 0] // places.shape[2]  # of the b * t
        groups = places.shape[0] * places.shape[1]
        counts = (group * PATCHES + nearest).bincount(minlength=groups * PATCHES)
        return counts.float().sqrt().view(*places.shape[:2], PATCHES)

    def start(self, measured: Float[Tensor, "n m"], choices: range) -> None:
        """Standardise by these examples from now on, and speak at these choices."""
        self.standardise(measured.mean(0), measured.std(0) + LEAST)
        self.since.fill_(choices.start)
        self.until.fill_(choices.stop)


def lightness(image: UInt8[Tensor, "b 3 h w"]) -> Float[Tensor, "b h w"]:
    """0 (black) to 1."""
    return torch.einsum("bchw,c->bhw", image.float() / 255, torch.tensor(LUMA, device=image.device))


def windows(
    light: Float[Tensor, "b h w"], places: Int[Tensor, "b l"], grid: tuple[int, int]
) -> Float[Tensor, "k 1 r c"]:
    """The windows around the middles of some places; k = b * l."""
    rows, columns = WINDOW
    height, width = light.shape[1:]
    around = F.pad(light, (columns // 2, columns // 2, rows // 2, rows // 2))
    middle_y = (2 * places.div(grid[1], rounding_mode="floor") + 1) * height // (2 * grid[0])
    middle_x = (2 * (places % grid[1]) + 1) * width // (2 * grid[1])
    across, down, page = (torch.arange(n, device=light.device) for n in (columns, rows, len(light)))
    cut = around[
        page[:, None, None, None], middle_y[:, :, None, None] + down[:, None], middle_x[:, :, None, None] + across
    ]
    return cut.flatten(0, 1)[:, None]


def outlines(window: Float[Tensor, "k 1 r c"]) -> tuple[Tensor, Tensor]:
    """All patches that show something, whatever their lightness and contrast, (n, SIDE ** 2), and which of each
    window's patches these are, (k, rows, columns)."""
    mean = F.avg_pool2d(window, SIDE, 1)[:, 0]
    spread = (F.avg_pool2d(window.square(), SIDE, 1)[:, 0] - mean.square()).clamp_min(0).sqrt()
    kept = spread > FLAT
    some = window[:, 0].unfold(1, SIDE, 1).unfold(2, SIDE, 1)[kept].flatten(1)
    return (some - mean[kept][:, None]) / (spread[kept][:, None] + SOFT), kept


def fields(automaton: Automaton) -> Fields:
    """Ids of the words of which every text has exactly one: children of a container that has each of its places filled,
    as those of `theme`."""
    filled = (rule for rule in automaton.rules.values() if len(rule.first) == rule.least == rule.most > 1)
    return [[automaton.ids[word] for word in options] for rule in filled for options in rule.first]
