"""data/clean + models/encoder.safetensors -> models/abstractor.safetensors (structure maps -> brief, grammar)."""

from functools import partial
from pathlib import Path
from typing import cast

import numpy as np
import torch
from pydantic import Field
from torch import Tensor
from torch.nn.functional import l1_loss

from unrender import config
from unrender.config import UserError
from unrender.data.batches import stack
from unrender.data.brief_pages import BriefDataset
from unrender.evaluation.meanings import typical_errors
from unrender.evaluation.predictions import load_encoder, read_packed
from unrender.models.abstractor import LABELS, Abstractor, Config, Measurer
from unrender.models.nn.foreign_weights import fill
from unrender.objectives.abstractor import AbstractorObjective, Weights, maps
from unrender.progress import counted
from unrender.training.head_start import HeadStart, head_start
from unrender.training.optim import Optim
from unrender.training.stage import settings, training
from unrender.training.warm_start import warm

DATA = Path("data/clean")
ENCODER = Path("models/encoder.safetensors")
CHUNK = 64  # pages whose statistics are taken at once


class AbstractorParams(Config):
    """The network's own fields, and how it is trained."""

    weights: str | None = Field(default=None, description="A model file to start from.")
    backbone: str | None = Field(
        default=None, description="A .safetensors file of a ResNet-18 to start the trunk from."
    )
    predicted_fraction: float = Field(ge=0, le=1, description="Share of training pages as the encoder reads them.")
    head_start: HeadStart = HeadStart()
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
    inputs = {"clean": DATA / "manifest.json", "encoder": ENCODER} | start(model, abstractor)
    with training("train_abstractor", abstractor, seed, inputs, params.tracking.enabled) as run:
        read = partial(read_packed, load_encoder(ENCODER))

        def pages(split: str, predicted: float) -> BriefDataset:
            return BriefDataset(DATA, split, run.run_dir / f"{split}.maps", read, predicted, seed)

        def both() -> tuple[BriefDataset, BriefDataset]:
            return pages("train", abstractor.predicted_fraction), pages("val", 1.0)

        run.team.agree(lambda: bool(both()))  # the first process writes the maps, the others wait
        train, val = both()
        if abstractor.weights is None:
            start_measuring(model, train, abstractor.head_start, seed)
        model = run.fit(model, AbstractorObjective(abstractor.loss), train, val, abstractor.optim)
        if run.team.leads:
            labels = LABELS | {"errors": typical_errors(model, val)}
            run.ship(model, "abstractor", model.config.model_dump(), labels)


def start(model: Abstractor, params: AbstractorParams) -> dict[str, Path]:
    """Take over what others trained, if so asked; what the result then depends on."""
    if params.backbone is None:
        return warm(model, params.weights, "abstractor")
    if params.weights is not None:
        raise UserError("abstractor.weights and abstractor.backbone both say where to start from. Set one to null.")
    path = Path(params.backbone)
    width = model.config.width
    fill(model.trunk, path, f"a ResNet-18 under torchvision's names, {width} channels wide (abstractor.width)")
    return {"backbone": path}


def start_measuring(model: Abstractor, pages: BriefDataset, cfg: HeadStart, seed: int) -> None:
    """Fit the measurers before the rest, and leave them so: trained along they get worse."""
    parts = np.array_split(np.arange(len(pages)), -(-len(pages) // CHUNK))
    batches = (stack([pages[int(row)] for row in part]) for part in parts)
    told = torch.cat([model.statistics(*maps(batch)) for batch in counted(batches, len(parts), "statistics of pages")])
    true = torch.from_numpy(pages.grammar)
    for place, measurer in enumerate(model.measurers):
        cast(Measurer, measurer).start(told, true)
        head_start(measurer, told, true, absolute_error, cfg, seed + place)
    model.measurers.requires_grad_(False)


def absolute_error(logits: Tensor, scores: Tensor) -> Tensor:
    return l1_loss(logits.sigmoid(), scores)


if __name__ == "__main__":
    config.run_stage(main)
