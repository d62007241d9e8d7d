"""Repair without guessing: a value is put back only where the render, or the row itself, proves what it must be."""

from dataclasses import dataclass

from unrender.data.schema import MAPS
from unrender.data.validation import pixels, values
from unrender.data.validation.findings import Finding, Key
from unrender.data.validation.inspection import Facts, inspect
from unrender.data.validation.rendering import AGREEMENT, DERIVED, SCORE_ERROR, Repaint
from unrender.design.grammar import NAMES

_SCORES = tuple(f"grammar_{name}" for name in NAMES)


def find_swaps(repaints: dict[Key, Repaint], owners: dict[bytes, Key]) -> dict[Key, Key]:
    """Row -> the row whose image its labels belong to. Both disagree with their own image, so neither is a copy."""
    strangers = {
        key: found
        for key, found in repaints.items()
        if found.agreement.get("image") is not None and not found.image_agrees
    }
    swaps = {key: owners.get(found.image_hash) for key, found in strangers.items()}
    return {key: owner for key, owner in swaps.items() if owner in strangers and owner != key}


def name_swaps(swaps: dict[Key, Key], repaints: dict[Key, Repaint]) -> None:
    """Say what is wrong once, instead of that every map disagrees."""
    for key, owner in swaps.items():
        found = repaints[key]
        sentence = f"Its labels paint the image of {repaints[owner].id} ({owner[0]}, row {owner[1]}), not its own."
        found.findings = [Finding("swapped_labels", sentence, key[0], key[1], found.id)]


@dataclass(frozen=True)
class Mended:
    """A repaired row, what was done to it, and its facts."""

    row: dict
    notes: list[str]
    facts: Facts


def mend(row: dict, split: str, key: Key, repaint: Repaint | None, labels: Repaint | None) -> Mended | None:
    """The repaired row, or None if it still breaks a rule.

    `labels` is the row whose labels belong to this one's image, where labels were swapped.
    """
    if labels is None and repaint is not None and repaint.findings and not repaint.image_agrees:
        return None  # whether the image or the labels are wrong, nobody knows
    changes: dict[str, tuple[object, str]] = {}
    for name in pixels.PICTURES:
        if (value := _converted(row, name)) is not None:
            changes[name] = value, f"{name} converted to {pixels.MODES[name]}"
    changes |= {name: (value, f"{name} clipped to {value:g}") for name, value in values.clipped(row).items()}
    if labels is not None and labels.fresh:
        changes |= {name: (value, f"labels put back, taken from {labels.id}") for name, value in labels.fresh.items()}
    elif repaint is not None and repaint.fresh:
        changes = _from_render(row, repaint) | changes
    mended = row | {name: value for name, (value, _) in changes.items()}
    inspection = inspect(mended, split, key)
    if inspection.failed or not changes:
        return None
    return Mended(mended, list(dict.fromkeys(note for _, note in changes.values())), inspection.facts)


def _converted(row: dict, name: str) -> dict | None:
    if row[name] is None or row[name]["bytes"] is None:
        return None
    faults = pixels.read({**dict.fromkeys(pixels.PICTURES), "source": "", name: row[name]})[1]
    return (
        pixels.converted(row, name)
        if any(rule == "picture_mode" and name in sentence.split()[0] for rule, sentence in faults)
        else None
    )


def _from_render(row: dict, repaint: Repaint) -> dict[str, tuple[object, str]]:
    """What the page gives, where the row deviates. Only if the page is proven to be this row's: the image agrees with
    its render, or the image is damaged and all four maps agree exactly."""
    fresh = repaint.fresh or {}
    if repaint.image_agrees:
        changes = {name: (fresh[name], f"{name} painted again") for name in MAPS if _is_off(name, repaint)}
    elif "image" not in repaint.agreement and repaint.maps_agree and row["source"] == "synthetic":
        changes = {"image": (repaint.image, "image painted again")}
    else:
        return {}
    changes |= {name: (fresh[name], f"{name} derived anew") for name in DERIVED if row[name] != fresh[name]}
    changes |= {name: (fresh[name], f"{name} measured again") for name in _SCORES if _differs(row[name], fresh[name])}
    sizes = ("page_width", "page_height")
    return changes | {name: (fresh[name], f"{name} measured again") for name in sizes if row[name] != fresh[name]}


def _is_off(name: str, repaint: Repaint) -> bool:
    return repaint.agreement.get(name, 0.0) < AGREEMENT[name]


def _differs(stored: float | None, fresh: float | None) -> bool:
    if stored is None or fresh is None:
        return stored is not fresh
    return not abs(stored - fresh) <= SCORE_ERROR
