"""data/clean + models/layout.safetensors -> metrics/layout.json, evidence, pictures."""

from pathlib import Path

from unrender import config, tracking
from unrender.artifacts import atomic_path
from unrender.data.layout_pages import LayoutDataset
from unrender.evaluation.encoder import EvaluateParams
from unrender.evaluation.layout import READ, Findings, evaluate_layout
from unrender.evaluation.layout_cases import draw_drawn_layouts, draw_layout_cases
from unrender.evaluation.layout_drawing import Drawn, DrawParams, arranged, evaluate_drawing
from unrender.evaluation.layout_loading import load_layout
from unrender.evaluation.publish import publish
from unrender.models.layout import Layout

DATA, PLOTS = Path("data/clean"), Path("metrics/plots")


class Params(config.Section):
    base: config.Base
    evaluate: EvaluateParams
    evaluate_layout: DrawParams
    tracking: config.Tracking = config.Tracking()


def main() -> None:
    params = config.load(Params)
    model = load_layout(Path("models/layout.safetensors"))
    cfg, drawing = params.evaluate, params.evaluate_layout
    settings = config.flatten(cfg) | config.flatten(drawing)
    with tracking.stage("evaluate_layout", settings, params.tracking.enabled) as run:
        found = evaluate_layout(model, DATA, cfg, drawing.pages, params.base.seed)
        say_what_was_skipped(found)
        drawn = drawings(model, found, params)
        pictures = {
            "layout_cases": draw_layout_cases(found.splits[READ], found.scored[READ]),
            "layout_drawn": draw_drawn_layouts(drawn.pages),
        }
        for name, picture in pictures.items():
            with atomic_path(PLOTS / f"{name}.png") as aside:
                picture.save(aside)
            run.artifact(PLOTS / f"{name}.png", "plots")
        publish(run, "layout", found.metrics | drawn.metrics, found.evidence | drawn.evidence)


def say_what_was_skipped(found: Findings) -> None:
    for split, said in found.splits.items():
        skipped, too_large = said.data.skipped, said.data.too_large
        if skipped or too_large:
            print(f"Skipped: {skipped} rows of {split} without a layout, {too_large} with too many nodes.")


def drawings(model: Layout, found: Findings, params: Params) -> Drawn:
    """What is drawn, judged beside the layouts of train; nothing where less than two pages have boxes."""
    if sum(page.boxed for page in found.splits[READ].pages) < 2:
        print(f"Layouts have no boxes in {READ}: boxes are not scored, and no layouts are drawn to be judged.")
        return Drawn({}, [])
    cfg = {"resamples": params.evaluate.resamples, "seed": params.base.seed}
    others = arranged(LayoutDataset(DATA, "train"))
    return evaluate_drawing(model, found.splits[READ].data, others, params.evaluate_layout, **cfg)


if __name__ == "__main__":
    config.run_stage(main)
