"""metrics/dataset.json: size, distinctness, findings, and what every label can be predicted to."""

from collections import Counter

from unrender.data import ceilings
from unrender.data.validation import across
from unrender.data.validation.run import Outcome


def metrics(outcome: Outcome, seed: int) -> tuple[dict, dict]:
    """(metrics, evidence) of the rows that were kept."""
    kept = outcome.kept
    ceiling, floor, evidence = ceilings.published(ceilings.bounds(kept, outcome.shared, seed))
    counts = Counter(row.split for row in kept)
    found = {
        "rows": {split: counts[split] for split in outcome.manifest.get("splits", {})},
        "distinct_images": across.distinct_share(kept),
        "near_duplicates": len(outcome.near),
        "findings": dict(Counter(finding.rule for finding in outcome.findings)),
        "quarantined": len(outcome.dropped),
        "repaired": len(outcome.mended),
        "ceiling": ceiling,
        "floor": floor,
        "spread": across.spread(kept),
        "class_balance": _shares(across.class_counts(kept)),
    }
    return found, evidence


def _shares(counts: dict[str, dict[str, int]]) -> dict[str, dict[str, float | None]]:
    """Counts -> shares of the labelled rows; None where no row is labelled."""
    return {
        label: {name: count / total if (total := sum(classes.values())) else None for name, count in classes.items()}
        for label, classes in counts.items()
    }
