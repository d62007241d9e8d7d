"""data/clean + models/encoder.safetensors, abstractor.safetensors + metrics/dataset.json -> metrics/abstractor.json."""

from pathlib import Path

from unrender import config, tracking
from unrender.artifacts import write_json
from unrender.evaluation.abstractor import evaluate_abstractor
from unrender.evaluation.ceilings import read_ceilings
from unrender.evaluation.encoder import EvaluateParams
from unrender.evaluation.meanings import load_abstractor
from unrender.evaluation.metrics.briefs import METRICS as NAMES
from unrender.evaluation.predictions import load_encoder

METRICS = Path("metrics/abstractor.json")
EVIDENCE = Path("metrics/evidence/abstractor.json")


class Params(config.Section):
    base: config.Base
    evaluate: EvaluateParams
    tracking: config.Tracking = config.Tracking()


def main() -> None:
    params = config.load(Params)
    encoder = load_encoder(Path("models/encoder.safetensors"))
    abstractor = load_abstractor(Path("models/abstractor.safetensors"))
    ceilings = read_ceilings(Path("metrics/dataset.json"), NAMES)
    with tracking.stage("evaluate_abstractor", config.flatten(params.evaluate), params.tracking.enabled) as run:
        report = evaluate_abstractor(
            encoder, abstractor, Path("data/clean"), ceilings, params.evaluate, params.base.seed
        )
        write_json(EVIDENCE, report.evidence)
        write_json(METRICS, report.metrics)
        run.log(0, {key.replace(".", "/"): value for key, value in config.flatten(report.metrics).items()})
        run.artifact(EVIDENCE, "evidence")


if __name__ == "__main__":
    config.run_stage(main)
