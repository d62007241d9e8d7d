"""data/clean -> models/coder.safetensors (page image -> code) and models/coder.curve."""

from pathlib import Path

from unrender import config
from unrender.training.coders import CoderParams, train_coder


class Params(config.Section):
    base: config.Base
    coder: CoderParams
    tracking: config.Tracking = config.Tracking()


def main() -> None:
    params = config.load(Params)
    train_coder("coder", Path("data/clean"), params.coder, params.base.seed, params.tracking.enabled)


if __name__ == "__main__":
    config.run_stage(main)
