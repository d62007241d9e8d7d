"""The abstractor's loss: cross-entropy of goal and format, absolute error of tone and grammar."""

from dataclasses import dataclass

import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional as F

from unrender.config import Section

Batch = dict[str, Tensor]


class Weights(Section):
    """Share of each term in the loss. Errors of numbers in 0..1 are small beside a cross-entropy in nats."""

    goal: float = Field(default=1.0, ge=0)
    format: float = Field(default=1.0, ge=0)
    tone: float = Field(default=2.5, ge=0)
    grammar: float = Field(default=3.0, ge=0)
    smoothing: float = Field(default=0.0, ge=0, lt=1, description="Chance that is shared out among all goals.")


@dataclass(frozen=True)
class AbstractorObjective:
    """objective(model, batch, generator) -> {"loss", and each term by itself}. `batch` is what BriefDataset gives."""

    weights: Weights = Weights()

    def __call__(self, model: nn.Module, batch: Batch, generator: torch.Generator) -> dict[str, Tensor]:
        out = model(*maps(batch))
        terms = {
            "goal": F.cross_entropy(out["goal"].float(), batch["goal"], label_smoothing=self.weights.smoothing),
            "format": F.cross_entropy(out["format"].float(), batch["format"]),
            "tone": F.l1_loss(out["tone"][:, 0].float(), batch["tone"]),
            "grammar": F.l1_loss(out["grammar"].float(), batch["grammar"]),
        }
        shares = self.weights.model_dump()
        return {"loss": torch.stack([shares[name] * term for name, term in terms.items()]).sum(), **terms}


def maps(batch: Batch) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """What an abstractor is given of a batch."""
    return batch["masks"].float(), batch["colour"], batch["hierarchy"].float() / 255, batch["measured"]
