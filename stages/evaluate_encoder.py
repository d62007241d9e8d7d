"""data/clean + models/encoder.safetensors + metrics/dataset.json -> metrics/encoder.json, its evidence and plots."""

import csv
from pathlib import Path

from unrender import config, tracking
from unrender.artifacts import atomic_path
from unrender.evaluation.ceilings import read_ceilings
from unrender.evaluation.encoder import EvaluateParams, evaluate_encoder
from unrender.evaluation.predictions import load_encoder
from unrender.evaluation.publish import publish

DIFFICULTY = Path("metrics/plots/encoder_difficulty.csv")
CASES = Path("metrics/plots/encoder_cases.png")


class Params(config.Section):
    base: config.Base
    evaluate: EvaluateParams
    tracking: config.Tracking = config.Tracking()


def main() -> None:
    params = config.load(Params)
    model = load_encoder(Path("models/encoder.safetensors"))
    ceilings = read_ceilings(Path("metrics/dataset.json"))
    with tracking.stage("evaluate_encoder", config.flatten(params.evaluate), params.tracking.enabled) as run:
        report = evaluate_encoder(model, Path("data/clean"), ceilings, params.evaluate, params.base.seed)
        save_table(DIFFICULTY, report.difficulty)
        with atomic_path(CASES) as aside:
            report.cases.save(aside)
        publish(run, "encoder", report.metrics, report.evidence)
        run.artifact(CASES, "plots")


def save_table(path: Path, rows: list[dict]) -> None:
    """Rows as CSV, floats to six digits."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    with atomic_path(path) as aside, aside.open("w", newline="") as file:
        table = csv.DictWriter(file, names, restval="")
        table.writeheader()
        table.writerows({k: f"{v:.6g}" if isinstance(v, float) else v for k, v in row.items()} for row in rows)


if __name__ == "__main__":
    config.run_stage(main)
