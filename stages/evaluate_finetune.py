"""data/clean + models/*.safetensors, two decoders and two encoders among them -> metrics/finetune.json, evidence,
a picture."""

from pathlib import Path

from unrender import config, tracking
from unrender.artifacts import atomic_path
from unrender.evaluation.drawing import Artist
from unrender.evaluation.finetune import FinetuneEvaluation, evaluate_finetune
from unrender.evaluation.judged import Readers
from unrender.evaluation.loading import load_network
from unrender.evaluation.publish import publish
from unrender.models.decoder import Config as DecoderConfig
from unrender.models.decoders import decoder_for

SAMPLES = Path("metrics/plots/finetune_samples.png")


class Params(config.Section):
    base: config.Base
    evaluate_finetune: FinetuneEvaluation
    tracking: config.Tracking = config.Tracking()


def main() -> None:
    params = config.load(Params)
    models = Path("models")
    before = Artist.load(models / "decoder.safetensors", models / "refiner.safetensors")
    tuned = load_network(models / "finetuned_decoder.safetensors", "finetuned_decoder", decoder_for, DecoderConfig)
    readers = Readers.load(models)
    flat = config.flatten(params.evaluate_finetune)
    with tracking.stage("evaluate_finetune", flat, params.tracking.enabled) as run:
        after = Artist(tuned, before.refiner)
        report = evaluate_finetune(
            before, after, readers, Path("data/clean"), params.evaluate_finetune, params.base.seed
        )
        with atomic_path(SAMPLES) as aside:
            report.samples.save(aside)
        run.artifact(SAMPLES, "plots")
        publish(run, "finetune", report.metrics, report.evidence)


if __name__ == "__main__":
    config.run_stage(main)
