"""data/clean -> models/second_encoder.safetensors and its curve: an encoder of another seed (params: encoder).

It reads pages that were optimised through the first one, so that what fools only that one earns no score.
"""

from pathlib import Path

from pydantic import Field

from unrender import config
from unrender.training.encoders import EncoderParams, train_encoder


class SecondEncoderParams(config.Section):
    """How it differs from the first."""

    seed: int = Field(ge=1, description="Added to base.seed: other first weights, other pages first.")
    steps: int = Field(ge=1, description="Instead of encoder.optim.steps.")


class Params(config.Section):
    base: config.Base
    encoder: EncoderParams
    second_encoder: SecondEncoderParams
    tracking: config.Tracking = config.Tracking()


def main() -> None:
    params = config.load(Params)
    optim = params.encoder.optim.model_copy(update={"steps": params.second_encoder.steps})
    other = params.encoder.model_copy(update={"optim": optim, "weights": None})
    seed = params.base.seed + params.second_encoder.seed
    train_encoder("second_encoder", Path("data/clean"), other, seed, params.tracking.enabled)


if __name__ == "__main__":
    config.run_stage(main)
