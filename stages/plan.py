"""data/clean -> data/plan.json: the phase of training that its size allows, and the settings that params leave open."""

import itertools
import sys
from collections.abc import Callable
from pathlib import Path

from unrender import config, tracking
from unrender.artifacts import write_json
from unrender.data import shards
from unrender.training import plan

DATASET, PLAN = Path("data/clean"), Path("data/plan.json")


class Params(config.Section):
    plan: plan.PlanParams
    tracking: config.Tracking = config.Tracking()


def main() -> None:
    params = config.load(Params)
    with tracking.stage("plan", config.flatten(params.plan), params.tracking.enabled) as run:
        counts = {split: plan.usable(DATASET, split) for split in shards.known_splits(DATASET)}
        chosen = plan.choose({split: have for split, (have, _) in counts.items()}, params.plan.phase)
        write_json(PLAN, chosen.model_dump(mode="json"))
        run.tags({"phase": chosen.phase} | config.flatten({"layout": chosen.layout.model_dump()}))
        run.log(0, {f"rows/{split}": have for split, have in chosen.examples.items()})
        if chosen.examples.get("train"):
            seconds = plan.expected_seconds(step_of(chosen.layout), chosen.layout.steps)
            run.log(0, {"expected_seconds": seconds})  # of this machine: never in the plan
            print(f"Training with these settings takes about {seconds / 60:.1f} minutes here (three steps were timed).")
    for split, (_, lacking) in counts.items():
        if lacking:
            print(f"{lacking} rows of {split} lack {' or '.join(plan.NEEDED)} and are not counted.", file=sys.stderr)
    settings = ", ".join(f"{name} {value}" for name, value in chosen.layout)
    print(f"Phase {chosen.phase}: {chosen.examples.get('train', 0):,} training pages. layout: {settings}")


def step_of(settings: plan.LayoutPlan) -> Callable[[], None]:
    """One step of training with these settings, on the first pages of train."""
    from unrender.data.batches import stack
    from unrender.data.layout_pages import LayoutDataset
    from unrender.diffusion.schedule import Schedule
    from unrender.models.layout import Config, Layout
    from unrender.objectives.layout import LayoutObjective
    from unrender.training.fit import update
    from unrender.training.optim import Optim
    from unrender.training.state import TrainState
    from unrender.training.team import Team

    pages = LayoutDataset(DATASET, "train", most=settings.batch_size)
    batches = itertools.repeat(stack([pages[i % len(pages)] for i in range(settings.batch_size)]))
    model = Layout(Config(width=settings.width, layers=settings.layers, heads=settings.heads))
    optim = Optim(
        method="muon",
        lr=1e-4,
        steps=settings.steps,
        batch_size=settings.batch_size,
        val_every=10,
        precision="fp32",
    )
    state, objective = TrainState.start(model, optim), LayoutObjective(Schedule.of("cosine", "x0"))
    return lambda: update(state, model, objective, batches, 0, Team())


if __name__ == "__main__":
    config.run_stage(main)
