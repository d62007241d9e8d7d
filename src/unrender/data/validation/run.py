"""A dataset -> a clean dataset, and everything that was found on the way."""

import shutil
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import Field

from unrender.config import Section
from unrender.data.shared_maps import Shared
from unrender.data.validation import across, clean, files, repair, rows
from unrender.data.validation.files import Group
from unrender.data.validation.findings import Finding, Key
from unrender.data.validation.inspection import Facts, Inspection
from unrender.data.validation.rendering import Repaint


class ValidateParams(Section):
    """How strict validation is, and whether it repairs."""

    fix: bool = Field(description="Repair what can be repaired without guessing; the rest is quarantined either way.")
    max_error_rate: float = Field(
        ge=0, le=1, description="Share of rows that may be quarantined before the stage fails."
    )
    sample: int = Field(ge=1, description="Rows painted again and compared with what is stored; suspects come on top.")
    near_duplicate: int = Field(
        ge=0, le=16, description="Bits, of 64, in which outlines of near duplicates may differ."
    )


@dataclass
class Outcome:
    """What validation found and kept."""

    manifest: dict
    findings: list[Finding] = field(default_factory=list)
    rows: int = 0
    groups: list[Group] = field(default_factory=list)
    """Where the rows lie, if they can be read."""
    facts: dict[Key, Facts] = field(default_factory=dict)
    """Of every row that could be read, as it was, or as it is after its repair."""
    dropped: set[Key] = field(default_factory=set)
    mended: dict[Key, dict] = field(default_factory=dict)
    painted: dict[Key, Repaint] = field(default_factory=dict)
    shared: dict[Key, Shared] = field(default_factory=dict)
    near: list[tuple[Facts, Facts]] = field(default_factory=list)

    @property
    def fatal(self) -> list[Finding]:
        return [finding for finding in self.findings if finding.level == "fatal" and not finding.repair]

    @property
    def kept(self) -> list[Facts]:
        return [facts for key, facts in self.facts.items() if key not in self.dropped]

    @property
    def splits(self) -> dict[str, str]:
        """Shard file -> split."""
        return {
            shard["file"]: split
            for split, entry in self.manifest.get("splits", {}).items()
            for shard in entry["shards"]
        }

    @property
    def error_rate(self) -> float:
        """Share of the rows that were left out."""
        return len(self.dropped) / self.rows if self.rows else 0.0


def validate(source: Path, target: Path, params: ValidateParams, seed: int, workers: int | None = None) -> Outcome:
    """Check `source` and write the rows that hold to `target`, unless a fault is fatal."""
    if target.exists():
        shutil.rmtree(target)  # whatever is found, an older result must not pass for this one
    manifest, findings = files.read_manifest(source)
    outcome = Outcome(manifest, findings)
    if findings:
        return outcome
    groups, outcome.findings = files.check_files(source, manifest)
    outcome.rows = sum(group.rows for group in groups)
    if params.fix:
        _mend_manifest(outcome.findings)
    if outcome.fatal:
        return outcome
    with rows.pool(workers) as parallel:
        inspections, damaged = rows.inspect_all(source, groups, parallel)
        outcome.findings += damaged
        if damaged:
            return outcome
        outcome.groups = groups
        swaps = _paint_again(outcome, source, groups, inspections, params.sample, seed, parallel)
    _judge_rows(outcome, inspections)
    if params.fix:
        _mend(outcome, source, groups, swaps)
    _compare_rows(outcome, params.near_duplicate)
    if not outcome.fatal:
        outcome.manifest = clean.write(source, target, manifest, groups, outcome.mended, outcome.dropped)
    return outcome


def _mend_manifest(findings: list[Finding]) -> None:
    for finding in findings:
        if finding.rule in ("manifest_rows", "manifest_hash"):
            finding.repair = "the manifest of data/clean is written anew, from the rows that hold"


def _paint_again(
    outcome: Outcome,
    source: Path,
    groups: list[Group],
    inspections: list[Inspection],
    sample: int,
    seed: int,
    parallel: rows.Map,
) -> dict[Key, Key]:
    """Paint a sample and all suspects, and the rows that hold the images of others; return the swapped labels."""
    engine = outcome.manifest.get("engine", "blitz")
    facts = [inspection.facts for inspection in inspections]
    wanted, measured = rows.choose(facts, sample, seed)
    outcome.painted, outcome.shared = rows.paint(source, engine, groups, wanted, measured, parallel)
    owners = {row.image_hash: row.key for row in facts if row.image_hash}
    strangers = [found for found in outcome.painted.values() if not found.image_agrees]
    others = {owners[found.image_hash] for found in strangers if found.image_hash in owners} - set(outcome.painted)
    outcome.painted |= rows.paint(source, engine, groups, others, set(), parallel)[0]
    swaps = repair.find_swaps(outcome.painted, owners)
    repair.name_swaps(swaps, outcome.painted)
    return swaps


def _judge_rows(outcome: Outcome, inspections: list[Inspection]) -> None:
    """Gather what was found about each row; rows with an error are dropped."""
    outcome.facts = {inspection.facts.key: inspection.facts for inspection in inspections}
    repeated = {finding.key: finding for finding in across.check_ids(list(outcome.facts.values()))}
    for inspection in inspections:
        key = inspection.facts.key
        found = [*inspection.findings, *(outcome.painted[key].findings if key in outcome.painted else [])]
        found += [repeated[key]] if key in repeated else []
        outcome.findings += found
        if any(finding.level == "error" for finding in found):
            outcome.dropped.add(key)


def _mend(outcome: Outcome, source: Path, groups: list[Group], swaps: dict[Key, Key]) -> None:
    """Take back the dropped rows that can be repaired. A repaired row keeps its findings, with what was done."""
    givers = {owner: outcome.painted[key] for key, owner in swaps.items()}
    unmendable = {finding.key for finding in outcome.findings if finding.rule == "repeated_id"}
    for group in groups:
        offsets = [offset for offset in range(group.rows) if group.key(offset) in outcome.dropped - unmendable]
        table = files.read_group(source, group) if offsets else []
        for offset in offsets:
            key = group.key(offset)
            made = repair.mend(table[offset], group.split, key, outcome.painted.get(key), givers.get(key))
            if made is not None:
                outcome.mended[key] = made.row
                outcome.facts[key] = made.facts
                _note(outcome.findings, key, "; ".join(made.notes))
    outcome.dropped -= set(outcome.mended)


def _note(findings: list[Finding], key: Key, repair_: str) -> None:
    for finding in findings:
        if finding.key == key and finding.level == "error":
            finding.repair = repair_


def _compare_rows(outcome: Outcome, distance: int) -> None:
    """Rules between the rows that are left, and about all of them together."""
    copies = list(across.check_copies(outcome.kept))
    share = across.check_distinct(outcome.kept)
    outcome.dropped |= {finding.key for finding in copies if finding.key}
    outcome.mended = {key: row for key, row in outcome.mended.items() if key not in outcome.dropped}
    outcome.near = across.near_pairs(outcome.kept, distance)
    outcome.findings += [*copies, *share, *across.near_findings(outcome.near), *across.check_statistics(outcome.kept)]
    splits = outcome.manifest["splits"]
    left = {row.split for row in outcome.kept}
    outcome.findings += [
        Finding("empty_split", f"No row of split {split!r} is left.") for split in splits if split not in left
    ]
