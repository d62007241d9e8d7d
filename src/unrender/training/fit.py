"""The one training loop. What a loss is, the objective says; what a step is, is said here."""

import contextlib
import math
import time
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import TypeVar, cast

import torch
from torch import nn

from unrender.config import UserError
from unrender.training import state as states
from unrender.training.feed import Augmentation, Batch, Examples, feed
from unrender.training.optim import Optim, lr_at
from unrender.training.order import Order, derive, generator
from unrender.training.progress import Clock, Progress
from unrender.training.scores import Objective, Scalars, autocast, mean, validate
from unrender.training.state import TrainState
from unrender.training.team import Team

Model = TypeVar("Model", bound=nn.Module)

SAVE_SECONDS = 20.0  # the most that a kill may cost; when a state was saved has no bearing on the result


class Diverged(UserError, FloatingPointError):
    """The loss or its gradient is no longer a number."""


def fit(
    model: Model,
    objective: Objective,
    train: Examples,
    val: Examples,
    cfg: Optim,
    *,
    seed: int,
    run_dir: Path,
    fingerprint: str,
    log: Callable[[int, Scalars], None],
    augment: Augmentation | None = None,
    team: Team = Team(),  # noqa: B008  (frozen)
) -> Model:
    """Train `model`, going on from the state in `run_dir` if there is one; return the model to ship, in eval mode.

    `log(step, scalars)`, called by the first process only, first gets again what a killed run had logged. The caller
    removes `run_dir` once it has saved.
    Raises Diverged (a UserError) naming the step when a loss or gradient is not finite.
    """
    if cfg.batch_size % team.size:
        raise UserError(f"batch_size {cfg.batch_size} cannot be shared by {team.size} processes. Make it a multiple.")
    state, runner = _prepared(model, cfg, team)
    with _kept(state, run_dir, fingerprint, team) as keep:
        if not team.leads:
            log = _silent
        for step, scalars in state.history:
            log(step, scalars)
        order = Order(train.difficulty, cfg.batch_size, cfg.steps * cfg.accumulate, seed, cfg.curriculum)
        start, stop = state.step * cfg.accumulate, cfg.steps * cfg.accumulate
        batches = feed(train, order, start, stop, team, augment)
        clock = Clock(cfg.batch_size * cfg.accumulate)
        with Progress(cfg.steps, state.step, silent=not team.leads) as progress, contextlib.closing(batches):
            note = ""
            while not state.finished:
                update(state, runner, objective, batches, seed, team)
                if state.step % cfg.log_every == 0 or state.finished:
                    scalars = _record(state, objective, val, seed, team)
                    note = f"loss {scalars['train/loss']:.3g}"
                    log(state.step, scalars | clock.read(state.step, team.device))
                progress.show(state.step, note)
                keep(now=state.finished)  # the caller may yet fail to write its outputs
    return cast(Model, state.final())


def _silent(step: int, scalars: Scalars) -> None:
    """What processes other than the first log to."""


def _prepared(model: nn.Module, cfg: Optim, team: Team) -> tuple[TrainState, nn.Module]:
    """The state of step 0, and the module to call: the model, shared with the team."""
    model.to(team.device)
    if cfg.channels_last:
        model.to(memory_format=torch.channels_last)
    state = TrainState.start(model, cfg)  # copies the model for the average, so before it is compiled
    if cfg.compile:
        model.compile()
    return state, team.wrap(model)


@contextlib.contextmanager
def _kept(state: TrainState, run_dir: Path, fingerprint: str, team: Team) -> Generator[Callable[..., None]]:
    """Restore what is in `run_dir`, and give a function that saves there when it is time."""
    path = run_dir / "last.pt"
    saved = time.monotonic()

    def keep(now: bool = False) -> None:
        nonlocal saved
        if team.leads and (now or time.monotonic() - saved >= SAVE_SECONDS):
            states.save(path, state.payload(), fingerprint)
            saved = time.monotonic()

    with states.exclusive(run_dir) if team.leads else contextlib.nullcontext():
        payload = team.agree(lambda: states.load(path, fingerprint))
        if payload is not None:
            state.restore(payload)
        yield keep


def update(
    state: TrainState, runner: nn.Module, objective: Objective, batches: Iterator[Batch], seed: int, team: Team
) -> None:
    """One step: the mean gradient over cfg.accumulate batches, clipped, applied."""
    cfg = state.cfg
    runner.train()
    state.optimizer.zero_grad(set_to_none=True)
    torch.manual_seed(derive(seed, "step", state.step, team.rank))  # dropout
    noise = generator(seed, "noise", state.step, team.rank, device=team.device)
    totals: list[Scalars] = []
    for part in range(1, cfg.accumulate + 1):
        with _unshared(runner, part < cfg.accumulate), autocast(cfg.precision, team.device):
            scores = objective(runner, next(batches), noise)
            (scores["loss"] / cfg.accumulate).backward()
        totals.append({name: float(value.detach()) for name, value in scores.items()})
    norm = float(nn.utils.clip_grad_norm_(state.model.parameters(), cfg.grad_clip))
    scalars = mean(totals) | {"grad_norm": norm}
    _require_finite(scalars, state)
    state.advance(lr_at(state.step, cfg, state.val_losses))
    state.window.append(scalars)


def _unshared(runner: nn.Module, more: bool) -> contextlib.AbstractContextManager:
    """Gradients are exchanged between processes once a step, with its last part."""
    shared = isinstance(runner, nn.parallel.DistributedDataParallel)
    return runner.no_sync() if shared and more else contextlib.nullcontext()


def _require_finite(scalars: Scalars, state: TrainState) -> None:
    wrong = [f"{name} is {value}" for name, value in scalars.items() if not math.isfinite(value)]
    if wrong:
        raise Diverged(
            f"Training stopped at step {state.step}: {', '.join(wrong)}. Lower optim.lr or optim.grad_clip, "
            "or set optim.precision: fp32; the last saved state is kept."
        )


def _record(state: TrainState, objective: Objective, val: Examples, seed: int, team: Team) -> Scalars:
    """Close the window of steps: their mean and, when it is time, the validation; kept in the history."""
    cfg = state.cfg
    scalars = {f"train/{name}": value for name, value in mean(state.window).items()}
    scalars["lr"] = state.optimizer.param_groups[0]["lr"]
    if state.step % cfg.val_every == 0 or state.step == cfg.steps:
        found = team.agree(lambda: validate(state.shipped, objective, val, cfg, seed, team.device))
        state.validated(found["loss"])
        scalars |= {f"val/{name}": value for name, value in found.items()}
    state.window = []
    state.history.append((state.step, scalars))
    return scalars
