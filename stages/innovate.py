"""models/{decoder,refiner,encoder,abstractor}.safetensors -> models/innovate: pages before and after latent search.

before.npy and after.npy (uint8 n, 256, 256, 3), scores.csv, sheet.png, search.gif of the page that gained most.
"""

import shutil
from pathlib import Path

import numpy as np

from unrender import config, tracking
from unrender.design.grammar import NAMES
from unrender.evaluation.decoder import balanced
from unrender.evaluation.drawing import Ask
from unrender.evaluation.searching import READ, InnovateParams, Innovation, Innovator
from unrender.inference.innovations import before_and_after, innovations, save_scores, save_search
from unrender.training.fingerprint import fingerprint
from unrender.training.latent_search import Config
from unrender.training.stage import settings

MODELS, OUT = Path("models"), Path("models/innovate")


class Params(config.Section):
    base: config.Base
    innovate: InnovateParams
    tracking: config.Tracking = config.Tracking()


def main() -> None:
    params = config.load(Params)
    asked, seed = params.innovate, params.base.seed
    flat = config.flatten(asked) | {"seed": seed}
    innovator, asks = Innovator.load(MODELS, settings(Config, asked)), balanced(asked.pages, seed)
    mark = fingerprint(flat, [MODELS / f"{name}.safetensors" for name in READ])
    kept = config.project_root() / "runs" / "innovate" / mark
    with tracking.stage("innovate", flat, params.tracking.enabled) as run:
        found = innovations(innovator, asks, seed, kept)
        for step, scores in enumerate(found.scores.mean(1)):
            run.log(step, {"mean": float(scores.mean())} | dict(zip(NAMES, map(float, scores), strict=True)))
        write(found, asks, seed)
        for name in ("sheet.png", "search.gif", "scores.csv"):
            run.artifact(OUT / name, "innovate")
        shutil.rmtree(kept)


def write(found: Innovation, asks: list[Ask], seed: int) -> None:
    """Everything beside, then in its place: the folder is whole or absent."""
    aside = OUT.with_name(f".{OUT.name}")
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir(parents=True)
    np.save(aside / "before.npy", found.before)
    np.save(aside / "after.npy", found.after)
    save_scores(aside / "scores.csv", found, asks, seed)
    before_and_after(found).save(aside / "sheet.png")
    mean = found.scores.mean(2)
    save_search(aside / "search.gif", found, int((mean[-1] - mean[0]).argmax()))
    shutil.rmtree(OUT, ignore_errors=True)
    aside.replace(OUT)


if __name__ == "__main__":
    config.run_stage(main)
