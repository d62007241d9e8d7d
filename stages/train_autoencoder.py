"""data/clean -> models/autoencoder.safetensors, the plain baseline of the coder (params: coder), and its curve."""

from pathlib import Path

from unrender import config
from unrender.training.coders import CoderParams, train_coder


class Params(config.Section):
    base: config.Base
    coder: CoderParams
    tracking: config.Tracking = config.Tracking()


def main() -> None:
    params = config.load(Params)
    plain = params.coder.model_copy(update={"arch": "autoencoder", "weights": None})
    train_coder("autoencoder", Path("data/clean"), plain, params.base.seed, params.tracking.enabled)


if __name__ == "__main__":
    config.run_stage(main)
