"""What a params file says about optimisation, and the learning rate at each step."""

import math
from collections.abc import Sequence
from typing import Literal

import pydantic
from pydantic import Field

from unrender.config import Section


class Curriculum(Section):
    """Easy examples first: in `stages` steps the pool grows from the easiest to all of them."""

    stages: int = Field(default=1, ge=1, description="1 draws from all examples from the start.")
    share: float = Field(default=0.5, gt=0, le=1, description="Share of the training after which all are in.")


class Optim(Section):
    """One run of `fit`. A step is one change of the weights, over batch_size x accumulate examples."""

    method: Literal["adamw", "muon"] = Field(
        default="adamw", description="muon: orthogonal steps for hidden layers, AdamW for all else."
    )
    lr: float = Field(gt=0)
    steps: int = Field(ge=1)
    batch_size: int = Field(ge=1, description="Examples in one forward pass, over all processes together.")
    accumulate: int = Field(default=1, ge=1, description="Forward passes per step.")
    warmup_steps: int = Field(default=0, ge=0, description="Steps in which lr rises linearly from nothing.")
    schedule: Literal["constant", "cosine", "exponential", "plateau"] = "cosine"
    lr_end: float = Field(default=0.01, gt=0, le=1, description="Share of lr left at the end: cosine, exponential.")
    plateau_patience: int = Field(default=3, ge=1, description="plateau: validations without a gain before lr falls.")
    plateau_factor: float = Field(default=0.3, gt=0, lt=1, description="plateau: what lr is multiplied by.")
    weight_decay: float = Field(default=0.01, ge=0)
    grad_clip: float = Field(default=1.0, gt=0, description="Largest norm of the whole gradient.")
    precision: Literal["auto", "fp32", "bf16"] = Field(
        default="auto", description="auto: bf16 where the device has instructions for it."
    )
    ema_decay: float | None = Field(default=None, gt=0, lt=1, description="Ship a running average of the weights.")
    log_every: int = Field(default=10, ge=1)
    val_every: int = Field(ge=1, description="A multiple of log_every.")
    val_examples: int = Field(default=64, ge=1, description="The same ones each time.")
    patience: int | None = Field(default=None, ge=1, description="Validations without a gain before stopping.")
    compile: bool = False
    channels_last: bool = True
    curriculum: Curriculum = Curriculum()

    @pydantic.model_validator(mode="after")
    def _consistent(self) -> "Optim":
        if self.val_every % self.log_every:
            raise ValueError(f"val_every {self.val_every} must be a multiple of log_every {self.log_every}")
        if self.warmup_steps >= self.steps:
            raise ValueError(f"warmup_steps {self.warmup_steps} must be fewer than steps {self.steps}")
        return self


def lr_at(step: int, cfg: Optim, val_losses: Sequence[float] = ()) -> float:
    """The learning rate of `step` (from 0), a function of its arguments alone, so it survives a restart."""
    if step < cfg.warmup_steps:
        return cfg.lr * (step + 1) / cfg.warmup_steps
    done = (step - cfg.warmup_steps) / max(1, cfg.steps - cfg.warmup_steps)  # 0..1
    match cfg.schedule:
        case "constant":
            return cfg.lr
        case "cosine":
            return cfg.lr * (cfg.lr_end + (1 - cfg.lr_end) * (1 + math.cos(math.pi * done)) / 2)
        case "exponential":
            return cfg.lr * cfg.lr_end**done
        case "plateau":
            return cfg.lr * cfg.plateau_factor ** falls(val_losses, cfg.plateau_patience)


def falls(val_losses: Sequence[float], patience: int) -> int:
    """How often `patience` validations in a row brought no new best; each fall starts the count anew."""
    best, waited, count = math.inf, 0, 0
    for loss in val_losses:
        waited = 0 if loss < best else waited + 1
        best = min(best, loss)
        if waited == patience:
            waited, count = 0, count + 1
    return count


def since_best(val_losses: Sequence[float]) -> int:
    """Validations since the best one."""
    return len(val_losses) - 1 - val_losses.index(min(val_losses)) if val_losses else 0
