"""The coder's loss: how surprised it is by the true choices, and how far it looks beside what they stand for."""

from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float
from pydantic import Field
from torch import Tensor, nn

from unrender.config import Section
from unrender.models.coder import GRID, REFUSED

Batch = dict[str, Tensor]


class Weights(Section):
    """Terms of the loss."""

    look: float = Field(default=0.5, ge=0, description="Of looking at what a word stands for, where that is known.")
    smoothing: float = Field(default=0.0, ge=0, lt=1, description="Share of a target that its other options have.")
    own: float = Field(default=0.0, ge=0, le=1, description="Share of choices it is told as it made them itself.")


@dataclass(frozen=True)
class CoderObjective:
    """objective(model, batch, generator) -> {"loss", each term, and the accuracy of the choices}.

    `batch` is what CodeDataset gives, stacked. Only choices count: neither padding nor words the grammar forces.
    """

    weights: Weights = Weights()

    def __call__(self, model: nn.Module, batch: Batch, generator: torch.Generator) -> dict[str, Tensor]:
        tokens, length, options = batch["tokens"], batch["length"], batch["options"]
        real = torch.arange(tokens.shape[1], device=tokens.device) < length[:, None]  # (b, t)
        own = None
        if self.weights.own and model.training:
            draw = torch.rand(tokens.shape, generator=generator, device=tokens.device)
            own = draw < self.weights.own
        logits, looks = model(batch["image"], tokens, length, own, options)
        logits = logits.masked_fill(~options, REFUSED)
        surprise = choice_loss(logits, tokens, options, real, self.weights.smoothing)
        look = look_loss(looks, batch["box"], real)
        right = ((logits.argmax(2) == tokens) & real).sum() / real.sum()
        loss = surprise + self.weights.look * look if self.weights.look else surprise
        return {"loss": loss, "cross_entropy": surprise, "look": look, "accuracy": right}


def choice_loss(
    logits: Float[Tensor, "b t v"],
    tokens: Tensor,
    options: Bool[Tensor, "b t v"],
    real: Bool[Tensor, "b t"],
    smoothing: float,
) -> Float[Tensor, ""]:
    """Cross-entropy in nats, mean over real choices; a share of the target is spread over all options (Szegedy et al.
    2016, section 7)."""
    odds = logits[real].log_softmax(1)  # (k, v)
    true = -odds.gather(1, tokens[real][:, None]).mean()
    if not smoothing:
        return true
    allowed = options[real]
    spread = -(odds.masked_fill(~allowed, 0).sum(1) / allowed.sum(1)).mean()
    return (1 - smoothing) * true + smoothing * spread


def look_loss(
    looks: Float[Tensor, "b t n"], box: Float[Tensor, "b t 4"], real: Bool[Tensor, "b t"]
) -> Float[Tensor, ""]:
    """-log of the share of attention within the true box, mean over choices whose box is known; 0 where none is, or
    where nothing looks (Liu et al. 2017 supervise attention alike, by the distance of distributions)."""
    known = real & (box[..., 2] > 0)
    if not known.any() or looks.shape[2] == 0:
        return looks.new_zeros(())
    inside = (looks[known] * covered(box[known])).sum(1)
    return -inside.clamp_min(1e-6).log().mean()


def covered(box: Float[Tensor, "k 4"]) -> Bool[Tensor, "k n"]:
    """The places of GRID that a box touches; those whose middle is within half a place of it."""
    axes = []
    for axis, count in ((1, GRID[0]), (0, GRID[1])):
        middle = (torch.arange(count, device=box.device) + 0.5) / count
        low, high = box[:, axis, None], box[:, axis, None] + box[:, axis + 2, None]
        axes.append((middle >= low - 0.5 / count) & (middle <= high + 0.5 / count))
    return (axes[0][:, :, None] & axes[1][:, None]).flatten(1)
