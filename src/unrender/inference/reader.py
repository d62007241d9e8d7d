"""Read structure maps from screenshots with the shipped encoder, and what they mean with the abstractor."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from jaxtyping import Bool, Float, Shaped, UInt8
from PIL import Image

from unrender.data.packed_maps import packed_likelihoods
from unrender.evaluation.meanings import Interpreter, Meaning
from unrender.evaluation.metrics.maps import OUTSIDE, Maps
from unrender.evaluation.predictions import Likelihoods, load_encoder, read_maps
from unrender.models.encoder import Encoder
from unrender.render.frame import Placement, fit
from unrender.render.screenshot import to_rgb


@dataclass(frozen=True)
class Reading:
    """What the encoder sees in one picture, in the 256-pixel frame and, on request, on the picture itself."""

    width: int  # of the picture that was read
    height: int
    placement: Placement
    text: Float[np.ndarray, "256 256"]  # probability
    image: Float[np.ndarray, "256 256"]  # probability
    colour: UInt8[np.ndarray, "256 256"]  # swatch id, 0 outside the page
    hierarchy: Float[np.ndarray, "256 256"]  # 0..1, 0 outside the page
    meaning: Meaning | None = None  # where an abstractor was at hand

    def maps(self, width: int | None = None, height: int | None = None) -> Maps:
        """The maps of the page alone (one page in the batch), at the picture's size or another."""
        size = (width or self.width, height or self.height)
        page = self.placement.box
        return Maps(
            text=_stretched(self.text, page, size, smooth=True)[None] > 0.5,
            image=_stretched(self.image, page, size, smooth=True)[None] > 0.5,
            colour=_stretched(self.colour, page, size, smooth=False)[None],
            hierarchy=_stretched(self.hierarchy, page, size, smooth=True)[None],
        )

    def inside(self) -> Bool[np.ndarray, "256 256"]:
        """Where the frame shows the page."""
        return self.colour != OUTSIDE


class Reader:
    """The shipped encoder, ready to read, and maybe an abstractor. `digest` names the weights of both."""

    def __init__(self, model: Encoder, digest: str, interpreter: Interpreter | None = None) -> None:
        self.model, self.digest, self.interpreter = model, digest, interpreter

    @classmethod
    def load(cls, encoder: Path, abstractor: Path | None = None) -> "Reader":
        """From .safetensors files; nothing is unpickled. UserError when one is missing, damaged or foreign."""
        files = [encoder] if abstractor is None else [encoder, abstractor]
        model = load_encoder(encoder)
        interpreter = None if abstractor is None else Interpreter.load(abstractor)
        weights = b"".join(hashlib.sha256(path.read_bytes()).digest() for path in files)
        return cls(model, hashlib.sha256(weights).hexdigest()[:16], interpreter)

    def read(self, image: Image.Image) -> Reading:
        """One picture of any size and mode."""
        return self.read_many([image])[0]

    def read_many(self, images: Sequence[Image.Image], batch_size: int = 8) -> list[Reading]:
        """Several pictures, `batch_size` at once; the order is kept."""
        readings = []
        for start in range(0, len(images), batch_size):
            some = [to_rgb(image) for image in images[start : start + batch_size]]
            frames, places = zip(*(fit(image) for image in some), strict=True)
            found = read_maps(self.model, np.stack([np.asarray(frame) for frame in frames]))
            batch = [_reading(found, i, some[i], places[i]) for i in range(len(some))]
            readings += batch if self.interpreter is None else _interpreted(batch, self.interpreter)
        return readings


def _reading(found: Likelihoods, i: int, image: Image.Image, at: Placement) -> Reading:
    """The i-th of a batch, with whatever was seen in the letterbox wiped out."""
    page = np.zeros(found.text.shape[1:], bool)
    page[at.top : at.top + at.height, at.left : at.left + at.width] = True
    text, picture, colour, hierarchy = (
        np.where(page, values[i], 0) for values in (found.text, found.image, found.colour, found.hierarchy)
    )
    return Reading(image.width, image.height, at, text, picture, colour, hierarchy)


def _interpreted(readings: list[Reading], interpreter: Interpreter) -> list[Reading]:
    """The same with their meaning."""
    fields = ("text", "image", "colour", "hierarchy")
    maps = packed_likelihoods(*(np.stack([getattr(reading, name) for reading in readings]) for name in fields))
    meanings = interpreter.meanings(maps)
    return [replace(reading, meaning=meaning) for reading, meaning in zip(readings, meanings, strict=True)]


def _stretched(
    values: Shaped[np.ndarray, "256 256"], page: tuple[int, int, int, int], size: tuple[int, int], *, smooth: bool
) -> Shaped[np.ndarray, "h w"]:
    """Cut the page out of the frame and bring it to `size`."""
    how = Image.Resampling.BILINEAR if smooth else Image.Resampling.NEAREST
    return np.asarray(Image.fromarray(values).crop(page).resize(size, how))
