"""data/clean + models/encoder.safetensors -> models/abstractor.safetensors (structure maps -> brief, grammar)."""

from functools import partial
from pathlib import Path

import torch
from pydantic import Field

from unrender import config
from unrender.data.brief_pages import BriefDataset
from unrender.evaluation.meanings import typical_errors
from unrender.evaluation.predictions import load_encoder, read_packed
from unrender.models.abstractor import LABELS, Abstractor, Config
from unrender.objectives.abstractor import AbstractorObjective, Weights
from unrender.training.optim import Optim
from unrender.training.stage import settings, training
from unrender.training.warm_start import warm

DATA = Path("data/clean")
ENCODER = Path("models/encoder.safetensors")


class AbstractorParams(Config):
    """The network's own fields, and how it is trained."""

    weights: str | None = Field(default=None, description="A model file to start from.")
    predicted_fraction: float = Field(ge=0, le=1, description="Share of training pages as the encoder reads them.")
    loss: Weights = Weights()
    optim: Optim


class Params(config.Section):
    base: config.Base
    abstractor: AbstractorParams
    tracking: config.Tracking = config.Tracking()


def main() -> None:
    params = config.load(Params)
    abstractor, seed = params.abstractor, params.base.seed
    torch.manual_seed(seed)
    model = Abstractor(settings(Config, abstractor))
    inputs = {"clean": DATA / "manifest.json", "encoder": ENCODER} | warm(model, abstractor.weights, "abstractor")
    with training("train_abstractor", abstractor, seed, inputs, params.tracking.enabled) as run:
        read = partial(read_packed, load_encoder(ENCODER))

        def pages(split: str, predicted: float) -> BriefDataset:
            return BriefDataset(DATA, split, run.run_dir / f"{split}.maps", read, predicted, seed)

        def both() -> tuple[BriefDataset, BriefDataset]:
            return pages("train", abstractor.predicted_fraction), pages("val", 1.0)

        run.team.agree(lambda: bool(both()))  # the first process writes the maps, the others wait
        train, val = both()
        if abstractor.weights is None:
            model.calibrate(*train.calibration())
        model = run.fit(model, AbstractorObjective(abstractor.loss), train, val, abstractor.optim)
        if run.team.leads:
            labels = LABELS | {"errors": typical_errors(model, val)}
            run.ship(model, "abstractor", model.config.model_dump(), labels)


if __name__ == "__main__":
    config.run_stage(main)
