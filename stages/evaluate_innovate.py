"""models/innovate, the networks behind it, a second encoder + data/clean -> metrics/innovate.json, evidence, a picture,
scores by step. The same pages are searched once more, blindly: what the gradient is worth shows beside it."""

import csv
from pathlib import Path

from unrender import config, tracking
from unrender.artifacts import atomic_path
from unrender.evaluation.innovate import InnovateEvaluation, Row, evaluate_innovate, read_ascent
from unrender.evaluation.judged import Readers
from unrender.evaluation.publish import publish
from unrender.evaluation.searching import InnovateParams, Innovator
from unrender.inference.innovations import innovations
from unrender.training.latent_search import Config
from unrender.training.stage import settings

PAGES = Path("metrics/plots/innovate.png")
STEPS = Path("metrics/plots/innovate_steps.csv")


class Params(config.Section):
    base: config.Base
    innovate: InnovateParams
    evaluate_innovate: InnovateEvaluation
    tracking: config.Tracking = config.Tracking()


def main() -> None:
    params = config.load(Params)
    models, cfg, seed = Path("models"), params.evaluate_innovate, params.base.seed
    ascent, readers = read_ascent(models / "innovate"), Readers.load(models)
    innovator = Innovator.load(models, settings(Config, params.innovate))
    with tracking.stage("evaluate_innovate", config.flatten(cfg), params.tracking.enabled) as run:
        blind = innovations(innovator, ascent.asks, seed, blind=True).after
        report = evaluate_innovate(ascent, blind, readers, Path("data/clean"), cfg, seed)
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
