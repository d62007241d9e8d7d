"""What every training stage does around `fit`: team, tracking, resumable state, and shipping whole and last."""

import contextlib
import shutil
from collections.abc import Generator
from pathlib import Path
from typing import Any, TypeVar

from torch import nn

from unrender import config, tracking
from unrender.artifacts import save_model
from unrender.training.curve import Curve
from unrender.training.feed import Augmentation, Examples
from unrender.training.fingerprint import fingerprint
from unrender.training.fit import Model, fit
from unrender.training.optim import Optim
from unrender.training.scores import Objective
from unrender.training.team import Team, assemble

Settings = TypeVar("Settings", bound=config.Section)


def settings(kind: type[Settings], params: config.Section) -> Settings:
    """The fields of a network's own Config out of a stage's section, which holds those of its training as well."""
    return kind(**params.model_dump(include=set(kind.model_fields)))


class Training:
    """One stage's training: `fit`, then `ship`. `run_dir` holds what a killed run goes on from."""

    def __init__(self, name: str, seed: int, team: Team, run: tracking.Silent, mark: str):
        self.seed, self.team, self.tracker, self.mark = seed, team, run, mark
        self.tags, self.image = run.tags, run.image
        self.run_dir = config.project_root() / "runs" / name / mark
        self.curve = Curve()

    def fit(
        self, model: Model, objective: Objective, train: Examples, val: Examples, optim: Optim,
        augment: Augmentation | None = None,
    ) -> Model:  # fmt: skip
        """Train, logging to the curve and the tracker."""
        self.tags({"train_examples": len(train), "processes": self.team.size})

        def log(step: int, scalars: dict[str, float]) -> None:
            self.curve.add(step, scalars)
            self.tracker.log(step, scalars)

        return fit(
            model, objective, train, val, optim, seed=self.seed, run_dir=self.run_dir, fingerprint=self.mark,
            log=log, augment=augment, team=self.team,
        )  # fmt: skip

    def ship(self, model: nn.Module, kind: str, settings: dict[str, Any], labels: dict[str, Any]) -> None:
        """Write models/<kind>.safetensors and models/<kind>.curve."""
        save_model(Path(f"models/{kind}.safetensors"), model.state_dict(), kind, settings, labels)
        for table in self.curve.save(Path(f"models/{kind}.curve")):
            self.tracker.artifact(table, f"{kind}.curve")


@contextlib.contextmanager
def training(
    name: str, params: config.Section, seed: int, inputs: dict[str, Path], enabled: bool
) -> Generator[Training]:
    """Use as the body of a stage. `inputs` are the files that the result depends on, by the name they are logged as.

    The resumable state is removed when the block ends without an error: whatever fails before costs no training.
    """
    flat = config.flatten(params) | {"seed": seed}
    with assemble() as team, tracking.stage(name, flat, enabled) as run:
        for title, path in inputs.items():
            if path.suffix == ".json":
                run.input(title, path)
        found = Training(name, seed, team, run, fingerprint(flat, list(inputs.values()), team.size))
        yield found
        if team.leads:
            shutil.rmtree(found.run_dir)
