"""data/clean -> models/encoder.safetensors (page image -> structure maps) and models/encoder.curve."""

import shutil
from functools import partial
from pathlib import Path

import torch
from PIL import Image
from pydantic import Field

from unrender import config, tracking
from unrender.artifacts import save_model
from unrender.data.augment import Augment, augmented
from unrender.data.batches import StructureDataset
from unrender.data.map_sheet import map_sheet
from unrender.design.swatches import SWATCHES
from unrender.models.encoder import Config, Encoder
from unrender.objectives.encoder import EncoderObjective, Weights
from unrender.training.curve import Curve
from unrender.training.fingerprint import fingerprint
from unrender.training.fit import fit
from unrender.training.optim import Optim
from unrender.training.team import assemble
from unrender.training.warm_start import start_from

DATA = Path("data/clean")
MODEL = Path("models/encoder.safetensors")
CURVE = Path("models/encoder.curve")


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
    flat = config.flatten(encoder) | {"seed": seed}
    torch.manual_seed(seed)
    model = Encoder(Config(**encoder.model_dump(include=set(Config.model_fields))))
    inputs = [DATA / "manifest.json"]
    if encoder.weights is not None:
        start_from(model, Path(encoder.weights), kind="encoder")
        inputs.append(Path(encoder.weights))
    train, val = StructureDataset(DATA, "train"), StructureDataset(DATA, "val")
    if train.skipped:
        print(f"{train.skipped} training rows have no structure maps and are skipped.")
    objective, augment, curve = EncoderObjective(encoder.loss), partial(augmented, config=encoder.augment), Curve()
    with assemble() as team, tracking.stage("train_encoder", flat, params.tracking.enabled) as run:
        run.input("clean", inputs[0])
        run.tags({"train_examples": len(train), "skipped_examples": train.skipped, "processes": team.size})
        mark = fingerprint(flat, inputs, team.size)
        run_dir = config.project_root() / "runs" / "train_encoder" / mark

        def log(step: int, scalars: dict[str, float]) -> None:
            curve.add(step, scalars)
            run.log(step, scalars)

        model = fit(
            model, objective, train, val, encoder.optim,
            seed=seed, run_dir=run_dir, fingerprint=mark, log=log, augment=augment, team=team,
        )  # fmt: skip
        if not team.leads:
            return
        save_model(MODEL, model.state_dict(), "encoder", model.config.model_dump(), {"colours": list(SWATCHES)})
        for table in curve.save(CURVE):
            run.artifact(table, CURVE.name)
        run.image("samples", samples(model, val))
    shutil.rmtree(run_dir)  # last: whatever fails before this costs no training


def samples(model: Encoder, val: StructureDataset, count: int = 6) -> Image.Image:
    """A few validation pages, true maps above those that were read."""
    items = [val[i * len(val) // count] for i in range(min(count, len(val)))]
    return map_sheet([(item, model.read(item["image"])) for item in items])


if __name__ == "__main__":
    config.run_stage(main)
