"""data/clean + models/refiner.safetensors -> models/decoder.safetensors (brief -> latent or page), decoder.curve."""

from pathlib import Path

import pydantic
import torch
from pydantic import Field

from unrender import config
from unrender.design.brief import GOALS, KINDS
from unrender.evaluation.drawing import Artist, Ask
from unrender.evaluation.loading import load_network
from unrender.evaluation.pictures import contact_sheet
from unrender.models.decoder import LABELS, Config
from unrender.models.decoders import acquaint, decoder_for, pages_for
from unrender.models.refiner import Config as RefinerConfig
from unrender.models.refiner import Refiner
from unrender.objectives.decoders import objective_for
from unrender.training.optim import Optim
from unrender.training.stage import settings, training
from unrender.training.warm_start import warm

DATA = Path("data/clean")
REFINER = Path("models/refiner.safetensors")
SAMPLES = [Ask(goal, form, tone=0.5) for goal, form in KINDS]


class DecoderParams(Config):
    """The network's own fields, and how it is trained."""

    weights: str | None = Field(default=None, description="A model file to start from.")
    drop: float = Field(default=0.1, ge=0, lt=1, description="Chance that the brief, or a part of it, is hidden.")
    min_snr_gamma: float | None = Field(default=None, gt=0, description="Min-SNR weighting of the loss; 5 is usual.")
    optim: Optim

    @pydantic.model_validator(mode="after")
    def _weighted(self) -> "DecoderParams":
        if self.space == "boxes" and self.min_snr_gamma is not None:
            raise ValueError("min_snr_gamma weighs the loss of structure and pixel; with space: boxes leave it out")
        return self


class Params(config.Section):
    base: config.Base
    decoder: DecoderParams
    tracking: config.Tracking = config.Tracking()


def main() -> None:
    params = config.load(Params)
    decoder, seed = params.decoder, params.base.seed
    torch.manual_seed(seed)
    drawing = settings(Config, decoder)
    model = decoder_for(drawing)
    train, val = (pages_for(drawing, DATA, split) for split in ("train", "val"))
    acquaint(model, train)
    inputs = {"clean": DATA / "manifest.json"} | warm(model, decoder.weights, "decoder")
    objective = objective_for(model, decoder.drop, decoder.min_snr_gamma)
    with training("train_decoder", decoder, seed, inputs, params.tracking.enabled) as run:
        model = run.fit(model, objective, train, val, decoder.optim)
        if run.team.leads:
            run.ship(model, "decoder", model.config.model_dump(mode="json"), LABELS)
            artist = Artist(model, load_network(REFINER, "refiner", Refiner, RefinerConfig))
            run.image("samples", contact_sheet(artist.draw(SAMPLES, seed), columns=len(GOALS)))


if __name__ == "__main__":
    config.run_stage(main)
