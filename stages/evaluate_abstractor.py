"""data/clean, the encoder and the abstractor of models/ + metrics/dataset.json -> metrics/abstractor.json, plots."""

from pathlib import Path

from unrender import config, tracking
from unrender.artifacts import atomic_path
from unrender.evaluation.abstractor import evaluate_abstractor
from unrender.evaluation.ceilings import read_ceilings
from unrender.evaluation.encoder import EvaluateParams
from unrender.evaluation.meanings import load_abstractor
from unrender.evaluation.metrics.briefs import METRICS
from unrender.evaluation.predictions import load_encoder
from unrender.evaluation.publish import publish

CASES = Path("metrics/plots/abstractor_cases.png")


class Params(config.Section):
    base: config.Base
    evaluate: EvaluateParams
    tracking: config.Tracking = config.Tracking()


def main() -> None:
    params = config.load(Params)
    encoder = load_encoder(Path("models/encoder.safetensors"))
    abstractor = load_abstractor(Path("models/abstractor.safetensors"))
    ceilings = read_ceilings(Path("metrics/dataset.json"), METRICS)
    with tracking.stage("evaluate_abstractor", config.flatten(params.evaluate), params.tracking.enabled) as run:
        report = evaluate_abstractor(
            encoder, abstractor, Path("data/clean"), ceilings, params.evaluate, params.base.seed
        )
        with atomic_path(CASES) as aside:
            report.cases.save(aside)
        publish(run, "abstractor", report.metrics, report.evidence)
        run.artifact(CASES, "plots")


if __name__ == "__main__":
    config.run_stage(main)
