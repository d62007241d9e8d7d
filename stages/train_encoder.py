"""data/clean -> models/encoder.safetensors (page image -> structure maps) and models/encoder.curve."""

from pathlib import Path

from unrender import config
from unrender.training.encoders import EncoderParams, train_encoder


class Params(config.Section):
    base: config.Base
    encoder: EncoderParams
    tracking: config.Tracking = config.Tracking()


def main() -> None:
    params = config.load(Params)
    train_encoder("encoder", Path("data/clean"), params.encoder, params.base.seed, params.tracking.enabled)


if __name__ == "__main__":
    config.run_stage(main)
