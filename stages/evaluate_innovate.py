"""models/innovate + models/{encoder,abstractor,second_encoder}.safetensors + data/clean -> metrics/innovate.json,
evidence, a picture, scores by step."""

import csv
from pathlib import Path

from unrender import config, tracking
from unrender.artifacts import atomic_path
from unrender.evaluation.innovate import InnovateEvaluation, Row, evaluate_innovate, read_ascent
from unrender.evaluation.judged import load_judge
from unrender.evaluation.meanings import load_abstractor
from unrender.evaluation.predictions import load_encoder
from unrender.evaluation.publish import publish

PAGES = Path("metrics/plots/innovate.png")
STEPS = Path("metrics/plots/innovate_steps.csv")


class Params(config.Section):
    base: config.Base
    evaluate_innovate: InnovateEvaluation
    tracking: config.Tracking = config.Tracking()


def main() -> None:
    params = config.load(Params)
    models = Path("models")
    ascent = read_ascent(models / "innovate")
    encoder = load_encoder(models / "encoder.safetensors")
    abstractor = load_abstractor(models / "abstractor.safetensors")
    judge = load_judge(models / "second_encoder.safetensors")
    flat = config.flatten(params.evaluate_innovate)
    with tracking.stage("evaluate_innovate", flat, params.tracking.enabled) as run:
        report = evaluate_innovate(
            ascent, encoder, abstractor, judge, Path("data/clean"), params.evaluate_innovate, params.base.seed
        )
        with atomic_path(PAGES) as aside:
            report.pages.save(aside)
        save_table(STEPS, report.steps)
        for path in (PAGES, STEPS):
            run.artifact(path, "plots")
        publish(run, "innovate", report.metrics, report.evidence)


def save_table(path: Path, rows: list[Row]) -> None:
    """Rows as CSV, floats to six digits."""
    with atomic_path(path) as aside, aside.open("w", newline="") as file:
        table = csv.DictWriter(file, rows[0])
        table.writeheader()
        table.writerows({name: f"{value:.6g}" for name, value in row.items()} for row in rows)


if __name__ == "__main__":
    config.run_stage(main)
