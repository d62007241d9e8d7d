"""Brief -> page: what every decoder has, whatever it denoises. `models.decoders` knows them all."""

from typing import Literal, NamedTuple

import pydantic
import torch
from jaxtyping import Bool, Float, Int
from pydantic import Field
from torch import Tensor, nn

from unrender.config import Section
from unrender.design.brief import FORMATS, GOALS
from unrender.diffusion.schedule import Betas, Prediction, Schedule, T
from unrender.models.nn.moments import Standardised
from unrender.models.nn.unet import UNetConfig
from unrender.render.frame import SIZE, place

LABELS = {"goals": list(GOALS), "formats": list(FORMATS)}
"""What goal and format numbers stand for, in order."""
UNKNOWN = -1  # a goal, format or tone that the brief leaves open
WAVES = 8  # frequencies of the tone's embedding
QUANTILES = 64  # sheets kept of each kind of page

Space = Literal["boxes", "structure", "pixel"]


class TransformerConfig(Section):
    """Width and depth of the network over boxes."""

    width: int = Field(default=128, ge=32, multiple_of=32, description="Numbers that stand for a box.")
    layers: int = Field(default=6, ge=1)


class Config(Section):
    """The network and the noise that it takes away."""

    space: Space = Field(
        default="boxes",
        description="What is denoised: a set of boxes, the 32 x 32 latent, or the page itself (for GPUs).",
    )
    transformer: TransformerConfig = Field(default=TransformerConfig(), description="Of boxes.")
    unet: UNetConfig = Field(
        default=UNetConfig(base=48, factors=(1, 2, 2), attention=(1, 2)), description="Of latents and pixels."
    )
    betas: Betas = "cosine"
    prediction: Prediction = Field(
        default="x0",
        description="What the U-Net says: x0, v or epsilon. Of boxes: x0 of kinds and colours, v of edges.",
    )
    brief_dim: int = Field(default=64, ge=8, description="Size of the vector that stands for each part of the brief.")
    sampler: Literal["ddpm", "ddim", "dpm_solver"] = Field(
        default="ddpm", description="How it is drawn with. The noise that ddpm adds corrects its own errors."
    )
    steps: int = Field(default=40, ge=1, le=T, description="Steps of the sampler.")
    guidance: float = Field(default=2.0, ge=0, description="How far beyond what the brief asks for; 1 is not at all.")

    @pydantic.model_validator(mode="after")
    def _consistent(self) -> "Config":
        if self.space == "structure" and self.unet.patch != 1:
            raise ValueError(f"unet.patch is {self.unet.patch}; a latent is read cell by cell, with patch 1")
        return self


class Sketch(NamedTuple):
    """A page on its way from the decoder to the refiner."""

    latent: Float[Tensor, "b 8 h8 w8"]  # 0..1
    image: Float[Tensor, "b 3 h w"] | None = None  # 0..1, where it is settled to the pixel
    open: Bool[Tensor, "b 1 h w"] | None = None  # where it is not


class Decoder(Standardised):
    """The schedule, the embedding of the brief, and the sheets; `mean` and `std` (c, 1, 1) standardise latents.

    A designer picks the sheet first: where the page lies in its frame is given, and so is how many boxes go on it.
    `sheets` (goals, formats, quantiles, 2) holds height / width and number of boxes of pages of train, by height.
    """

    sheets: Tensor
    shape: tuple[int, int, int]
    """(c, h, w) of what is denoised."""

    def __init__(self, config: Config, channels: int, told: int):
        super().__init__(channels, 1, 1)
        self.config = config
        self.schedule = Schedule.of(config.betas, config.prediction)
        self.brief = BriefEmbedding(config.brief_dim, told)
        self.register_buffer("sheets", torch.ones(len(GOALS), len(FORMATS), QUANTILES, 2))

    def forward(
        self,
        x: Float[Tensor, "b c h w"],
        t: Int[Tensor, " b"],
        goal: Int[Tensor, " b"],
        format: Int[Tensor, " b"],
        tone: Float[Tensor, " b"],
        sheet: Float[Tensor, "b 5"],
        before: Float[Tensor, "b c h w"] | None = None,
    ) -> Float[Tensor, "b c h w"]:
        """x_t, the time, the brief, UNKNOWN where it is left open, and the sheet: where the page lies, as left, top,
        right and bottom in 0..1 of the frame, and how many boxes go on it -> what the network says of x_0. `before` is
        the x_0 that it expected a step earlier."""
        raise NotImplementedError

    def expected(
        self, said: Float[Tensor, "b c h w"], x: Float[Tensor, "b c h w"], t: Int[Tensor, " b"]
    ) -> Float[Tensor, "b c h w"]:
        """The x_0 that an answer at x_t amounts to, within what can be: guidance overshoots."""
        raise NotImplementedError

    def sketched(self, drawn: Float[Tensor, "b c h w"], sheet: Float[Tensor, "b 5"]) -> Sketch:
        """What was drawn, for the refiner to work out."""
        raise NotImplementedError

    def learn_sheets(
        self,
        goal: Int[Tensor, " n"],
        format: Int[Tensor, " n"],
        ratio: Float[Tensor, " n"],
        count: Float[Tensor, " n"] | None = None,
    ) -> None:
        """Keep some sheets of every kind of page, evenly spread over their height / width; those of the format, or of
        all pages, for a kind that is not there."""
        count = torch.zeros_like(ratio) if count is None else count
        every = torch.stack([ratio, count], 1)[ratio.argsort()]
        goal, format = goal[ratio.argsort()], format[ratio.argsort()]
        for i in range(len(GOALS)):
            for j in range(len(FORMATS)):
                own = next(rows for rows in ((goal == i) & (format == j), format == j, format == format) if rows.any())
                some = torch.linspace(0, int(own.sum()) - 1, QUANTILES).round().long()
                self.sheets[i, j] = every[own][some]

    def sheet(
        self, goal: Int[Tensor, " b"], format: Int[Tensor, " b"], luck: Float[Tensor, " b"]
    ) -> Float[Tensor, "b 5"]:
        """A sheet for each page, of any kind where the brief is UNKNOWN; `luck` in 0..1 says how tall it is."""
        chosen = []
        for i, j, place_of in zip(goal.tolist(), format.tolist(), luck.tolist(), strict=True):
            some = self.sheets[slice(None) if i == UNKNOWN else slice(i, i + 1)]
            some = some[:, slice(None) if j == UNKNOWN else slice(j, j + 1)].flatten(0, 2)  # (n, 2)
            some = some[some[:, 0].argsort(stable=True)]
            ratio, count = some[min(int(place_of * len(some)), len(some) - 1)].tolist()
            left, top, right, bottom = place(1000, round(1000 * ratio)).box
            chosen.append([left / SIZE, top / SIZE, right / SIZE, bottom / SIZE, count])
        return torch.tensor(chosen)


class BriefEmbedding(nn.Module):
    """A token each for goal, format and tone, for cross-attention; and their sum, told to every block."""

    def __init__(self, dim: int, told: int):
        super().__init__()
        self.goal, self.format = nn.Embedding(len(GOALS) + 1, dim), nn.Embedding(len(FORMATS) + 1, dim)
        self.tone, self.open = nn.Linear(2 * WAVES, dim), nn.Parameter(torch.zeros(dim))
        self.tell = nn.Linear(3 * dim, told)

    def forward(
        self, goal: Int[Tensor, " b"], format: Int[Tensor, " b"], tone: Float[Tensor, " b"]
    ) -> tuple[Float[Tensor, "b 3 d"], Float[Tensor, "b e"]]:
        """Tokens and their summary."""
        angle = tone[:, None] * torch.pi * torch.arange(WAVES, device=tone.device)  # (b, waves)
        known = self.tone(torch.cat([angle.sin(), angle.cos()], 1))
        tone_token = torch.where((tone == UNKNOWN)[:, None], self.open.to(known.dtype), known)
        tokens = torch.stack([self.goal(goal + 1), self.format(format + 1), tone_token], 1)
        return tokens, self.tell(tokens.flatten(1))
