"""How large a network to train and for how long, from how many examples there are to learn from."""

import json
import statistics
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import pydantic
from pydantic import Field

from unrender.config import Section, UserError
from unrender.data import shards

PHASE_ENDS = (2_000, 10_000, 100_000)
"""The most examples of phases 1, 2 and 3; phase 4 has no end."""
NEEDED = ("structure", "layout")
"""Columns without which a row teaches nothing about layouts."""

_Count = Annotated[int, Field(ge=1)]
Phase = Literal[1, 2, 3, 4]
SectionT = TypeVar("SectionT", bound=Section)


class PlanParams(Section):
    phase: Literal["auto", 1, 2, 3, 4] = Field(default="auto", description="auto: by the number of training examples.")


class LayoutPlan(Section):
    """The layout network and its training, where params leave them open."""

    width: _Count
    layers: _Count
    heads: _Count
    steps: _Count
    batch_size: _Count
    augment: Annotated[int, Field(ge=1, description="Variants of each example; 1: only the example itself.")]

    @pydantic.model_validator(mode="after")
    def _divisible(self) -> "LayoutPlan":
        if self.width % self.heads:
            raise ValueError(f"width {self.width} must be a multiple of heads {self.heads}")
        return self


LAYOUT: dict[Phase, LayoutPlan] = {
    1: LayoutPlan(width=96, layers=3, heads=4, steps=600, batch_size=8, augment=8),
    2: LayoutPlan(width=128, layers=4, heads=4, steps=900, batch_size=8, augment=4),
    3: LayoutPlan(width=192, layers=6, heads=6, steps=6_000, batch_size=64, augment=4),
    4: LayoutPlan(width=256, layers=8, heads=8, steps=40_000, batch_size=128, augment=4),
}


class Plan(Section):
    phase: Phase
    examples: dict[str, Annotated[int, Field(ge=0)]] = Field(description="Rows per split that have what is needed.")
    layout: LayoutPlan


def phase_of(count: int) -> Phase:
    """1 to 2,000 examples, 2 to 10,000, 3 to 100,000, 4 above."""
    return next((phase for phase, end in zip((1, 2, 3), PHASE_ENDS, strict=True) if count <= end), 4)


def choose(examples: dict[str, int], phase: Literal["auto", 1, 2, 3, 4] = "auto") -> Plan:
    """The plan for these counts per split; `phase` overrules the number of training examples."""
    chosen = phase_of(examples.get("train", 0)) if phase == "auto" else phase
    return Plan(phase=chosen, examples=examples, layout=LAYOUT[chosen])


def usable(folder: Path, split: str) -> tuple[int, int]:
    """Rows of a split that have all that is needed, and rows that lack some of it."""
    rows = [all(row[name] is not None for name in NEEDED) for row in shards.iterate(folder, split, list(NEEDED))]
    return sum(rows), len(rows) - sum(rows)


def load(path: Path) -> Plan:
    """What the stage wrote. UserError when it is missing, damaged, or of another version."""
    try:
        return Plan.model_validate(json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        raise UserError(f"{path} is missing; run `dvc repro plan`") from None
    except (ValueError, RecursionError) as error:  # of JSON, of text, of the model
        reason = " ".join(str(error).split())
        raise UserError(f"{path} is no plan ({reason}); run `dvc repro -f plan`") from None


def resolved(section: Section, planned: Section) -> dict[str, Any]:
    """The fields of `section`, as one loaded it; those that are null have the plan's value, if it has one."""
    return {name: getattr(planned, name, None) if value is None else value for name, value in section}


def filled(kind: type[SectionT], section: Section, planned: Section) -> SectionT:
    """The fields of `kind` from `section`, from the plan where those are null. UserError if they do not go together."""
    values = resolved(section, planned)
    try:
        return kind(**{name: value for name, value in values.items() if name in kind.model_fields})
    except pydantic.ValidationError as error:
        raise _at_odds(error, [name for name, value in section if value is None], values) from None


def laid_over(planned: LayoutPlan, *sections: Section) -> LayoutPlan:
    """The plan with what `sections` say instead. UserError if that does not go together."""
    said = {name: value for section in sections for name, value in section if value is not None}
    values = {name: said.get(name, value) for name, value in planned}
    try:
        return LayoutPlan(**values)
    except pydantic.ValidationError as error:
        raise _at_odds(error, [name for name in values if name not in said], values) from None


def _at_odds(error: pydantic.ValidationError, null: list[str], values: dict[str, Any]) -> UserError:
    reason = error.errors()[0]["msg"].removeprefix("Value error, ")
    planned = ", ".join(f"{name} {values[name]}" for name in null if values[name] is not None)
    hint = f" What params leave open is planned: {planned}." if planned else ""
    return UserError(
        f"params.yaml and the plan do not go together: {reason}.{hint} Change one of these in params.yaml."
    )


def expected_seconds(step: Callable[[], None], steps: int, warm: int = 1, timed: int = 3) -> float:
    """How long `steps` steps will take, from the median of `timed` that are done now, after `warm` uncounted ones."""
    for _ in range(warm):
        step()
    return statistics.median(_durations(step, timed)) * steps


def _durations(step: Callable[[], None], times: int) -> Iterator[float]:
    for _ in range(times):
        began = time.perf_counter()
        step()
        yield time.perf_counter() - began
