"""Training a coder: the network that is shipped, and the plain one it is compared with, learn alike."""

from functools import partial
from pathlib import Path

import pydantic
import torch
from pydantic import Field

from unrender.data.augment import Augment, augmented
from unrender.data.code_pages import CodeDataset
from unrender.models.coder import Coder, Config
from unrender.objectives.coder import CoderObjective, Weights
from unrender.training.head_start import HeadStart
from unrender.training.optim import Optim
from unrender.training.stage import settings, training
from unrender.training.style_start import start_style
from unrender.training.warm_start import warm


class CoderParams(Config):
    """The network's own fields, and how it is trained."""

    weights: str | None = Field(default=None, description="A model file to start from.")
    head_start: HeadStart = HeadStart()
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


def train_coder(name: str, data: Path, params: CoderParams, seed: int, tracked: bool) -> None:
    """Learn from the pages of `data` that have a code, and ship models/<name>.safetensors with its curve."""
    train, val = CodeDataset(data, "train"), CodeDataset(data, "val")
    if train.skipped:
        print(f"{train.skipped} training rows have no code and are skipped.")
    torch.manual_seed(seed)
    automaton = train.language.automaton
    model = Coder(settings(Config, params), len(automaton))
    inputs = {"clean": data / "manifest.json"} | warm(model, params.weights, name)
    augment = partial(augmented, config=params.augment)
    with training(f"train_{name}", params, seed, inputs, tracked) as run:
        if params.weights is None:
            start_style(model, train, params.augment, params.head_start, seed)
        model = run.fit(model, CoderObjective(params.loss), train, val, params.optim, augment)
        if run.team.leads:
            run.tags({"skipped_examples": train.skipped})
            labels = {"language": train.language.name, "words": automaton.words}
            run.ship(model, name, model.config.model_dump(), labels)
