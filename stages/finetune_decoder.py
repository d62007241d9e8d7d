"""models/{decoder,refiner,encoder,abstractor}.safetensors + data/clean -> models/finetuned_decoder.safetensors, curve.

The decoder goes on learning, and is rewarded when what it draws is read as well put together.
"""

import copy
from pathlib import Path

import numpy as np
import torch
from pydantic import Field

from unrender import config
from unrender.design.brief import GOALS
from unrender.diffusion.schedule import T
from unrender.evaluation.decoder import balanced
from unrender.evaluation.drawing import Artist
from unrender.evaluation.pictures import contact_sheet
from unrender.evaluation.searching import READ, load_frozen
from unrender.models.decoder import LABELS, Decoder
from unrender.models.decoders import pages_for
from unrender.objectives.decoders import objective_for
from unrender.objectives.finetune import FinetuneObjective
from unrender.objectives.reward import Reward
from unrender.training.optim import Optim
from unrender.training.stage import training

DATA, MODELS = Path("data/clean"), Path("models")
SAMPLES = 24  # drawn by the decoder it started as, and by what became of it


class FinetuneParams(config.Section):
    """What is weighed against what, and how it is trained."""

    grammar_weight: float = Field(ge=0, description="Lambda: of the mean predicted grammar of own samples. 0 is none.")
    distance_weight: float = Field(ge=0, description="Of how far own samples move from the decoder that it started as.")
    pages: int = Field(ge=1, description="Own samples in a batch.")
    steps: int = Field(ge=1, le=T, description="Steps of the sampler that draws them.")
    last: int = Field(ge=1, description="Of these, that the reward goes back through.")
    through_page: float = Field(ge=0, le=1, description="Share of the slope that the pixels have; boxes have the rest.")
    drop: float = Field(default=0.1, ge=0, lt=1, description="Chance that the brief, or a part of it, is hidden.")
    optim: Optim


class Params(config.Section):
    base: config.Base
    finetune_decoder: FinetuneParams
    tracking: config.Tracking = config.Tracking()


def main() -> None:
    params = config.load(Params)
    tuning, seed = params.finetune_decoder, params.base.seed
    torch.manual_seed(seed)
    artist, reward = load_frozen(MODELS, tuning.through_page)
    model = copy.deepcopy(artist.decoder).requires_grad_(True)
    objective = objective_of(artist.decoder, reward, tuning)
    train, val = (pages_for(model.config, DATA, split) for split in ("train", "val"))
    inputs = {"clean": DATA / "manifest.json"} | {name: MODELS / f"{name}.safetensors" for name in READ}
    with training("finetune_decoder", tuning, seed, inputs, params.tracking.enabled) as run:
        model = run.fit(model, objective, train, val, tuning.optim)
        if run.team.leads:
            run.ship(model, "finetuned_decoder", model.config.model_dump(mode="json"), LABELS)
            asks = balanced(SAMPLES, seed)
            drawn = [each.draw(asks, seed) for each in (artist, Artist(model, artist.refiner))]
            run.image("samples", contact_sheet(np.concatenate(drawn), columns=2 * len(GOALS)))


def objective_of(start: Decoder, reward: Reward, tuning: FinetuneParams) -> FinetuneObjective:
    """What is learnt, beside the frozen networks."""
    return FinetuneObjective(
        start,
        reward,
        objective_for(start, tuning.drop, None),
        tuning.grammar_weight,
        tuning.distance_weight,
        tuning.pages,
        tuning.steps,
        tuning.last,
    )


if __name__ == "__main__":
    config.run_stage(main)
