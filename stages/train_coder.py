"""data/clean -> models/coder.safetensors (page image -> code) and models/coder.curve."""

from functools import partial
from pathlib import Path

import torch
from pydantic import Field

from unrender import config
from unrender.data.augment import Augment, augmented
from unrender.data.code_pages import CodeDataset
from unrender.models.coder import Coder, Config
from unrender.objectives.coder import CoderObjective, Weights
from unrender.training.optim import Optim
from unrender.training.stage import settings, training
from unrender.training.warm_start import warm

DATA = Path("data/clean")


class CoderParams(Config):
    """The network's own fields, and how it is trained."""

    weights: str | None = Field(default=None, description="A model file to start from.")
    loss: Weights = Weights()
    augment: Augment = Augment()
    optim: Optim


class Params(config.Section):
    base: config.Base
    coder: CoderParams
    tracking: config.Tracking = config.Tracking()


def main() -> None:
    params = config.load(Params)
    train("coder", params, params.coder)


def train(name: str, params: Params, coder: CoderParams) -> None:
    """Train what `coder` says, and ship it as models/<name>.safetensors."""
    pages, val = CodeDataset(DATA, "train"), CodeDataset(DATA, "val")
    if pages.skipped:
        print(f"{pages.skipped} training rows have no code and are skipped.")
    torch.manual_seed(params.base.seed)
    automaton = pages.language.automaton
    model = Coder(settings(Config, coder), len(automaton))
    inputs = {"clean": DATA / "manifest.json"} | warm(model, coder.weights, name)
    augment = partial(augmented, config=coder.augment)
    with training(f"train_{name}", coder, params.base.seed, inputs, params.tracking.enabled) as run:
        model = run.fit(model, CoderObjective(coder.loss), pages, val, coder.optim, augment)
        if run.team.leads:
            run.tags({"skipped_examples": pages.skipped})
            labels = {"language": pages.language.name, "words": automaton.words}
            run.ship(model, name, model.config.model_dump(), labels)


if __name__ == "__main__":
    config.run_stage(main)
