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


@dataclass(frozen=True)
class EncoderObjective:
    """objective(model, batch, generator) -> {"loss", and each term by itself}.

    While training, colour is scored on one pixel of each `colour_stride` x `colour_stride` block, drawn anew each time:
    the expected loss is the same and a step costs a quarter less.
    """

    weights: Weights = Weights()
    colour_stride: int = 2

    def __call__(self, model: nn.Module, batch: Batch, generator: torch.Generator) -> dict[str, Tensor]:
        """`batch` is what StructureDataset gives, stacked: bytes, so that little is moved."""
        out = model(batch["image"].float() / 255)
        dice = dice_loss(out["masks"].float().sigmoid(), batch["masks"])  # (b, 2)
        rows, columns = self.sampled(model.training, generator)
        terms = {
            "dice_text": dice[:, 0].mean(),
            "dice_image": dice[:, 1].mean(),
            "cross_entropy": colour_loss(out["colour"][..., rows, columns], batch["colour"][..., rows, columns]),
            "mse": hierarchy_loss(out["hierarchy"], batch["hierarchy"]),
        }
        w = self.weights
        masks = w.dice * (terms["dice_text"] + terms["dice_image"])
        return {"loss": masks + w.colour * terms["cross_entropy"] + w.hierarchy * terms["mse"], **terms}

    def sampled(self, training: bool, generator: torch.Generator) -> tuple[slice, slice]:
        """The rows and the columns whose colours are scored."""
        if not training or self.colour_stride == 1:
            return slice(None), slice(None)
        first = torch.randint(self.colour_stride, (2,), generator=generator, device=generator.device).tolist()
        return slice(first[0], None, self.colour_stride), slice(first[1], None, self.colour_stride)


def dice_loss(
    probability: Float[Tensor, "b c h w"], target: Bool[Tensor, "b c h w"], smooth: float = 1.0
) -> Float[Tensor, "b c"]:
    """1 - soft Dice of each mask, summed in float32; 0 is a perfect match. `smooth` (in pixels) settles empty masks.

    Squares in the denominator (Milletari et al. 2016, V-Net, eq. 3). With plain sums the best constant is "everything",
    where the sigmoid is flat: masks of thin lines then take hundreds of steps to leave it.
    """
    p, t = probability.float(), target.float()
    overlap = (p * t).sum((-2, -1))
    return 1 - (2 * overlap + smooth) / (p.square().sum((-2, -1)) + t.sum((-2, -1)) + smooth)


def colour_loss(logits: Float[Tensor, "b k h w"], classes: UInt8[Tensor, "b h w"]) -> Float[Tensor, ""]:
    """Cross-entropy in nats, mean over pixels; pixels outside the page are a class like any other."""
    return F.cross_entropy(logits.float(), classes.long())


def hierarchy_loss(logits: Float[Tensor, "b 1 h w"], weight: UInt8[Tensor, "b 1 h w"]) -> Float[Tensor, ""]:
    """Mean squared error on 0..1; the map stores 0..255."""
    return F.mse_loss(logits.float().sigmoid(), weight.float() / 255)
