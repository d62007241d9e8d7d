"""Which rows of a split are looked at, and which are exchanged."""

import numpy as np
from jaxtyping import Float, Int


def exchanged(count: int) -> Int[np.ndarray, " n"]:
    """Another page for each, every page once, in no order: neighbours may be alike."""
    order = np.random.default_rng(0).permutation(count)
    others = np.empty_like(order)
    others[order] = np.roll(order, 1)
    return others


def worst_middling_best(scores: Float[np.ndarray, " n"], count: int) -> list[tuple[str, int]]:
    """("worst", row) of the `count` lowest, lowest first; ("middling", row) of those around the median; ("best", row),
    highest first. No row twice: fewer of each where there are not three times as many."""
    ranked = np.argsort(scores, kind="stable").tolist()
    count = min(count, len(ranked) // 3)
    middle = (len(ranked) - count) // 2
    parts = {
        "worst": ranked[:count],
        "middling": ranked[middle : middle + count],
        "best": ranked[len(ranked) - count :][::-1],
    }
    return [(kind, row) for kind, rows in parts.items() for row in rows]
