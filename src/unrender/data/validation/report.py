"""The verdict in a sentence, and report.json."""

from collections import Counter
from dataclasses import dataclass

from unrender.data.validation.findings import RULES, Finding
from unrender.data.validation.run import Outcome, ValidateParams

PAGE = "data/validation/report.html"
LISTED = 2000
"""Findings that the report lists one by one; all of them are counted."""


@dataclass(frozen=True)
class Verdict:
    passed: bool
    sentence: str


def verdict(outcome: Outcome, params: ValidateParams) -> Verdict:
    """Whether the stage may end well, in one sentence."""
    if fatal := outcome.fatal:
        more = f" ({len(fatal) - 1} more in {PAGE})" if len(fatal) > 1 else f" (see {PAGE})"
        return Verdict(False, f"error: {fatal[0].rule}: {fatal[0].sentence} {fatal[0].remedy}{more}")
    left_out, rate = len(outcome.dropped), outcome.error_rate
    if rate > params.max_error_rate:
        top = ", ".join(f"{name} ({count})" for name, count in _top(outcome))
        limit = f"validate.max_error_rate allows {params.max_error_rate:.2%}"
        hint = "" if params.fix else " validate.fix: true repairs what can be repaired."
        return Verdict(
            False,
            f"error: {left_out} of {outcome.rows} rows ({rate:.2%}) break a rule and {limit}: {top}. See {PAGE}.{hint}",
        )
    warnings = sum(finding.level == "warning" for finding in outcome.findings)
    counts = f"{len(outcome.mended)} repaired, {left_out} quarantined, {warnings} warnings"
    return Verdict(True, f"{len(outcome.kept)} of {outcome.rows} rows hold: {counts}. See {PAGE}.")


def _top(outcome: Outcome) -> list[tuple[str, int]]:
    """The rules that cost most rows."""
    counts = Counter(
        rule
        for rule, _ in {(f.rule, f.key) for f in outcome.findings if f.key in outcome.dropped and f.level == "error"}
    )
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:3]


def summary(outcome: Outcome, params: ValidateParams, metrics: dict) -> dict:
    """report.json: verdict, counts per rule, and every finding."""
    says = verdict(outcome, params)
    ordered = worst_first(outcome.findings)
    return {
        "passed": says.passed,
        "verdict": says.sentence,
        "rows": outcome.rows,
        "kept": len(outcome.kept),
        "repaired": len(outcome.mended),
        "quarantined": len(outcome.dropped),
        "error_rate": outcome.error_rate,
        "max_error_rate": params.max_error_rate,
        "painted_again": len(outcome.painted),
        "rules": {name: {**vars(rule), "findings": metrics["findings"].get(name, 0)} for name, rule in RULES.items()},
        "findings": [finding.as_dict() for finding in ordered[:LISTED]],
        "findings_left_off": max(0, len(ordered) - LISTED),
    }


def worst_first(findings: list[Finding]) -> list[Finding]:
    """Fatal ones, then errors, then warnings; unrepaired before repaired."""
    levels = {"fatal": 0, "error": 1, "warning": 2}
    return sorted(findings, key=lambda finding: (levels[finding.level], bool(finding.repair)))
