"""The shipped encoder and its maps: the one way pixels are read, for scoring and for use alike."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float, UInt8

from unrender.data.packed_maps import packed_likelihoods
from unrender.evaluation.loading import load_network
from unrender.evaluation.metrics.maps import Maps
from unrender.models.encoder import Config, Encoder
from unrender.models.nn.precision import bfloat16_pays


@dataclass(frozen=True)
class Likelihoods:
    """What the encoder says of n images, before any mask is cut."""

    text: Float[np.ndarray, "n h w"]  # probability
    image: Float[np.ndarray, "n h w"]  # probability
    colour: UInt8[np.ndarray, "n h w"]  # likeliest swatch id; never 0, for the caller knows where the page is
    hierarchy: Float[np.ndarray, "n h w"]  # 0..1

    def maps(self) -> Maps:
        """Masks cut at one half."""
        return Maps(self.text > 0.5, self.image > 0.5, self.colour, self.hierarchy)


def load_encoder(path: Path) -> Encoder:
    """The network of a model file, ready to read. UserError on a missing, damaged, foreign or outdated file."""
    return load_network(path, "encoder", Encoder, Config)


@torch.inference_mode()
def read_maps(model: Encoder, images: UInt8[np.ndarray, "n h w 3"]) -> Likelihoods:
    """Read letterboxed pages."""
    pixels = torch.from_numpy(np.ascontiguousarray(images)).permute(0, 3, 1, 2)  # (n, 3, h, w), channels last
    with torch.autocast("cpu", torch.bfloat16, enabled=bfloat16_pays()), at_most_threads(len(images)):
        out = model(pixels.float() / 255)
    text, image = out["masks"].float().sigmoid().unbind(1)  # (n, h, w) each
    colour = out["colour"][:, 1:].max(1).indices + 1  # twice as fast as argmax on channels-last
    hierarchy = out["hierarchy"][:, 0].float().sigmoid()
    return Likelihoods(text.numpy(), image.numpy(), colour.to(torch.uint8).numpy(), hierarchy.numpy())


def read_packed(model: Encoder, images: UInt8[np.ndarray, "n h w 3"]) -> UInt8[np.ndarray, "n 2 h w"]:
    """What the encoder reads, as a network is fed with it: two bytes a pixel, the letterbox not wiped out."""
    found = read_maps(model, images)
    return packed_likelihoods(found.text, found.image, found.colour, found.hierarchy)


@contextmanager
def at_most_threads(count: int) -> Generator[None]:
    """No more than a core per page: one page is too little work to share, and threads that wait for each other on
    a busy machine take ten times as long as one alone."""
    before = torch.get_num_threads()
    torch.set_num_threads(min(before, count))
    try:
        yield
    finally:
        torch.set_num_threads(before)
