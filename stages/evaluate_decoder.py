"""data/clean + models/{decoder,refiner,encoder,abstractor}.safetensors -> metrics/decoder.json, evidence, pictures."""

from pathlib import Path

from unrender import config, tracking
from unrender.artifacts import atomic_path
from unrender.evaluation.decoder import EvaluateParams, evaluate_decoder
from unrender.evaluation.drawing import Artist
from unrender.evaluation.meanings import load_abstractor
from unrender.evaluation.predictions import load_encoder
from unrender.evaluation.publish import publish

SAMPLES = Path("metrics/plots/decoder_samples.png")
NEAREST = Path("metrics/plots/decoder_nearest.png")


class Params(config.Section):
    base: config.Base
    evaluate_decoder: EvaluateParams
    tracking: config.Tracking = config.Tracking()


def main() -> None:
    params = config.load(Params)
    models = Path("models")
    artist = Artist.load(models / "decoder.safetensors", models / "refiner.safetensors")
    encoder = load_encoder(models / "encoder.safetensors")
    abstractor = load_abstractor(models / "abstractor.safetensors")
    flat = config.flatten(params.evaluate_decoder)
    with tracking.stage("evaluate_decoder", flat, params.tracking.enabled) as run:
        report = evaluate_decoder(
            artist, encoder, abstractor, Path("data/clean"), params.evaluate_decoder, params.base.seed
        )
        for path, picture in ((SAMPLES, report.samples), (NEAREST, report.closest)):
            with atomic_path(path) as aside:
                picture.save(aside)
            run.artifact(path, "plots")
        publish(run, "decoder", report.metrics, report.evidence)


if __name__ == "__main__":
    config.run_stage(main)
