"""data/clean -> models/refiner.safetensors (structure-first latent -> page image) and models/refiner.curve."""

from functools import partial
from pathlib import Path

import torch
from pydantic import Field

from unrender import config
from unrender.data.augment import Augment, augmented
from unrender.data.batches import StructureDataset
from unrender.data.latents import DrawnDataset
from unrender.models.refiner import Config, Refiner
from unrender.objectives.diffusion import RefinerObjective
from unrender.training.optim import Optim
from unrender.training.stage import settings, training
from unrender.training.warm_start import warm

DATA = Path("data/clean")


class RefinerParams(Config):
    """The network's own fields, and how it is trained."""

    weights: str | None = Field(default=None, description="A model file to start from.")
    jitter: float = Field(default=0.1, ge=0, description="Noise on the latent, at most, in its standard deviations.")
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
    model.standardise(*DrawnDataset(DATA, "train", "structure").moments())
    inputs = {"clean": DATA / "manifest.json"} | warm(model, refiner.weights, "refiner")
    train, val = StructureDataset(DATA, "train"), StructureDataset(DATA, "val")
    objective = RefinerObjective(model.schedule, model.mean, model.std, refiner.jitter)
    window = partial(augmented, config=Augment(window=refiner.window))
    with training("train_refiner", refiner, seed, inputs, params.tracking.enabled) as run:
        model = run.fit(model, objective, train, val, refiner.optim, window)
        if run.team.leads:
            run.ship(model, "refiner", model.config.model_dump(mode="json"), {})


if __name__ == "__main__":
    config.run_stage(main)
