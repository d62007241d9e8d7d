"""data/clean -> models/autoencoder.safetensors: the plain baseline of the coder, trained as it is (params: coder)."""

from train_coder import Params, train

from unrender import config


def main() -> None:
    params = config.load(Params)
    train("autoencoder", params, params.coder.model_copy(update={"arch": "autoencoder", "weights": None}))


if __name__ == "__main__":
    config.run_stage(main)
