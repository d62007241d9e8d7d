"""How well the format of a page can be read from its true structure: nearest neighbours (Fix and Hodges 1951)."""

import numpy as np
from scipy.spatial import KDTree

NEIGHBOURS = (1, 3, 5, 9, 15, 31)

Labelled = list[tuple[tuple[float, ...], str]]
"""(features, class) per page."""


def held_out_hits(train: Labelled, val: Labelled, test: Labelled) -> tuple[np.ndarray, int]:
    """1 per page of `test` that the reader gets right, else 0; and the number of neighbours, chosen on `val`."""
    features = np.array([features for features, _ in train])
    centre, scale = features.mean(0), np.maximum(features.std(0), 1e-6)
    tree = KDTree((features - centre) / scale)
    names = sorted({name for _, name in train})
    classes = np.array([names.index(name) for _, name in train])

    def hits(pages: Labelled, k: int) -> np.ndarray:
        points = (np.array([features for features, _ in pages]) - centre) / scale
        near = tree.query(points, k=k)[1].reshape(len(pages), k)
        votes = (classes[near][..., None] == np.arange(len(names))).sum(1)  # (n, classes)
        return np.array([names[vote.argmax()] == name for vote, (_, name) in zip(votes, pages, strict=True)], float)

    usable = [k for k in NEIGHBOURS if k <= len(train)]
    best = max(usable, key=lambda k: hits(val, k).mean())
    return hits(test, best), best
