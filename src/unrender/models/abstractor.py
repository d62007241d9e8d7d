"""Structure maps -> brief and grammar: a ResNet-18 (He et al. 2016) on maps whose colours are embedded."""

from math import log

import torch
from jaxtyping import Float, UInt8
from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional as F

from unrender.config import Section
from unrender.data.measured import MEASURED, SCORED
from unrender.design.brief import FORMATS, GOALS
from unrender.design.grammar import NAMES
from unrender.design.swatches import RGB, SWATCHES, luminance
from unrender.models.nn.page_statistics import extent, histogram, mean_over, text_contrast, weights_histogram
from unrender.models.nn.resnet import ResidualStages
from unrender.models.nn.unet import zeroed

STEM = 4  # px along each side of a block that the stem reads as one; colours and weights at half the resolution
HALF = STEM // 2
CERTAIN = 0.003  # how near to 0 and 1 a measured score may come
WEIGHTS = 16  # steps of the hierarchy map whose shares are told apart
MEASURERS = 4  # that were fitted each by itself err 2 to 3 % less in the mean than one (Lakshminarayanan et al. 2017)
STATISTICS = MEASURED + WEIGHTS + 3  # that the measurer is told
LIGHTNESS = 4  # the place of luminance in the swatch table
LABELS = {"goals": list(GOALS), "formats": list(FORMATS), "grammar": list(NAMES)}
"""What the outputs mean, in order."""


class Config(Section):
    """Width of the network."""

    width: int = Field(default=32, ge=4, description="Channels of the first stage; 64 is ResNet-18 as published.")
    features: int = Field(default=512, ge=8, description="Size of the summary that the heads read.")
    dropout: float = Field(default=0.1, ge=0, lt=1)


class Abstractor(nn.Module):
    """The trunk, a summary of all its stages, and one head per label."""

    swatches: Tensor

    def __init__(self, config: Config):
        super().__init__()
        self.config = config
        self.register_buffer("swatches", swatch_table())
        inputs = 3 * STEM**2 + self.swatches.shape[1] * HALF**2 + 2
        self.stem = nn.Sequential(
            nn.Conv2d(inputs, config.width, 3, 2, 1, bias=False), nn.BatchNorm2d(config.width), nn.ReLU(inplace=True)
        )
        self.trunk = ResidualStages(config.width)
        pooled = 2 * sum(self.trunk.widths) + self.trunk.widths[-1]
        known = 1 + len(NAMES)  # contrast by itself, and the measured scores
        self.summary = nn.Sequential(
            nn.BatchNorm1d(pooled + known),  # means over a page differ little from page to page, beside what they are
            nn.Linear(pooled + known, config.features),
            nn.ReLU(inplace=True),
            nn.Dropout(config.dropout),
            nn.Linear(config.features, config.features // 2),
            nn.ReLU(inplace=True),
        )
        self.goal = nn.Linear(config.features // 2, len(GOALS))
        self.format = nn.Linear(config.features // 2, len(FORMATS))
        self.palette = _read_off(2 * len(SWATCHES), config)
        self.tone = nn.Linear(2 * (config.features // 2), 1)  # of the summary and the palette
        self.measurers = nn.ModuleList(Measurer(config) for _ in range(MEASURERS))
        self.grammar = zeroed(nn.Linear(2 * (config.features // 2), len(NAMES)))  # what to correct of its reading

    def forward(
        self,
        masks: Float[Tensor, "b 2 h w"],
        colour: UInt8[Tensor, "b h w"] | Float[Tensor, "b k h w"],
        hierarchy: Float[Tensor, "b 1 h w"],
        measured: Float[Tensor, "b m"],
    ) -> dict[str, Float[Tensor, "b _"]]:
        """Masks and hierarchy in 0..1, colour as swatch ids or as probabilities, and what is measured on these maps
        (data.measured) -> logits (b, n) of goal and format, and tone (b, 1) and grammar (b, 4) in 0..1."""
        swatch = self.embedded(colour)  # (b, 5, h/2, w/2)
        maps = torch.cat([masks, hierarchy], 1)
        contrast = text_contrast(
            F.avg_pool2d(masks[:, :1], 2), swatch[:, :1], swatch[:, LIGHTNESS:]
        )  # (b, 2, h/4, w/4)
        x = torch.cat(
            [F.pixel_unshuffle(maps, STEM), F.pixel_unshuffle(swatch, HALF), contrast], 1
        )  # (b, 70, h/4, w/4)
        stages, text = self.trunk(self.stem(x)), contrast[:, :1]
        statistics = self.statistics(masks, colour, hierarchy, measured)
        known = [mean_over(contrast[:, 1:] / text.clamp_min(1e-3), text), statistics[:, : len(NAMES)]]
        summary = self.summary(torch.cat([*pooled(stages, text), *known], 1))  # (b, features / 2)
        inks = [histogram(colour, len(SWATCHES), over) for over in (None, masks[:, :1])]
        palette = self.palette(torch.cat(inks, 1))  # (b, features / 2)
        seen = torch.cat([summary, palette], 1)
        return {
            "goal": self.goal(summary),
            "format": self.format(summary),
            "tone": self.tone(seen).sigmoid(),
            "grammar": (self.as_measured(statistics) + self.grammar(seen)).sigmoid(),
        }

    def statistics(
        self,
        masks: Float[Tensor, "b 2 h w"],
        colour: UInt8[Tensor, "b h w"] | Float[Tensor, "b k h w"],
        hierarchy: Float[Tensor, "b 1 h w"],
        measured: Float[Tensor, "b m"],
    ) -> Float[Tensor, "b s"]:
        """What the measurer is told of a page; arguments as for `forward`."""
        shares = weights_histogram(hierarchy, masks[:, :1], WEIGHTS)
        told = _certain(measured[:, :SCORED]), measured[:, SCORED:], shares, extent(colour, masks[:, :1])
        return torch.cat(told, 1)

    def as_measured(self, statistics: Float[Tensor, "b s"]) -> Float[Tensor, "b 4"]:
        """What the measurers say in the mean: logits of the scores."""
        return torch.stack([measurer(statistics) for measurer in self.measurers]).mean(0)

    def embedded(self, colour: UInt8[Tensor, "b h w"] | Float[Tensor, "b k h w"]) -> Float[Tensor, "b 5 h2 w2"]:
        """What is known of every other pixel's swatch; of probabilities, what to expect, so that gradients pass."""
        if colour.is_floating_point():
            return torch.einsum("bkhw,kd->bdhw", colour[:, :, ::2, ::2], self.swatches)
        return F.embedding(colour[:, ::2, ::2].int(), self.swatches).permute(0, 3, 1, 2)


class Measurer(nn.Module):
    """Grammar by what is measured: a line through the scores, corrected by what the sizes of the page's texts tell.

    It can be fitted by itself in seconds, and is: beside a trunk that learns from pictures it is hardly heard.
    """

    def __init__(self, config: Config):
        super().__init__()
        self.line = nn.Linear(SCORED, len(NAMES))
        nn.init.eye_(self.line.weight)
        nn.init.zeros_(self.line.bias)
        self.sizes = _read_off(STATISTICS, config)
        self.correction = zeroed(nn.Linear(config.features // 2, len(NAMES)))

    def forward(self, statistics: Float[Tensor, "b s"]) -> Float[Tensor, "b 4"]:
        """Abstractor.statistics -> logits of the scores."""
        return self.line(statistics[:, :SCORED]) + self.correction(self.sizes(statistics))

    @torch.no_grad()
    def start(self, statistics: Float[Tensor, "n s"], grammar: Float[Tensor, "n 4"]) -> None:
        """Take the least-squares line from what is measured to what is true: some scores are hardly to be measured,
        and correcting a wrong number is harder than finding one."""
        known = torch.cat([statistics[:, :SCORED], torch.ones(len(statistics), 1)], 1)
        found = torch.linalg.lstsq(known, _certain(grammar)).solution  # (7, 4)
        self.line.weight.copy_(found[:-1].T)
        self.line.bias.copy_(found[-1])


def _read_off(statistics: int, config: Config) -> nn.Sequential:
    """A reading of a few statistics of the page by themselves: among a thousand others they are hardly heard."""
    width = config.features // 2
    return nn.Sequential(
        nn.BatchNorm1d(statistics),
        nn.Linear(statistics, width),
        nn.ReLU(inplace=True),
        nn.Dropout(config.dropout),
        nn.Linear(width, width),
        nn.ReLU(inplace=True),
    )


def _certain(score: Float[Tensor, "n k"]) -> Float[Tensor, "n k"]:
    return score.clamp(CERTAIN, 1 - CERTAIN).logit()


def pooled(stages: list[Tensor], text: Float[Tensor, "b 1 h w"]) -> list[Float[Tensor, "b _"]]:
    """Every stage's mean over the page and over its text, and the maximum of the last."""
    over_text = [mean_over(stage, F.adaptive_avg_pool2d(text, (stage.shape[2], stage.shape[3]))) for stage in stages]
    return [*over_text, *(stage.mean((2, 3)) for stage in stages), stages[-1].amax((2, 3))]


def swatch_table() -> Float[Tensor, "k 5"]:
    """What is known of a swatch: that it is one (outside the page there is none), red, green, blue in -1..1, and the
    logarithm of its luminance in 0..1. Contrast ratios are differences of the last."""
    table = torch.zeros(len(SWATCHES), 5)
    for index, name in enumerate(SWATCHES[1:], 1):
        lightness = 1 - log((luminance(name) + 0.05) / 1.05) / log(0.05 / 1.05)
        table[index] = torch.tensor([1.0, *(value / 127.5 - 1 for value in RGB[name]), lightness])
    return table
