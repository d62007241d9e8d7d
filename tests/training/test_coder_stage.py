"""stages/train_coder.py as DVC runs it, on a few pages; and its training, killed and resumed."""

import itertools
from functools import partial
from pathlib import Path

import pytest
import torch
import yaml

from scripts.schema import stage_params
from tests.data.section_pages import row
from tests.models.small_coder import SMALL
from tests.stage_runs import laid_out, run, shipped
from unrender import config
from unrender.artifacts import load_model, save_model
from unrender.config import UserError
from unrender.data.augment import Augment, augmented
from unrender.data.batches import stack
from unrender.data.code_pages import CodeDataset
from unrender.data.shards import write_manifest, write_split
from unrender.design.languages import own
from unrender.models.code_writing import write
from unrender.models.coder import Coder, Config
from unrender.objectives.coder import CoderObjective, Weights
from unrender.training import fit as loop
from unrender.training.optim import Optim

STAGE = Path(__file__).parents[2] / "stages" / "train_coder.py"
PARAMS = {
    "base": {"seed": 0},
    "coder": SMALL
    | {
        "dropout": 0.1,
        "loss": {"own": 0.2, "smoothing": 0.05},
        "augment": {"colour_jitter": 0.01, "soften": 0.3},
        "optim": {"lr": 0.01, "steps": 4, "batch_size": 2, "val_every": 4, "val_examples": 2, "log_every": 2},
    },
    "tracking": {"enabled": False},
}


def write_codes(folder: Path) -> Path:
    """A dataset folder of four training pages, one of them without a recipe and one without a code, and two others."""
    train = [{**row(i), "split": "train"} for i in range(5)]
    train[1]["recipe"] = train[2]["dsl"] = None
    val = [{**row(i), "split": "val"} for i in (5, 6)]
    splits = {"train": write_split(folder, "train", train), "val": write_split(folder, "val", val)}
    write_manifest(folder, splits)
    return folder


def changed(**fields) -> dict:
    return PARAMS | {"coder": PARAMS["coder"] | fields}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    write_codes(tmp_path / "data" / "clean")
    return laid_out(tmp_path, yaml.safe_dump(PARAMS))


def test_the_stage_ships_a_coder_that_writes_and_is_the_same_again(project: Path) -> None:
    done = run(project, "train_coder")
    assert done.returncode == 0, done.stderr[-3000:]
    assert "1 training rows have no code and are skipped." in done.stdout
    file = load_model(project / "models" / "coder.safetensors", "coder")
    assert file.labels == {"language": "unrender", "words": own().automaton.words}
    model = Coder(Config(**file.config), len(file.labels["words"])).eval()
    model.load_state_dict(file.tensors)
    page = torch.from_numpy(CodeDataset(project / "data" / "clean", "val")[0]["image"])[None]
    (written,) = write(model, page, own().automaton)
    assert own().automaton.text(written.chosen) == written.words
    table = (project / "models" / "coder.curve" / "val.csv").read_text().splitlines()
    assert {"loss", "cross_entropy", "look", "accuracy"} <= {name.split("/")[-1] for name in table[0].split(",")}
    assert list((project / "runs" / "train_coder").iterdir()) == []
    first = shipped(project, "coder")
    assert run(project, "train_coder").returncode == 0
    assert shipped(project, "coder") == first


class Killed(BaseException):
    pass


def fitted(data: Path, folder: Path, killed_at: int = -1) -> bytes:
    """The model file of a training; the plug is pulled at this call of the objective."""
    count, objective = itertools.count(), CoderObjective(Weights(own=0.2))

    def until_killed(model, batch, generator):
        if next(count) == killed_at:
            raise Killed
        return objective(model, batch, generator)

    train, val = CodeDataset(data, "train"), CodeDataset(data, "val")
    torch.manual_seed(0)
    model = Coder(Config(**SMALL | {"dropout": 0.1}), len(train.language.automaton))
    cfg = Optim(lr=0.01, steps=4, batch_size=2, val_every=2, val_examples=2, log_every=2, ema_decay=0.9)
    shipped = loop.fit(
        model, until_killed, train, val, cfg, seed=3, run_dir=folder / "run", fingerprint="f",
        log=lambda step, scalars: None, augment=partial(augmented, config=Augment(colour_jitter=0.01, soften=0.5)),
    )  # fmt: skip
    save_model(folder / "coder.safetensors", shipped.state_dict(), "coder", {}, {})
    return (folder / "coder.safetensors").read_bytes()


def test_a_killed_training_ends_in_the_same_bytes(tmp_path: Path, monkeypatch) -> None:
    data = write_codes(tmp_path / "data")
    whole = fitted(data, tmp_path / "whole")
    monkeypatch.setattr(loop, "SAVE_SECONDS", 0.0)
    for call in (1, 2):
        with pytest.raises(Killed):
            fitted(data, tmp_path / "killed", call)
    assert fitted(data, tmp_path / "killed") == whole


def test_pages_of_a_dataset_are_what_the_loss_reads(tmp_path: Path) -> None:
    data = CodeDataset(write_codes(tmp_path), "train")
    torch.manual_seed(0)
    model = Coder(Config(**SMALL), len(data.language.automaton)).train()
    found = CoderObjective()(model, stack([data[0], data[1], data[2]]), torch.Generator().manual_seed(0))
    assert all(torch.isfinite(each) for each in found.values()) and found["look"] > 0
    assert 0 < found["accuracy"] < 1


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"augment": {"crop": 0.2}}, "augment.crop and augment.window would cut off"),
        ({"augment": {"window": 128}}, "augment.crop and augment.window would cut off"),
        ({"optim": PARAMS["coder"]["optim"] | {"batch_size": 1}}, "batch_size must be 2 or more"),
        ({"backbone": "vgg"}, "backbone"),
    ],
)
def test_what_cannot_be_is_one_sentence(tmp_path: Path, fields, says) -> None:
    path = tmp_path / "params.yaml"
    path.write_text(yaml.safe_dump(changed(**fields)))
    with pytest.raises(UserError, match=says) as error:
        config.load(stage_params(STAGE), path)
    assert "\n" not in str(error.value)


def test_params_of_this_checkout_load(root: Path) -> None:
    params = config.load(stage_params(STAGE), root / "params.yaml").coder
    assert params.optim.batch_size >= 2 and params.arch == "dual_attention"
