"""The shipped decoder and refiner at work: the one way pages are drawn, for scoring and for use alike."""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float, UInt8
from torch import Generator, Tensor

from unrender.design.brief import number_of
from unrender.diffusion.samplers import SAMPLERS, noise_like
from unrender.evaluation.loading import load_network
from unrender.models.decoder import UNKNOWN, Decoder
from unrender.models.decoder import Config as DecoderConfig
from unrender.models.decoders import decoder_for
from unrender.models.drawing import Brief, Guided, worked_out
from unrender.models.nn.precision import bfloat16_pays
from unrender.models.refiner import Config as RefinerConfig
from unrender.models.refiner import Refiner

BATCH = 16


@dataclass(frozen=True)
class Ask:
    """A brief; what is None is left to the decoder."""

    goal: str | None = None
    format: str | None = None
    tone: float | None = None


@dataclass(frozen=True)
class Artist:
    """Decoder and refiner; the refiner is not used by a decoder of pixels."""

    decoder: Decoder
    refiner: Refiner

    @classmethod
    def load(cls, decoder: Path, refiner: Path) -> "Artist":
        """From model files. UserError on a missing, damaged, foreign or outdated one."""
        return cls(
            load_network(decoder, "decoder", decoder_for, DecoderConfig),
            load_network(refiner, "refiner", Refiner, RefinerConfig),
        )

    @torch.inference_mode()
    def draw(self, asks: Sequence[Ask], seed: int, first: int = 0) -> UInt8[np.ndarray, "n 256 256 3"]:
        """One page per brief. Page i starts from noise that only `seed` and first + i decide."""
        pages = []
        for start in range(0, len(asks), BATCH):
            some = asks[start : start + BATCH]
            generators = [Generator().manual_seed(noise_seed(seed, first + start + i)) for i in range(len(some))]
            brief = as_numbers(some)
            sheet = self.sheet(brief, generators)
            drawn = self.page(self.sketch(brief, sheet, generators), sheet, generators)
            pages.append(as_pixels(drawn))
        return np.concatenate(pages)

    def sheet(self, brief: Brief, generators: list[Generator]) -> Float[Tensor, "n 5"]:
        """What each page is to be drawn on."""
        luck = torch.stack([torch.rand((), generator=generator) for generator in generators])
        return self.decoder.sheet(brief[0], brief[1], luck)

    def sketch(
        self, brief: Brief, sheet: Float[Tensor, "n 5"], generators: list[Generator]
    ) -> Float[Tensor, "n c h w"]:
        """What the decoder denoises, from noise to the end."""
        model, config = self.decoder, self.decoder.config
        rough = bfloat16_pays() and config.space != "boxes"  # names of boxes must not hang on who is drawn beside them
        noise = noise_like(torch.empty(len(sheet), *model.shape), generators)
        denoise = Guided(model, brief, sheet, rough)
        return SAMPLERS[config.sampler](denoise, noise, model.schedule, config.steps, generators)

    def page(
        self, drawn: Float[Tensor, "n c h w"], sheet: Float[Tensor, "n 5"], generators: list[Generator]
    ) -> Float[Tensor, "n 3 256 256"]:
        """What was drawn, worked out, in -1..1."""
        return worked_out(self.decoder, self.refiner, drawn, sheet, generators, bfloat16_pays())


def as_numbers(asks: Sequence[Ask]) -> Brief:
    """Goal, format (int64) and tone (float32) as the decoder takes them. ValueError for a word that is none."""
    goal = torch.tensor([UNKNOWN if ask.goal is None else number_of("goal", ask.goal) for ask in asks])
    form = torch.tensor([UNKNOWN if ask.format is None else number_of("format", ask.format) for ask in asks])
    tone = torch.tensor([float(UNKNOWN) if ask.tone is None else ask.tone for ask in asks])
    return goal, form, tone


def as_pixels(page: Float[Tensor, "n 3 h w"]) -> UInt8[np.ndarray, "n h w 3"]:
    """Pages in -1..1 as pictures."""
    return (page * 127.5 + 127.5).round().clamp(0, 255).to(torch.uint8).permute(0, 2, 3, 1).numpy()


def noise_seed(seed: int, index: int) -> int:
    """What page `index` of those drawn by `seed` starts from."""
    return zlib.crc32(f"{seed} {index}".encode())
