"""The shipped networks at a latent search: the one way pages are improved, for scoring and for use alike."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float, UInt8
from pydantic import Field
from torch import Generator

from unrender.config import UserError
from unrender.diffusion.samplers import noise_like
from unrender.evaluation.drawing import Artist, Ask, as_numbers, as_pixels, noise_seed
from unrender.evaluation.meanings import load_abstractor
from unrender.evaluation.predictions import load_encoder
from unrender.models.box_decoder import BoxDecoder
from unrender.models.nn.precision import bfloat16_pays
from unrender.objectives.reward import Reward
from unrender.training.latent_search import Config, Search

READ = "decoder", "refiner", "encoder", "abstractor"
"""The model files that it takes."""


def load_frozen(folder: Path, through_page: float, looks: int = 1) -> tuple[Artist, Reward]:
    """Who draws, and what rewards it, as `Reward` says; no network learns. UserError on a missing, damaged, foreign or
    outdated file, and where a decoder without boxes is to learn without its pixels."""
    files = {name: folder / f"{name}.safetensors" for name in READ}
    artist = Artist.load(files["decoder"], files["refiner"])
    if not through_page and not isinstance(artist.decoder, BoxDecoder):
        space = artist.decoder.config.space
        raise UserError(f"through_page is 0, but a decoder of space {space!r} has no boxes to learn by. Set it to 1.")
    readers = load_encoder(files["encoder"]), load_abstractor(files["abstractor"])
    reward = Reward(artist.refiner, *readers, through_page, looks, bfloat16_pays())
    for network in (artist.decoder, artist.refiner, reward.encoder, reward.abstractor):
        network.requires_grad_(False)
    return artist, reward


class InnovateParams(Config):
    """The search, and of how many pages."""

    pages: int = Field(ge=1, description="Pages, each from a seed of its own, with briefs of every goal and format.")


@dataclass(frozen=True)
class Innovation:
    """n pages at the start and after each step of the search."""

    pages: UInt8[np.ndarray, "s n 256 256 3"]
    scores: Float[np.ndarray, "s n 4"]  # predicted grammar, in the order of grammar.NAMES

    @property
    def before(self) -> UInt8[np.ndarray, "n 256 256 3"]:
        return self.pages[0]

    @property
    def after(self) -> UInt8[np.ndarray, "n 256 256 3"]:
        return self.pages[-1]


@dataclass(frozen=True)
class Innovator:
    """All networks frozen, and how the search goes."""

    artist: Artist
    reward: Reward
    cfg: Config

    @classmethod
    def load(cls, folder: Path, cfg: Config) -> "Innovator":
        """From model files, as load_frozen."""
        return cls(*load_frozen(folder, cfg.through_page, cfg.looks), cfg)

    def search(self, asks: Sequence[Ask], seed: int, first: int = 0, blind: bool = False) -> Innovation:
        """Page i starts from noise that only `seed` and first + i decide. `blind`: steps in any direction, from there
        and as many. UserError where a score is no number."""
        decoder, brief = self.artist.decoder, as_numbers(asks)
        seeds = [noise_seed(seed, first + i) for i in range(len(asks))]
        generators = [Generator().manual_seed(each) for each in seeds]
        sheet = self.artist.sheet(brief, generators)
        noise = noise_like(torch.empty(len(asks), *decoder.shape), generators)
        places = Search(decoder, self.reward, brief, sheet, seeds, self.cfg, blind).climb(noise)
        found = [(as_pixels(2 * place.page - 1), place.scores.numpy()) for place in places]
        return Innovation(*map(np.stack, zip(*found, strict=True)))
