"""data/clean, data/plan.json -> models/layout.safetensors (screenshot and document to section layout) and its curve."""

from pathlib import Path

import pydantic
import torch
from PIL import Image
from pydantic import Field

from unrender import config
from unrender.data.batches import stack
from unrender.data.layout_pages import LayoutDataset
from unrender.data.layout_sheet import layout_sheet
from unrender.design.section_tree import KINDS, assemble
from unrender.diffusion.schedule import Schedule
from unrender.models.layout import Config, Layout
from unrender.models.layout_reading import read, readings
from unrender.objectives.layout import LayoutObjective, Weights
from unrender.training import plan
from unrender.training.optim import Optim
from unrender.training.stage import training
from unrender.training.warm_start import warm

DATA, PLAN = Path("data/clean"), Path("data/plan.json")


class PlannedOptim(Optim):
    """Optim of which the plan says what is null."""

    steps: int | None = Field(default=None, ge=1, description="null: as planned.")  # ty: ignore[incompatible-attribute-override]
    batch_size: int | None = Field(default=None, ge=1, description="null: as planned.")  # ty: ignore[incompatible-attribute-override]

    @pydantic.model_validator(mode="after")
    def _consistent(self) -> "PlannedOptim":
        return self  # Optim looks once the plan is in


class LayoutParams(config.Section):
    """The network's fields, null for what the plan says, and how it is trained."""

    width: int | None = Field(default=None, ge=16, multiple_of=16, description="Numbers per node; null: as planned.")
    layers: int | None = Field(default=None, ge=1, description="null: as planned.")
    heads: int | None = Field(default=None, ge=1, description="null: as planned.")
    channels: int = Field(default=48, ge=8, multiple_of=8, description="Of the finest picture features.")
    weights: str | None = Field(default=None, description="A model file to start from.")
    augment: int | None = Field(default=None, ge=1, description="Views of each page; null: as planned.")
    jitter: float = Field(default=0.01, ge=0, le=0.1, description="Largest change of a colour channel in a view.")
    loss: Weights = Weights()
    optim: PlannedOptim


class Params(config.Section):
    base: config.Base
    layout: LayoutParams
    tracking: config.Tracking = config.Tracking()


def main() -> None:
    params = config.load(Params)
    layout, seed = params.layout, params.base.seed
    planned = plan.laid_over(plan.load(PLAN).layout, layout, layout.optim)
    optim = plan.filled(Optim, layout.optim, planned)
    torch.manual_seed(seed)
    model = Layout(plan.filled(Config, layout, planned))
    inputs = {"clean": DATA / "manifest.json", "plan": PLAN} | warm(model, layout.weights, "layout")
    train = LayoutDataset(DATA, "train", planned.augment, layout.jitter)
    val = LayoutDataset(DATA, "val")
    if train.skipped or train.too_large:
        print(f"Skipped: {train.skipped} training rows without a layout, {train.too_large} with too many nodes.")
    objective = LayoutObjective(Schedule.of("cosine", "x0"), layout.loss)
    with training("train_layout", layout, seed, inputs, params.tracking.enabled) as run:
        model = run.fit(model, objective, train, val, optim)
        if run.team.leads:
            run.tags({"skipped_examples": train.skipped + train.too_large})
            run.ship(model, "layout", model.config.model_dump(), {"kinds": list(KINDS)})
            run.image("samples", samples(model, val))


def samples(model: Layout, val: LayoutDataset, count: int = 6) -> Image.Image:
    """A few validation pages: the page, its true layout, the one that was read."""
    chosen = [i * len(val) // count for i in range(min(count, len(val)))]
    batch = stack([val[i] for i in chosen])
    sizes = [val.size(i) for i in chosen]
    found = readings(read(model, batch), batch["node"], sizes)
    pages = []
    for i, size, said in zip(chosen, sizes, found, strict=True):
        true, guessed = (assemble(val.documents[i], each) for each in (val.readings[i], said))
        pages.append((val.image(i), size, true, guessed))
    return layout_sheet(pages)


if __name__ == "__main__":
    config.run_stage(main)
