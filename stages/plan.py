"""data/clean -> data/plan.json: the phase of training that its size allows, and the settings that params leave open."""

import sys
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
    for split, (_, lacking) in counts.items():
        if lacking:
            print(f"{lacking} rows of {split} lack {' or '.join(plan.NEEDED)} and are not counted.", file=sys.stderr)
    settings = ", ".join(f"{name} {value}" for name, value in chosen.layout)
    print(f"Phase {chosen.phase}: {chosen.examples.get('train', 0):,} training pages. layout: {settings}")


if __name__ == "__main__":
    config.run_stage(main)
