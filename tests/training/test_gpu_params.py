"""params.gpu.yaml is for GPUs: that it trains is shown on the CPU, three steps of a page each. And params at odds."""

from pathlib import Path

import pytest
import torch

from scripts.schema import stage_params
from tests.data.labelled_pages import write_labelled
from unrender import config
from unrender.data.cells import CellDataset
from unrender.data.latents import DrawnDataset
from unrender.models import decoder, decoders, refiner
from unrender.objectives.diffusion import DecoderObjective
from unrender.objectives.refiner import RefinerObjective
from unrender.overlay import lay_over
from unrender.training.fit import fit

ROOT = Path(__file__).parents[2]
FEW = {"steps": 3, "batch_size": 1, "warmup_steps": 1, "log_every": 1, "val_every": 3, "val_examples": 1}


@pytest.fixture
def params(tmp_path):
    for name in ("params.yaml", "params.gpu.yaml", config.SCHEMA):
        (tmp_path / name).write_text((ROOT / name).read_text())
    lay_over(tmp_path / "params.yaml", tmp_path / "params.gpu.yaml")
    return lambda kind: getattr(
        config.load(stage_params(ROOT / f"stages/train_{kind}.py"), tmp_path / "params.yaml"), kind
    )


def losses(tmp_path, model, objective, data, optim) -> list[float]:
    found = []
    few = optim.model_copy(update=FEW)
    log = lambda step, scalars: found.append(scalars["train/loss"])  # noqa: E731
    fit(model, objective, data, data, few, seed=0, run_dir=tmp_path / "run", fingerprint="x", log=log)
    return found


@pytest.mark.slow
def test_the_decoder_of_pixels(tmp_path, params):
    asked = params("decoder")
    data = DrawnDataset(write_labelled(tmp_path / "data", count=3, side=256), "train", asked.space)
    torch.manual_seed(0)
    model = decoders.decoder_for(decoder.Config(**asked.model_dump(include=set(decoder.Config.model_fields))))
    assert model.shape == (3, 256, 256)
    objective = DecoderObjective(model.schedule, model.mean, model.std, asked.drop)
    assert len(losses(tmp_path, model, objective, data, asked.optim)) == 3


@pytest.mark.slow
def test_the_refiner(tmp_path, params):
    asked = params("refiner")
    torch.manual_seed(0)
    model = refiner.Refiner(refiner.Config(**asked.model_dump(include=set(refiner.Config.model_fields))))
    data = CellDataset(write_labelled(tmp_path / "data", count=3, side=256), "train", asked.patterns)
    model.patterns.copy_(data.patterns)
    objective = RefinerObjective(model.mean, model.std, asked.jitter)
    assert len(losses(tmp_path, model, objective, data, asked.optim)) == 3


def test_a_weighting_that_boxes_do_not_know_is_refused(tmp_path):
    (tmp_path / config.SCHEMA).write_text((ROOT / config.SCHEMA).read_text())
    text = (ROOT / "params.yaml").read_text()
    (tmp_path / "params.yaml").write_text(text.replace("decoder:\n", "decoder:\n  min_snr_gamma: 5.0\n", 1))
    assert "min_snr_gamma: 5.0" in (tmp_path / "params.yaml").read_text()
    with pytest.raises(config.UserError, match="min_snr_gamma weighs the loss of structure and pixel"):
        config.load(stage_params(ROOT / "stages/train_decoder.py"), tmp_path / "params.yaml")
