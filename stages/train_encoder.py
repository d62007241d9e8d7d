"""data/clean -> models/encoder.safetensors (page image -> structure maps) and models/encoder.curve."""

from functools import partial
from pathlib import Path

import torch
from PIL import Image
from pydantic import Field

from unrender import config
from unrender.data.augment import Augment, augmented
from unrender.data.batches import StructureDataset
from unrender.data.map_sheet import map_sheet
from unrender.design.swatches import SWATCHES
from unrender.models.encoder import Config, Encoder
from unrender.objectives.encoder import EncoderObjective, Weights
from unrender.training.optim import Optim
from unrender.training.stage import settings, training
from unrender.training.warm_start import warm

DATA = Path("data/clean")


class EncoderParams(Config):
    """The network's own fields, and how it is trained."""

    weights: str | None = Field(default=None, description="A model file to start from.")
    loss: Weights = Weights()
    augment: Augment = Augment()
    optim: Optim


class Params(config.Section):
    base: config.Base
    encoder: EncoderParams
    tracking: config.Tracking = config.Tracking()


def main() -> None:
    params = config.load(Params)
    encoder, seed = params.encoder, params.base.seed
    torch.manual_seed(seed)
    model = Encoder(settings(Config, encoder))
    inputs = {"clean": DATA / "manifest.json"} | warm(model, encoder.weights, "encoder")
    train, val = StructureDataset(DATA, "train"), StructureDataset(DATA, "val")
    if train.skipped:
        print(f"{train.skipped} training rows have no structure maps and are skipped.")
    objective, augment = EncoderObjective(encoder.loss), partial(augmented, config=encoder.augment)
    with training("train_encoder", encoder, seed, inputs, params.tracking.enabled) as run:
        model = run.fit(model, objective, train, val, encoder.optim, augment)
        if run.team.leads:
            run.tags({"skipped_examples": train.skipped})
            run.ship(model, "encoder", model.config.model_dump(), {"colours": list(SWATCHES)})
            run.image("samples", samples(model, val))


def samples(model: Encoder, val: StructureDataset, count: int = 6) -> Image.Image:
    """A few validation pages, true maps above those that were read."""
    items = [val[i * len(val) // count] for i in range(min(count, len(val)))]
    return map_sheet([(item, model.read(item["image"])) for item in items])


if __name__ == "__main__":
    config.run_stage(main)
