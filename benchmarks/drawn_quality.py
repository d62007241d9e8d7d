"""What more steps of a sampler buy, and what more training buys, in fidelity, Frechet distance and seconds.

    PYTHONPATH=src:. python benchmarks/drawn_quality.py steps   [-n 192]
    PYTHONPATH=src:. python benchmarks/drawn_quality.py minutes [-n 192] [--steps 300 600 1200]

`steps` draws with the shipped decoder and every sampler; `minutes` trains the decoder anew for each number of steps.
Distances depend on the number of pages: compare them within a table only. The last column is the time of a page over
that of the first row.
"""

import argparse
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import torch

from stages.train_decoder import Params
from unrender import config
from unrender.artifacts import save_model
from unrender.evaluation.decoder import EvaluateParams, balanced, evaluate_decoder
from unrender.evaluation.drawing import Artist
from unrender.evaluation.meanings import load_abstractor
from unrender.evaluation.predictions import load_encoder
from unrender.models.decoder import LABELS
from unrender.models.decoder import Config as DecoderConfig
from unrender.models.decoders import acquaint, decoder_for, pages_for
from unrender.objectives.decoders import objective_for
from unrender.training.fit import fit
from unrender.training.stage import settings

ROOT = config.project_root()
DATA, MODELS = ROOT / "data/clean", ROOT / "models"
TRIED = [("dpm_solver", 8), ("dpm_solver", 16), ("dpm_solver", 40), ("ddim", 40), *(("ddpm", n) for n in (16, 40, 80))]
TIMED = 16  # pages
HEAD = f"{'':<22}{'goal':>8}{'format':>8}{'tone':>8}{'distance':>10}{'s/page':>8}{'ratio':>7}"


@dataclass
class Judge:
    """Draws `pages` pages with an artist and prints a row."""

    pages: int
    first: float | None = None

    def __post_init__(self) -> None:
        self.readers = load_encoder(MODELS / "encoder.safetensors"), load_abstractor(MODELS / "abstractor.safetensors")
        print(HEAD, flush=True)

    def row(self, name: str, artist: Artist) -> None:
        """Score, time, print."""
        found = evaluate_decoder(artist, *self.readers, DATA, EvaluateParams(pages=self.pages, resamples=20), seed=0)
        scores = found.metrics["drawn"]
        begun = time.perf_counter()
        artist.draw(balanced(TIMED, 0), seed=0)
        seconds = (time.perf_counter() - begun) / TIMED
        self.first = self.first or seconds
        print(
            f"{name:<22}{scores['fidelity_goal']:>8.3f}{scores['fidelity_format']:>8.3f}"
            f"{scores['fidelity_tone_mae']:>8.3f}{scores['frechet_distance']:>10.1f}{seconds:>8.3f}"
            f"{seconds / self.first:>7.2f}",
            flush=True,
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("of", choices=("steps", "minutes"))
    parser.add_argument("-n", type=int, default=192, help="pages to draw for each row")
    parser.add_argument("--steps", type=int, nargs="+", default=[300, 600, 1200], help="lengths of training to try")
    options = parser.parse_args()
    judge = Judge(options.n)
    if options.of == "steps":
        against_steps(judge)
    else:
        against_minutes(judge, options.steps)


def against_steps(judge: Judge) -> None:
    """One decoder, every sampler."""
    for sampler, steps in TRIED:
        artist = Artist.load(MODELS / "decoder.safetensors", MODELS / "refiner.safetensors")
        artist.decoder.config = artist.decoder.config.model_copy(update={"sampler": sampler, "steps": steps})
        judge.row(f"{sampler}, {steps} steps", artist)


def against_minutes(judge: Judge, lengths: list[int]) -> None:
    """One sampler, decoders trained for longer and longer; each with a whole schedule of its own."""
    params = config.load(Params, ROOT / "params.yaml")
    drawing = settings(DecoderConfig, params.decoder)
    train, val = (pages_for(drawing, DATA, split) for split in ("train", "val"))
    for steps in lengths:
        torch.manual_seed(params.base.seed)
        model = decoder_for(drawing)
        acquaint(model, train)
        objective = objective_for(model, params.decoder.drop, params.decoder.min_snr_gamma)
        optim = params.decoder.optim.model_copy(update={"steps": steps, "val_every": steps})
        begun = time.perf_counter()
        with tempfile.TemporaryDirectory() as folder:
            model = fit(
                model, objective, train, val, optim,
                seed=params.base.seed, run_dir=Path(folder), fingerprint="", log=lambda step, scalars: None,
            )  # fmt: skip
            minutes = (time.perf_counter() - begun) / 60
            path = Path(folder) / "decoder.safetensors"
            save_model(path, model.state_dict(), "decoder", model.config.model_dump(mode="json"), LABELS)
            judge.row(f"{steps} steps, {minutes:.1f} min", Artist.load(path, MODELS / "refiner.safetensors"))


if __name__ == "__main__":
    config.run_stage(main)
