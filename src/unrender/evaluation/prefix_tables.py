"""Habits counted on train: the most common or the median value under a key, or under as much of the key as was seen."""

from collections import Counter, defaultdict
from collections.abc import Hashable

import numpy as np

Key = tuple[Hashable, ...]


class Modes:
    """The most common value per key, the first of equals. An unseen key falls back to its longest seen prefix."""

    def __init__(self) -> None:
        self._counts: dict[Key, Counter] = defaultdict(Counter)

    def add(self, key: Key, value: int) -> None:
        for end in range(len(key) + 1):
            self._counts[key[:end]][value] += 1

    def __getitem__(self, key: Key) -> int:
        while key not in self._counts:
            key = key[:-1]
        return self._counts[key].most_common(1)[0][0]


class Medians:
    """The median per key, with the same fallback; `default` if nothing was added. Fill it, then ask."""

    def __init__(self, default: float) -> None:
        self._default = default
        self._values: dict[Key, list[float]] = defaultdict(list)
        self._found: dict[Key, float] = {}

    def add(self, key: Key, value: float) -> None:
        for end in range(len(key) + 1):
            self._values[key[:end]].append(value)

    def __getitem__(self, key: Key) -> float:
        while key and key not in self._values:
            key = key[:-1]
        if key not in self._found:
            self._found[key] = float(np.median(self._values[key])) if key in self._values else self._default
        return self._found[key]
