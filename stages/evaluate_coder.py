"""data/clean + models/coder.safetensors, autoencoder.safetensors -> metrics/coder.json, evidence, pictures."""

from pathlib import Path

from unrender import config, tracking
from unrender.artifacts import atomic_path
from unrender.evaluation.code_cases import draw_code_cases
from unrender.evaluation.code_loading import load_coder
from unrender.evaluation.coder import READ, evaluate_coder
from unrender.evaluation.encoder import EvaluateParams
from unrender.evaluation.publish import publish
from unrender.models.code_writing import Search

DATA, PLOTS = Path("data/clean"), Path("metrics/plots")
NAMES = ("coder", "autoencoder")


class Params(config.Section):
    base: config.Base
    evaluate: EvaluateParams
    evaluate_coder: Search
    tracking: config.Tracking = config.Tracking()


def main() -> None:
    params = config.load(Params)
    (model, language), (baseline, _) = (load_coder(Path(f"models/{name}.safetensors"), name) for name in NAMES)
    settings = config.flatten(params.evaluate) | config.flatten(params.evaluate_coder)
    with tracking.stage("evaluate_coder", settings, params.tracking.enabled) as run:
        found = evaluate_coder(
            model, baseline, language, DATA, params.evaluate, params.evaluate_coder, params.base.seed
        )
        for split, said in found.splits.items():
            if said.data.skipped:
                print(f"Skipped: {said.data.skipped} rows of {split} without a code.")
        with atomic_path(PLOTS / "coder_cases.png") as aside:
            draw_code_cases(found.splits[READ], found.scored[READ], language).save(aside)
        run.artifact(PLOTS / "coder_cases.png", "plots")
        publish(run, "coder", found.metrics, found.evidence)


if __name__ == "__main__":
    config.run_stage(main)
