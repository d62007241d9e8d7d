"""Everything a training needs to go on after a kill: one file, replaced whole."""

import contextlib
import copy
import fcntl
import io
import pickle
from collections.abc import Generator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import nn

from unrender.artifacts import atomic_path
from unrender.config import UserError
from unrender.training.average import average_of, follow
from unrender.training.muon import Muon, Together, hidden
from unrender.training.optim import Optim, since_best
from unrender.training.scores import Scalars


@dataclass
class TrainState:
    """Where a training stands. `step` counts finished steps."""

    model: nn.Module
    optimizer: torch.optim.Optimizer | Together
    cfg: Optim
    average: nn.Module | None = None
    best: dict[str, torch.Tensor] | None = None  # the weights with the lowest validation loss, if they are what ships
    step: int = 0
    val_losses: list[float] = field(default_factory=list)
    history: list[tuple[int, Scalars]] = field(default_factory=list)  # all that was logged, without timings
    window: list[Scalars] = field(default_factory=list)  # steps since the last log

    @classmethod
    def start(cls, model: nn.Module, cfg: Optim) -> "TrainState":
        """Step 0."""
        average = average_of(model) if cfg.ema_decay is not None else None
        return cls(model, optimizer_for(model, cfg), cfg, average)

    @property
    def shipped(self) -> nn.Module:
        """The weights that are validated and, at the end, returned."""
        return self.model if self.average is None else self.average

    @property
    def finished(self) -> bool:
        """All steps done, or no gain for `patience` validations."""
        stale = self.cfg.patience is not None and since_best(self.val_losses) >= self.cfg.patience
        return stale or self.step >= self.cfg.steps

    def advance(self, lr: float) -> None:
        """Change the weights by the gradients at hand."""
        for group in self.optimizer.param_groups:
            group["lr"] = lr
        self.optimizer.step()
        if self.average is not None and self.cfg.ema_decay is not None:
            follow(self.average, self.model, self.cfg.ema_decay, self.step)
        self.step += 1

    def validated(self, loss: float) -> None:
        """Note a validation loss; with early stopping, keep the weights if they are the best so far."""
        self.val_losses.append(loss)
        if self.cfg.patience is not None and since_best(self.val_losses) == 0:
            self.best = copy.deepcopy(self.shipped.state_dict())

    def final(self) -> nn.Module:
        """The model to ship: the best with early stopping, else the last; averaged if an average is kept."""
        if self.best is not None:
            self.shipped.load_state_dict(self.best)
        return self.shipped.eval()

    def payload(self) -> dict[str, Any]:
        """All of it as plain containers and tensors."""
        return {
            "model": self.model.state_dict(),
            "average": self.average and self.average.state_dict(),
            "optimizer": self.optimizer.state_dict(),
        } | {name: getattr(self, name) for name in _PLAIN}

    def restore(self, payload: dict[str, Any]) -> None:
        """Stand where `payload` was taken."""
        self.model.load_state_dict(payload["model"])
        self.optimizer.load_state_dict(payload["optimizer"])
        if self.average is not None:
            self.average.load_state_dict(payload["average"])
        for name in _PLAIN:
            setattr(self, name, payload[name])


_PLAIN = ("best", "step", "val_losses", "history", "window")


def optimizer_for(model: nn.Module, cfg: Optim) -> torch.optim.AdamW | Together:
    """AdamW, beside Muon for hidden layers if asked for; weight decay on matrices and kernels only, not on biases and
    norms."""
    layers = hidden(model) if cfg.method == "muon" else []
    taken = {id(weight) for weight in layers}
    learned = [p for p in model.parameters() if p.requires_grad and id(p) not in taken]
    groups = [
        {"params": [p for p in learned if p.ndim > 1], "weight_decay": cfg.weight_decay},
        {"params": [p for p in learned if p.ndim <= 1], "weight_decay": 0.0},
    ]
    adamw = torch.optim.AdamW(groups, lr=cfg.lr, fused=True)
    return Together(adamw, Muon(layers, cfg.lr, cfg.weight_decay)) if layers else adamw


def save(path: Path, payload: dict[str, Any], fingerprint: str) -> None:
    """Replace the file at once: a kill leaves the old state or the new one."""
    with atomic_path(path) as aside:
        buffer = io.BytesIO()  # torch reports a full disk as a RuntimeError, a file as what it is
        torch.save({"fingerprint": fingerprint, **payload}, buffer)
        aside.write_bytes(buffer.getbuffer())


def load(path: Path, fingerprint: str) -> dict[str, Any] | None:
    """What `save` wrote, or None if nothing is there. UserError if it is damaged or another training's."""
    if not path.exists():
        return None
    try:
        payload = torch.load(path, weights_only=True)
    except (RuntimeError, EOFError, pickle.UnpicklingError) as error:
        raise UserError(f"{path} is damaged ({error}). Remove it to start this training anew.") from None
    if payload["fingerprint"] != fingerprint:
        raise UserError(f"{path} belongs to other params, data or code. Remove it to start this training anew.")
    return payload


@contextlib.contextmanager
def exclusive(folder: Path) -> Generator[None]:
    """Hold the folder for this process; UserError if another training with the same fingerprint does."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise UserError(f"Another process is training in {folder}. Wait for it, or end it first.") from None
        yield
