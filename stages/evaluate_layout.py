"""data/clean + models/layout.safetensors -> metrics/layout.json, evidence, pictures."""

from pathlib import Path

from unrender import config, tracking
from unrender.artifacts import atomic_path
from unrender.data.layout_pages import LayoutDataset
from unrender.evaluation.encoder import EvaluateParams
from unrender.evaluation.layout import READ, evaluate_layout
from unrender.evaluation.layout_cases import draw_drawn_layouts, draw_layout_cases
from unrender.evaluation.layout_drawing import DrawParams, arranged, evaluate_drawing
from unrender.evaluation.layout_loading import load_layout
from unrender.evaluation.publish import publish

DATA, PLOTS = Path("data/clean"), Path("metrics/plots")


class Params(config.Section):
    base: config.Base
    evaluate: EvaluateParams
    evaluate_layout: DrawParams
    tracking: config.Tracking = config.Tracking()


def main() -> None:
    params = config.load(Params)
    model = load_layout(Path("models/layout.safetensors"))
    cfg, seed = params.evaluate, params.base.seed
    settings = config.flatten(cfg) | config.flatten(params.evaluate_layout)
    with tracking.stage("evaluate_layout", settings, params.tracking.enabled) as run:
        found = evaluate_layout(model, DATA, cfg, seed)
        others = arranged(LayoutDataset(DATA, "train"))
        drawn = evaluate_drawing(
            model, found.splits[READ].data, others, params.evaluate_layout, resamples=cfg.resamples, seed=seed
        )
        pictures = {
            "layout_cases": draw_layout_cases(found.splits[READ], found.scored[READ]),
            "layout_drawn": draw_drawn_layouts(drawn.pages),
        }
        for name, picture in pictures.items():
            with atomic_path(PLOTS / f"{name}.png") as aside:
                picture.save(aside)
            run.artifact(PLOTS / f"{name}.png", "plots")
        publish(run, "layout", found.metrics | drawn.metrics, found.evidence | drawn.evidence)


if __name__ == "__main__":
    config.run_stage(main)
