"""data/clean + models/layout.safetensors -> metrics/layout.json, evidence."""

from pathlib import Path

from unrender import config, tracking
from unrender.evaluation.encoder import EvaluateParams
from unrender.evaluation.layout import evaluate_layout
from unrender.evaluation.layout_loading import load_layout
from unrender.evaluation.publish import publish


class Params(config.Section):
    base: config.Base
    evaluate: EvaluateParams
    tracking: config.Tracking = config.Tracking()


def main() -> None:
    params = config.load(Params)
    model = load_layout(Path("models/layout.safetensors"))
    with tracking.stage("evaluate_layout", config.flatten(params.evaluate), params.tracking.enabled) as run:
        found = evaluate_layout(model, Path("data/clean"), params.evaluate, params.base.seed)
        publish(run, "layout", found.metrics, found.evidence)


if __name__ == "__main__":
    config.run_stage(main)
