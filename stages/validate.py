"""data/dataset -> data/clean (the rows that hold), data/validation (report, quarantine), metrics/dataset.json."""

import sys
from pathlib import Path

from unrender import config, tracking
from unrender.artifacts import write_json
from unrender.data.validation.clean import write_quarantine
from unrender.data.validation.metrics import metrics
from unrender.data.validation.report import summary, verdict
from unrender.data.validation.report_page import write_page
from unrender.data.validation.run import Outcome, ValidateParams, validate

DATASET, CLEAN, REPORT = Path("data/dataset"), Path("data/clean"), Path("data/validation")
METRICS, EVIDENCE = Path("metrics/dataset.json"), Path("metrics/evidence/dataset.json")


class Params(config.Section):
    base: config.Base
    validate: ValidateParams  # ty: ignore[incompatible-attribute-override]
    tracking: config.Tracking = config.Tracking()


def main() -> None:
    params = config.load(Params)
    with tracking.stage("validate", config.flatten(params.validate), params.tracking.enabled) as run:
        outcome = validate(DATASET, CLEAN, params.validate, params.base.seed)
        found, evidence = metrics(outcome, params.base.seed)
        write_reports(outcome, params.validate, found, evidence)
        write_json(METRICS, found)
        write_json(EVIDENCE, evidence)
        run.log(0, {f"rows/{split}": count for split, count in found["rows"].items()})
        run.artifact(REPORT / "report.html")
    says = verdict(outcome, params.validate)
    print(says.sentence, file=sys.stderr)
    if not says.passed:
        sys.exit(1)


def write_reports(outcome: Outcome, params: ValidateParams, found: dict, evidence: dict) -> None:
    """The report is written whatever the verdict is: it says what to mend."""
    write_json(REPORT / "report.json", summary(outcome, params, found))
    write_quarantine(REPORT / "quarantine.jsonl", outcome.findings, outcome.dropped, outcome.splits)
    write_page(REPORT / "report.html", DATASET, outcome, params, found, evidence)


if __name__ == "__main__":
    config.run_stage(main)
