"""data/clean -> models/coder.safetensors (page image -> code), its baseline, and their curves."""

from functools import partial
from pathlib import Path

import pydantic
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

    @pydantic.model_validator(mode="after")
    def _consistent(self) -> "CoderParams":
        if self.augment.crop or self.augment.window:
            raise ValueError("augment.crop and augment.window would cut off what the code tells; leave them out")
        if self.optim.batch_size < 2:
            raise ValueError("optim.batch_size must be 2 or more; its norms compare the pages of a batch")
        return self


class Params(config.Section):
    base: config.Base
    coder: CoderParams
    tracking: config.Tracking = config.Tracking()


def main() -> None:
    params = config.load(Params)
    coder, seed = params.coder, params.base.seed
    train, val = CodeDataset(DATA, "train"), CodeDataset(DATA, "val")
    if train.skipped:
        print(f"{train.skipped} training rows have no code and are skipped.")
    torch.manual_seed(seed)
    automaton = train.language.automaton
    model = Coder(settings(Config, coder), len(automaton))
    inputs = {"clean": DATA / "manifest.json"} | warm(model, coder.weights, "coder")
    augment = partial(augmented, config=coder.augment)
    with training("train_coder", coder, seed, inputs, params.tracking.enabled) as run:
        model = run.fit(model, CoderObjective(coder.loss), train, val, coder.optim, augment)
        if run.team.leads:
            run.tags({"skipped_examples": train.skipped})
            labels = {"language": train.language.name, "words": automaton.words}
            run.ship(model, "coder", model.config.model_dump(), labels)


if __name__ == "__main__":
    config.run_stage(main)
