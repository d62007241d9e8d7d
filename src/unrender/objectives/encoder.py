"""The encoder's loss: how far its maps are from the page's.

Weighted sum of soft Dice (text, image), cross-entropy (colour) and mean squared error (hierarchy).
"""

from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float, UInt8
from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional as F

from unrender.config import Section

Batch = dict[str, Tensor]


class Weights(Section):
    """Share of each term in the loss."""

    dice: float = Field(default=1.0, ge=0)
    colour: float = Field(default=0.5, ge=0)
    hierarchy: float = Field(default=1.0, ge=0)
    text_colour: float = Field(
        default=1.0, ge=0, description="How much more a pixel of text counts in the colour term."
    )


@dataclass(frozen=True)
class EncoderObjective:
    """objective(model, batch, generator) -> {"loss", and each term by itself}.

    Where a network gives colour at a lower resolution, as ours does while training, each of its pixels is scored
    against one pixel of the block that it stands for, drawn anew each time.
    """

    weights: Weights = Weights()

    def __call__(self, model: nn.Module, batch: Batch, generator: torch.Generator) -> dict[str, Tensor]:
        """`batch` is what StructureDataset gives, stacked: bytes, so that little is moved."""
        out = model(batch["image"].float() / 255)
        dice = dice_loss(out["masks"].float().sigmoid(), batch["masks"])  # (2,)
        terms = {
            "dice_text": dice[0],
            "dice_image": dice[1],
            "cross_entropy": self.colour(out["colour"], batch, generator),
            "mse": hierarchy_loss(out["hierarchy"], batch["hierarchy"]),
        }
        w = self.weights
        masks = w.dice * (terms["dice_text"] + terms["dice_image"])
        return {"loss": masks + w.colour * terms["cross_entropy"] + w.hierarchy * terms["mse"], **terms}

    def colour(self, logits: Float[Tensor, "b k h w"], batch: Batch, generator: torch.Generator) -> Float[Tensor, ""]:
        """Text covers a sixth of a page, but contrast and hierarchy are read off its colour."""
        both = torch.stack([batch["colour"], batch["masks"][:, 0].to(torch.uint8)], 1)  # (b, 2, h, w)
        classes, text = sampled(both, (logits.shape[-2], logits.shape[-1]), generator).unbind(1)
        return colour_loss(logits, classes, 1 + self.weights.text_colour * text)


def sampled(
    classes: UInt8[Tensor, "*b h w"], size: tuple[int, int], generator: torch.Generator
) -> UInt8[Tensor, "*b h2 w2"]:
    """One pixel of each block, so that `size` remains; the same place in every block."""
    rows, columns = classes.shape[-2] // size[0], classes.shape[-1] // size[1]
    if rows == columns == 1:
        return classes
    place = int(torch.randint(rows * columns, (), generator=generator, device=generator.device))
    return classes[..., place // columns :: rows, place % columns :: columns]


def dice_loss(
    probability: Float[Tensor, "b c h w"], target: Bool[Tensor, "b c h w"], smooth: float = 1.0
) -> Float[Tensor, " c"]:
    """1 - soft Dice of each mask, summed in float32; 0 is a perfect match. `smooth` (in pixels) settles empty masks.

    Summed over the batch, as the IoU that is reported is summed over the data set: taken page by page, half of the
    loss would be noise from pages without a picture. Squares in the denominator (Milletari et al. 2016, V-Net, eq. 3):
    with plain sums the best constant is "everything", where the sigmoid is flat, and thin lines take hundreds of steps
    to leave it.
    """
    p, t = probability.float(), target.float()
    overlap = (p * t).sum((0, 2, 3))
    return 1 - (2 * overlap + smooth) / (p.square().sum((0, 2, 3)) + t.sum((0, 2, 3)) + smooth)


def colour_loss(
    logits: Float[Tensor, "b k h w"], classes: UInt8[Tensor, "b h w"], weight: Float[Tensor, "b h w"]
) -> Float[Tensor, ""]:
    """Cross-entropy in nats, weighted mean over pixels; pixels outside the page are a class like any other."""
    return (F.cross_entropy(logits.float(), classes.long(), reduction="none") * weight).sum() / weight.sum()


def hierarchy_loss(logits: Float[Tensor, "b 1 h w"], weight: UInt8[Tensor, "b 1 h w"]) -> Float[Tensor, ""]:
    """Mean squared error on 0..1; the map stores 0..255."""
    return F.mse_loss(logits.float().sigmoid(), weight.float() / 255)
