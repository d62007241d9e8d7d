"""Other views of a page whose labels are still known exactly. A page is never turned or mirrored."""

import io

import numpy as np
import torch
from jaxtyping import UInt8
from PIL import Image
from pydantic import Field
from torch import Generator, Tensor
from torch.nn import functional as F

from unrender.config import Section, UserError

Batch = dict[str, Tensor]

JITTER_LIMIT = 0.016  # beyond this the palest swatches could be taken for one another


class Augment(Section):
    """How far a view may be from the page; with the defaults it is the page itself."""

    colour_jitter: float = Field(default=0.0, ge=0, le=JITTER_LIMIT, description="Largest change of a colour channel.")
    crop: float = Field(default=0.0, ge=0, le=0.5, description="Largest share of the side that is cut off.")
    soften: float = Field(default=0.0, ge=0, le=1, description="Share of images blurred, shrunk or sent through JPEG.")
    window: int | None = Field(default=None, ge=32, multiple_of=32, description="Train on squares of this side, in px.")


def augmented(batch: Batch, generator: Generator, config: Augment) -> Batch:
    """A batch of StructureDataset with each example in a new view; `generator` (on the CPU) decides all of it."""
    if config.window:
        batch = windowed(batch, config.window, generator)
    if config.crop:
        batch = _stacked([_cropped(example, config.crop, generator) for example in _unstacked(batch)])
    if config.soften:
        batch = batch | {"image": torch.stack([_softened(i, config.soften, generator) for i in batch["image"]])}
    if config.colour_jitter:
        batch = batch | {"image": jittered(batch["image"], config.colour_jitter, generator)}
    return batch


def jittered(image: UInt8[Tensor, "b 3 h w"], most: float, generator: Generator) -> UInt8[Tensor, "b 3 h w"]:
    """Each channel of each image stretched and shifted, by `most` of the range in all."""
    change = torch.rand(2, len(image), 3, 1, 1, generator=generator) * 2 - 1  # -1..1
    gain, shift = 1 + most / 2 * change[0], most / 2 * 255 * change[1]
    return (image * gain + shift).round().clamp(0, 255).to(torch.uint8)


def windowed(batch: Batch, side: int, generator: Generator) -> Batch:
    """A random square of every example, at its own scale.

    What is local to a page can be learnt from a part of it: with a quarter of the pixels, a step costs a quarter of the
    time and teaches half as much. Squares are drawn from all of the frame; with fewer from its margins, plain areas of
    colour were taken for pictures.
    """
    height, width = batch["image"].shape[-2:]
    if side > min(height, width):
        raise UserError(f"augment.window {side} is larger than the pages, {width} x {height}; make it smaller or null")
    return _stacked([_window(example, side, generator) for example in _unstacked(batch)])


def _window(example: Batch, side: int, generator: Generator) -> Batch:
    top, left = (_integer(0, length - side, generator) for length in example["colour"].shape)
    return {name: values[..., top : top + side, left : left + side] for name, values in example.items()}


def _cropped(example: Batch, most: float, generator: Generator) -> Batch:
    """A random square window of every map, scaled back up: the image smoothly, labels to the nearest pixel."""
    side = example["image"].shape[-1]
    cut = _window(example, side - _integer(0, int(most * side), generator), generator)
    return {name: _zoomed(values, side, smooth=name == "image") for name, values in cut.items()}


def _zoomed(cut: Tensor, side: int, smooth: bool) -> Tensor:
    """(c, window, window) or (window, window) -> the same with another side, and of the same type."""
    channels = cut.reshape(1, -1, *cut.shape[-2:])
    if smooth:
        zoomed = F.interpolate(channels.float(), size=side, mode="bilinear").round()
    else:
        zoomed = F.interpolate(channels.to(torch.uint8), size=side, mode="nearest-exact")
    return zoomed.to(cut.dtype).reshape(*cut.shape[:-2], side, side)


def _softened(image: UInt8[Tensor, "3 h w"], share: float, generator: Generator) -> UInt8[Tensor, "3 h w"]:
    """The wear of genuine screenshots, on `share` of the images."""
    if torch.rand((), generator=generator) >= share:
        return image
    ways = (_blurred, _shrunk, _compressed)
    return ways[_integer(0, len(ways) - 1, generator)](image, float(torch.rand((), generator=generator)))


def _blurred(image: UInt8[Tensor, "3 h w"], strength: float) -> UInt8[Tensor, "3 h w"]:
    """Mixed with its 3 x 3 mean."""
    mean = F.avg_pool2d(F.pad(image[None].float(), (1, 1, 1, 1), mode="replicate"), 3, stride=1)[0]
    return torch.lerp(image.float(), mean, 0.6 * strength).round().to(torch.uint8)


def _shrunk(image: UInt8[Tensor, "3 h w"], strength: float) -> UInt8[Tensor, "3 h w"]:
    """Scaled down to 60..100 % and up again."""
    size = image.shape[-2:]
    small = [round(side * (1 - 0.4 * strength)) for side in size]
    shrunk = F.interpolate(image[None].float(), size=small, mode="bilinear", antialias=True)
    return F.interpolate(shrunk, size=size, mode="bilinear")[0].round().clamp(0, 255).to(torch.uint8)


def _compressed(image: UInt8[Tensor, "3 h w"], strength: float) -> UInt8[Tensor, "3 h w"]:
    """Through JPEG of quality 95 down to 45."""
    buffer = io.BytesIO()
    Image.fromarray(image.permute(1, 2, 0).contiguous().numpy()).save(buffer, "JPEG", quality=round(95 - 50 * strength))
    with Image.open(buffer) as picture:
        return torch.from_numpy(np.array(picture)).permute(2, 0, 1)


def _integer(low: int, high: int, generator: Generator) -> int:
    """Uniform in low..high, both included."""
    return int(torch.randint(low, high + 1, (), generator=generator))


def _unstacked(batch: Batch) -> list[Batch]:
    return [dict(zip(batch, values, strict=True)) for values in zip(*batch.values(), strict=True)]


def _stacked(examples: list[Batch]) -> Batch:
    return {name: torch.stack([example[name] for example in examples]) for name in examples[0]}
