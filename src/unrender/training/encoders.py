"""Training an encoder: the one that is shipped, and the second one that judges what the first was optimised through."""

from functools import partial
from pathlib import Path

import torch
from PIL import Image
from pydantic import Field

from unrender.data.augment import Augment, augmented
from unrender.data.batches import StructureDataset
from unrender.data.map_sheet import map_sheet
from unrender.design.swatches import SWATCHES
from unrender.models.encoder import Config, Encoder
from unrender.objectives.encoder import EncoderObjective, Weights
from unrender.training.optim import Optim
from unrender.training.stage import settings, training
from unrender.training.warm_start import warm


class EncoderParams(Config):
    """The network's own fields, and how it is trained."""

    weights: str | None = Field(default=None, description="A model file to start from.")
    loss: Weights = Weights()
    augment: Augment = Augment()
    optim: Optim


def train_encoder(name: str, data: Path, params: EncoderParams, seed: int, tracked: bool) -> None:
    """Learn from the pages of `data` that have structure maps, and ship models/<name>.safetensors with its curve."""
    torch.manual_seed(seed)
    model = Encoder(settings(Config, params))
    inputs = {"clean": data / "manifest.json"} | warm(model, params.weights, name)
    train, val = StructureDataset(data, "train"), StructureDataset(data, "val")
    if train.skipped:
        print(f"{train.skipped} training rows have no structure maps and are skipped.")
    objective, augment = EncoderObjective(params.loss), partial(augmented, config=params.augment)
    with training(f"train_{name}", params, seed, inputs, tracked) as run:
        model = run.fit(model, objective, train, val, params.optim, augment)
        if run.team.leads:
            run.tags({"skipped_examples": train.skipped})
            run.ship(model, name, model.config.model_dump(), {"colours": list(SWATCHES)})
            run.image("samples", samples(model, val))


def samples(model: Encoder, val: StructureDataset, count: int = 6) -> Image.Image:
    """A few validation pages, true maps above those that were read."""
    items = [val[i * len(val) // count] for i in range(min(count, len(val)))]
    return map_sheet([(item, model.read(item["image"])) for item in items])
