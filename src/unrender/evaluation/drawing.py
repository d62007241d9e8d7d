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
from unrender.evaluation.predictions import bfloat16_pays
from unrender.models.decoder import UNKNOWN, Decoder, coverage
from unrender.models.decoder import Config as DecoderConfig
from unrender.models.refiner import Config as RefinerConfig
from unrender.models.refiner import Refiner
from unrender.render.frame import ARTBOARD, SIZE

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
            load_network(decoder, "decoder", Decoder, DecoderConfig),
            load_network(refiner, "refiner", Refiner, RefinerConfig),
        )

    @torch.inference_mode()
    def draw(self, asks: Sequence[Ask], seed: int, first: int = 0) -> UInt8[np.ndarray, "n 256 256 3"]:
        """One page per brief. Page i starts from noise that only `seed` and first + i decide."""
        pages = []
        for start in range(0, len(asks), BATCH):
            some = asks[start : start + BATCH]
            generators = [_generator(seed, first + start + i) for i in range(len(some))]
            frame = self.frame(some, generators)
            drawn = self.page(self.sketch(some, frame, generators), frame, generators)
            pages.append((drawn * 127.5 + 127.5).round().clamp(0, 255).to(torch.uint8).permute(0, 2, 3, 1).numpy())
        return np.concatenate(pages)

    def frame(self, asks: Sequence[Ask], generators: list[Generator]) -> Float[Tensor, "n 4"]:
        """Where each page is to lie: left, top, right, bottom, in 0..1."""
        luck = torch.stack([torch.rand((), generator=generator) for generator in generators])
        return self.decoder.frames(as_numbers(asks)[1], luck)

    def sketch(
        self, asks: Sequence[Ask], frame: Float[Tensor, "n 4"], generators: list[Generator]
    ) -> Float[Tensor, "n c h w"]:
        """What the decoder denoises: a standardised latent, or a page in -1..1."""
        model, config = self.decoder, self.decoder.config
        brief, nothing = as_numbers(asks), as_numbers([Ask()] * len(asks))
        both = [torch.cat(pair) for pair in zip(brief, nothing, strict=True)]

        def denoise(x: Tensor, t: Tensor) -> Tensor:
            with torch.autocast("cpu", torch.bfloat16, enabled=bfloat16_pays()):
                said = model(torch.cat([x, x]), torch.cat([t, t]), *both, torch.cat([frame, frame])).float()
            asked, free = model.schedule.denoised(said, torch.cat([x, x]), torch.cat([t, t])).chunk(2)
            return model.bounded(free + config.guidance * (asked - free))

        noise = noise_like(torch.empty(len(asks), *model.shape), generators)
        return SAMPLERS[config.sampler](denoise, noise, model.schedule, config.steps, generators)

    def page(
        self, sketch: Float[Tensor, "n c h w"], frame: Float[Tensor, "n 4"], generators: list[Generator]
    ) -> Float[Tensor, "n 3 256 256"]:
        """The sketch worked out, in -1..1."""
        if self.decoder.config.space == "pixel":
            return sketch
        model, decoder = self.refiner, self.decoder
        artboard = torch.tensor(ARTBOARD).view(3, 1, 1) / 255
        latent = sketch * decoder.std + decoder.mean
        inside = coverage(frame, *latent.shape[2:])
        own = (latent[:, :3] - (1 - inside) * artboard) / inside.clamp_min(0.1)  # of cells that lie on the rim as well
        latent[:, :3] = torch.where(inside > 0, own.clamp(0, 1), artboard)
        with torch.autocast("cpu", torch.bfloat16, enabled=bfloat16_pays()):
            drawn = model.draw((latent - model.mean) / model.std, generators)
        return torch.where(coverage(frame, SIZE, SIZE) > 0.5, drawn, artboard * 2 - 1)


def as_numbers(asks: Sequence[Ask]) -> tuple[Tensor, Tensor, Tensor]:
    """Goal, format (int64) and tone (float32) as the decoder takes them. ValueError for a word that is none."""
    goal = torch.tensor([UNKNOWN if ask.goal is None else number_of("goal", ask.goal) for ask in asks])
    form = torch.tensor([UNKNOWN if ask.format is None else number_of("format", ask.format) for ask in asks])
    tone = torch.tensor([float(UNKNOWN) if ask.tone is None else ask.tone for ask in asks])
    return goal, form, tone


def _generator(seed: int, index: int) -> Generator:
    return Generator().manual_seed(zlib.crc32(f"{seed} {index}".encode()))
