"""data/clean -> models/refiner.safetensors (structure-first latent -> page image) and models/refiner.curve."""

from functools import partial
from pathlib import Path

import torch
from pydantic import Field

from unrender import config
from unrender.data.cells import CellDataset, window
from unrender.data.latents import CELL
from unrender.models.refiner import Config, Refiner
from unrender.objectives.refiner import RefinerObjective
from unrender.training.optim import Optim
from unrender.training.stage import settings, training
from unrender.training.warm_start import warm

DATA = Path("data/clean")


class RefinerParams(Config):
    """The network's own fields, and how it is trained."""

    weights: str | None = Field(default=None, description="A model file to start from.")
    jitter: float = Field(default=0.3, ge=0, description="Noise on the latent, at most, in its standard deviations.")
    window: int = Field(
        default=128, ge=32, le=256, multiple_of=32, description="Side of the part of a page trained on."
    )
    optim: Optim


class Params(config.Section):
    base: config.Base
    refiner: RefinerParams
    tracking: config.Tracking = config.Tracking()


def main() -> None:
    params = config.load(Params)
    refiner, seed = params.refiner, params.base.seed
    torch.manual_seed(seed)
    model = Refiner(settings(Config, refiner))
    inputs = {"clean": DATA / "manifest.json"} | warm(model, refiner.weights, "refiner")
    train = CellDataset(DATA, "train", refiner.patterns if refiner.weights is None else model.patterns, seed)
    if refiner.weights is None:
        model.standardise(*train.moments())
        model.patterns.copy_(train.patterns)
    val = CellDataset(DATA, "val", model.patterns)
    objective = RefinerObjective(model.mean, model.std, refiner.jitter)
    cut = partial(window, side=refiner.window // CELL)
    with training("train_refiner", refiner, seed, inputs, params.tracking.enabled) as run:
        model = run.fit(model, objective, train, val, refiner.optim, cut)
        if run.team.leads:
            run.ship(model, "refiner", model.config.model_dump(mode="json"), {})


if __name__ == "__main__":
    config.run_stage(main)
