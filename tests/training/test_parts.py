"""The small parts around the loop."""

import csv
import time
from pathlib import Path

import pytest
import torch
from torch import nn

from unrender.artifacts import save_model
from unrender.config import UserError
from unrender.models.encoder import Config, Encoder
from unrender.training.average import average_of, follow
from unrender.training.curve import Curve
from unrender.training.fingerprint import fingerprint
from unrender.training.optim import Optim
from unrender.training.progress import Progress
from unrender.training.state import optimizer_for
from unrender.training.warm_start import start_from


def test_the_average_by_hand() -> None:
    """At step 8 d is min(0.5, 9 / 18) = 0.5; at step 0 it is min(0.5, 1 / 10) = 0.1."""
    model = nn.Linear(1, 1, bias=False)
    nn.init.ones_(model.weight)
    average = average_of(model)
    nn.init.constant_(model.weight, 3.0)
    follow(average, model, 0.5, step=8)
    assert average.weight.item() == 2.0
    follow(average, model, 0.5, step=0)
    assert average.weight.item() == pytest.approx(0.1 * 2 + 0.9 * 3)


def test_buffers_are_copied_not_averaged() -> None:
    model = nn.BatchNorm1d(2)
    average = average_of(model)
    model(torch.randn(8, 2) + 5)
    follow(average, model, 0.9, step=100)
    assert torch.equal(average.running_mean, model.running_mean)
    assert int(average.num_batches_tracked) == 1


def test_weight_decay_spares_biases_and_norms() -> None:
    model = nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2))
    cfg = Optim(lr=0.1, steps=1, batch_size=1, val_every=10, weight_decay=0.1)
    decayed, spared = optimizer_for(model, cfg).param_groups
    assert (len(decayed["params"]), decayed["weight_decay"]) == (1, 0.1)
    assert (len(spared["params"]), spared["weight_decay"]) == (3, 0.0)


def test_the_fingerprint_sees_params_inputs_and_team(tmp_path: Path) -> None:
    manifest = tmp_path / "manifest.json"
    manifest.write_text("{}")
    marks = [
        fingerprint({"lr": 1}, [manifest]),
        fingerprint({"lr": 2}, [manifest]),
        fingerprint({"lr": 1}, [manifest], 2),
    ]
    manifest.write_text("{ }")
    marks.append(fingerprint({"lr": 1}, [manifest]))
    assert len(set(marks)) == 4
    assert marks[3] == fingerprint({"lr": 1}, [manifest])


def test_start_from_another_file(tmp_path: Path) -> None:
    torch.manual_seed(1)
    source, model = Encoder(Config(base=4)), Encoder(Config(base=4))
    save_model(tmp_path / "a.safetensors", source.state_dict(), "encoder", {}, {})
    start_from(model, tmp_path / "a.safetensors", "encoder")
    assert all(torch.equal(a, b) for a, b in zip(source.parameters(), model.parameters(), strict=True))
    with pytest.raises(UserError, match=r"a\.safetensors: colour\.correct\.weight is \(28, 4, 1, 1\).*\(28, 8, 1, 1\)"):
        start_from(Encoder(Config(base=8)), tmp_path / "a.safetensors", "encoder")
    with pytest.raises(UserError, match="kind 'encoder', but 'decoder' is needed"):
        start_from(model, tmp_path / "a.safetensors", "decoder")
    with pytest.raises(UserError, match="does not exist"):
        start_from(model, tmp_path / "b.safetensors", "encoder")


def test_the_curve_is_a_table_for_each_kind_of_loss_without_timings(tmp_path: Path) -> None:
    curve = Curve()
    curve.add(10, {"train/loss": 2.0, "lr": 0.1})
    curve.add(20, {"train/loss": 1.23456789, "val/loss": 1.5, "lr": 0.05, "examples_per_second": 40.0})
    train, val = (list(csv.DictReader(path.open(newline=""))) for path in curve.save(tmp_path))
    assert train == [
        {"step": "10", "train/loss": "2", "lr": "0.1"},
        {"step": "20", "train/loss": "1.23457", "lr": "0.05"},
    ]
    assert val == [{"step": "20", "val/loss": "1.5", "lr": "0.05"}]


def test_progress_on_a_pipe_is_a_line_now_and_then(capsys: pytest.CaptureFixture) -> None:
    with Progress(steps=100, start=20) as progress:
        progress.began = progress.printed = time.monotonic() - 20
        progress.show(60, "loss 0.5")  # 40 steps in 20 s: 2 a second, 20 s left
        progress.show(61)  # too soon
        progress.show(100)
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "step 60/100, 2 steps/s, 0:20 left, loss 0.5"
    assert len(lines) == 2
    assert lines[1].startswith("step 100/100")


def test_only_the_leader_shows_progress(capsys: pytest.CaptureFixture) -> None:
    with Progress(steps=1, start=0, silent=True) as progress:
        progress.show(1)
    assert capsys.readouterr().err == ""
