"""Checks and the verdict on them.

The verdict is an output of the pipeline, so it holds nothing that differs between two runs on the same inputs:
durations and memory appear as passed or not, against their limit. The figures go to MLflow and to runs/.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from unrender.config import UserError

VERDICT = Path("metrics/readiness.json")
"""Where the verdict lies in a project."""


@dataclass(frozen=True)
class Check:
    """One rule and whether it holds."""

    name: str
    passed: bool
    rule: str  # what must be so, with its limit
    found: str | float | None = None  # what was found, if that is the same on every run
    measured: float | None = None  # what was measured, if that depends on the machine and the moment


@dataclass(frozen=True)
class Verdict:
    """Ready means that there are checks and every one of them passed. What was left out is not judged."""

    checks: tuple[Check, ...]
    left_out: Mapping[str, str] = field(default_factory=dict)  # model -> why

    @property
    def ready(self) -> bool:
        return bool(self.checks) and all(check.passed for check in self.checks)

    def as_json(self) -> dict:
        """{"ready": bool, "checks": {name: {"passed", "rule", "found"}}}, without anything measured; and "left_out":
        {model: why} where there are such."""
        judged = {"ready": self.ready, "checks": {check.name: _stable(check) for check in self.checks}}
        return judged | ({"left_out": self.left_out} if self.left_out else {})

    def measured(self) -> dict[str, float]:
        """The figures that differ from run to run."""
        return {check.name: check.measured for check in self.checks if check.measured is not None}


def verdict(checks: list[Check], left_out: Mapping[str, str] | None = None) -> Verdict:
    """Raises ValueError when two checks share a name: one of them would vanish from the file."""
    names = [check.name for check in checks]
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise ValueError(f"checks share a name: {', '.join(sorted(twice))}")
    return Verdict(tuple(checks), left_out or {})


def load_verdict(path: Path) -> Verdict:
    """Read a verdict file. UserError when it is missing or no verdict."""
    try:
        saved = json.loads(path.read_text())
        checks = tuple(
            Check(name, about["passed"] is True, about["rule"], about.get("found"))
            for name, about in saved["checks"].items()
        )
        left_out = dict(saved.get("left_out", {}))
    except FileNotFoundError:
        raise UserError(f"{path} is missing: nothing has been judged yet; run `make repro`") from None
    except (json.JSONDecodeError, KeyError, TypeError, ValueError, AttributeError):
        raise UserError(f"{path} is not a readiness verdict; run `dvc repro -f readiness`") from None
    return Verdict(checks, left_out)


def table(found: Verdict) -> str:
    """The verdict as text for a terminal, failures first."""
    ordered = sorted(found.checks, key=lambda check: check.passed)
    width = max((len(check.name) for check in ordered), default=0)
    lines = [f"{'ok  ' if c.passed else 'FAIL'}  {c.name:<{width}}  {_shown(c):<12}  {c.rule}" for c in ordered]
    lines += [f"left out  {note}" for note in _left_out(found)]
    return "\n".join([*lines, "", headline(found)])


def markdown(found: Verdict) -> str:
    """The verdict as a Markdown page, failures first."""
    ordered = sorted(found.checks, key=lambda check: check.passed)
    rows = [f"| {'pass' if c.passed else '**FAIL**'} | {c.name} | {_shown(c)} | {c.rule} |" for c in ordered]
    notes = [line for note in _left_out(found) for line in (f"Left out: {note}", "")]
    return "\n".join([f"# {headline(found)}", "", *notes, "| | check | found | rule |", "|---|---|---|---|", *rows, ""])


def headline(found: Verdict) -> str:
    """The verdict in one line."""
    failed = sum(not check.passed for check in found.checks)
    without = f"; without {', '.join(found.left_out)}" if found.left_out else ""
    if found.ready:
        return f"READY: all {len(found.checks)} checks passed{without}"
    return f"NOT READY: {failed} of {len(found.checks)} checks failed{without}"


def _left_out(found: Verdict) -> list[str]:
    return [f"{name}: {why}" for name, why in found.left_out.items()]


def _shown(check: Check) -> str:
    if check.found is None:
        return ""
    return check.found if isinstance(check.found, str) else f"{check.found:.4g}"


def _stable(check: Check) -> dict:
    about = {"passed": check.passed, "rule": check.rule}
    return about if check.found is None else about | {"found": check.found}
