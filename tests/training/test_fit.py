import copy
import itertools
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from tests.training.little_pages import Points, small_net, squared_error, write_pages
from unrender.config import UserError
from unrender.data.batches import StructureDataset
from unrender.models.encoder import Config, Encoder
from unrender.objectives.encoder import EncoderObjective
from unrender.training import fit as loop
from unrender.training.feed import Examples
from unrender.training.fit import Diverged, fit
from unrender.training.optim import Optim

CFG = Optim(
    lr=0.05, steps=24, batch_size=6, accumulate=2, warmup_steps=3, precision="fp32", ema_decay=0.9,
    log_every=4, val_every=8, val_examples=6, channels_last=False,
)  # fmt: skip


def changed(**fields) -> Optim:
    return Optim(**(CFG.model_dump() | fields))


def train(
    folder: Path,
    cfg: Optim = CFG,
    model: nn.Module | None = None,
    objective=squared_error,
    examples: Examples | None = None,
    log=None,
) -> nn.Module:
    examples = examples or Points()
    return fit(
        model or small_net(), objective, examples, examples, cfg,
        seed=3, run_dir=folder, fingerprint="f", log=log or (lambda step, scalars: None),
    )  # fmt: skip


def same(one: nn.Module, two: nn.Module) -> bool:
    pairs = zip(one.state_dict().values(), two.state_dict().values(), strict=True)
    return all(torch.equal(a, b) for a, b in pairs)


class Killed(BaseException):
    pass


def killed_at(calls: int):
    """squared_error, until the plug is pulled."""
    count = itertools.count()

    def objective(model, batch, generator):
        if next(count) == calls:
            raise Killed
        return squared_error(model, batch, generator)

    return objective


@pytest.mark.parametrize("schedule", ["cosine", "plateau"])
def test_a_killed_training_ends_where_an_uninterrupted_one_does(tmp_path: Path, monkeypatch, schedule: str) -> None:
    cfg = changed(schedule=schedule, plateau_patience=1, patience=3)
    logged: list = []
    whole = train(tmp_path / "whole", cfg, log=lambda step, scalars: logged.append((step, scalars)))
    monkeypatch.setattr(loop, "SAVE_SECONDS", 0.0)
    for calls in (15, 9, 20):  # in the middle of a step, of a window of logging, and after a validation
        with pytest.raises(Killed):
            train(tmp_path / "killed", cfg, objective=killed_at(calls))
    again: list = []
    resumed = train(tmp_path / "killed", cfg, log=lambda step, scalars: again.append((step, scalars)))
    assert same(whole, resumed)
    assert [without_timings(entry) for entry in again] == [without_timings(entry) for entry in logged]


def without_timings(entry: tuple[int, dict]) -> tuple[int, dict]:
    step, scalars = entry
    return step, {name: value for name, value in scalars.items() if "/" in name or name == "lr"}


def test_when_a_state_is_saved_has_no_bearing_on_the_result(tmp_path: Path, monkeypatch) -> None:
    whole = train(tmp_path / "a")
    monkeypatch.setattr(loop, "SAVE_SECONDS", 0.0)
    assert same(whole, train(tmp_path / "b"))


def test_a_finished_training_is_not_done_twice(tmp_path: Path) -> None:
    whole = train(tmp_path)
    assert same(whole, train(tmp_path, objective=killed_at(0)))


def test_two_half_batches_are_one_whole(tmp_path: Path) -> None:
    """Without batch statistics and noise, which see the parts."""

    def objective(model, batch, generator) -> dict[str, Tensor]:
        return {"loss": (model(batch["x"]) - batch["y"]).square().mean()}

    results = []
    for batch_size, accumulate in ((12, 1), (6, 2), (3, 4)):
        torch.manual_seed(0)
        model = nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 1))
        cfg = changed(batch_size=batch_size, accumulate=accumulate)
        results.append(train(tmp_path / str(accumulate), cfg, model, objective))
    for other in results[1:]:
        for a, b in zip(results[0].parameters(), other.parameters(), strict=True):
            torch.testing.assert_close(a, b, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(("bad", "where"), [(float("nan"), "loss"), (float("inf"), "loss")])
def test_a_loss_that_is_no_number_names_the_step_and_keeps_the_state(tmp_path: Path, monkeypatch, bad, where) -> None:
    monkeypatch.setattr(loop, "SAVE_SECONDS", 0.0)
    count = itertools.count()

    def objective(model, batch, generator):
        scores = squared_error(model, batch, generator)
        return scores | {"loss": scores["loss"] * (bad if next(count) == 10 else 1)}

    with pytest.raises(Diverged, match=rf"step 5: {where} is {bad}") as caught:  # two calls a step
        train(tmp_path, objective=objective)
    assert isinstance(caught.value, UserError)
    assert isinstance(caught.value, FloatingPointError)
    assert same(train(tmp_path), train(tmp_path / "other"))  # the state of step 5 was whole


def test_a_gradient_that_is_no_number_is_caught_though_the_loss_is_one(tmp_path: Path) -> None:
    def objective(model, batch, generator):
        out = model(batch["x"])
        return {"loss": (out - out).square().sum().sqrt()}  # 0, but its slope is 0/0

    with pytest.raises(Diverged, match="step 0: grad_norm is nan"):
        train(tmp_path, objective=objective)


def test_early_stopping_ships_the_best(tmp_path: Path) -> None:
    """The validation loss is made to rise from the third validation on."""
    seen: list[nn.Module] = []

    def objective(model, batch, generator):
        scores = squared_error(model, batch, generator)
        if model.training:
            return scores
        seen.append(copy.deepcopy(model))
        return {"loss": torch.tensor(float(abs(len(seen) - 2)))}

    cfg = changed(patience=2, val_every=4, steps=400, schedule="constant")
    steps: list[int] = []
    shipped = train(tmp_path, cfg, objective=objective, log=lambda step, scalars: steps.append(step))
    assert steps[-1] == 16  # the best at 8, then two without a gain
    assert same(shipped, seen[1])


def test_the_average_has_the_buffers_of_the_model(tmp_path: Path) -> None:
    model = small_net()
    shipped = train(tmp_path, model=model)
    assert shipped is not model
    assert not torch.equal(next(shipped.parameters()), next(model.parameters()))
    assert all(torch.equal(a, b) for a, b in zip(shipped.buffers(), model.buffers(), strict=True))


def test_another_training_s_state_is_refused(tmp_path: Path) -> None:
    train(tmp_path)
    with pytest.raises(UserError, match="belongs to other params"):
        fit(small_net(), squared_error, Points(), Points(), CFG, seed=3, run_dir=tmp_path, fingerprint="g", log=print)


def test_a_damaged_state_is_named(tmp_path: Path) -> None:
    train(tmp_path)
    state = tmp_path / "last.pt"
    state.write_bytes(state.read_bytes()[:1000])
    with pytest.raises(UserError, match=r"last\.pt is damaged"):
        train(tmp_path)


def test_two_trainings_do_not_share_a_folder(tmp_path: Path) -> None:
    from unrender.training.state import exclusive

    with exclusive(tmp_path), pytest.raises(UserError, match="Another process is training"):
        train(tmp_path)


def test_one_batch_of_pages_is_learnt_by_heart(tmp_path: Path) -> None:
    pages = StructureDataset(write_pages(tmp_path / "data", train=4, val=1), "train")
    torch.manual_seed(0)
    cfg = changed(
        lr=0.02,
        steps=60,
        batch_size=4,
        accumulate=1,
        precision="bf16",
        channels_last=True,
        ema_decay=None,
        val_every=20,
    )
    losses: list[float] = []

    def log(step: int, scalars: dict) -> None:
        losses.append(scalars["train/loss"])

    model = train(tmp_path / "run", cfg, Encoder(Config(base=8)), EncoderObjective(), pages, log)
    assert losses[-1] < losses[0] / 4
    right = [(model.read(pages[i]["image"])["masks"] == pages[i]["masks"]).mean() for i in range(4)]
    assert min(right) > 0.97
