"""A ratio metric kept as one numerator and one denominator per example."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float


@dataclass(frozen=True)
class Tally:
    """Counts per example. The score of a set is the ratio of the sums, never the mean of the ratios:
    a page without text then adds nothing, where a mean would count it as a free 1."""

    over: Float[np.ndarray, "n"]
    under: Float[np.ndarray, "n"]

    def __post_init__(self) -> None:
        if self.over.shape != self.under.shape or self.over.ndim != 1:
            raise ValueError(f"a tally needs two equal rows, got {self.over.shape} and {self.under.shape}")

    def __len__(self) -> int:
        return len(self.over)

    def __getitem__(self, rows: np.ndarray) -> "Tally":
        return Tally(self.over[rows], self.under[rows])

    @property
    def ratios(self) -> Float[np.ndarray, "n"]:
        """Every example's own score, NaN where it holds nothing to measure; for ranking, not for averaging."""
        return divided(self.over, self.under)

    @property
    def empty(self) -> bool:
        """Nothing to measure: no example holds anything of this kind."""
        return not self.under.sum() > 0

    @property
    def value(self) -> float:
        """The score of the whole set. Raises ValueError when there is nothing to measure."""
        if self.empty:
            raise ValueError(f"no score: the denominator is 0 over all {len(self)} examples")
        return float(self.over.sum() / self.under.sum())


def divided(over: Float[np.ndarray, "n"], under: Float[np.ndarray, "n"]) -> Float[np.ndarray, "n"]:
    """over / under, NaN where under is 0."""
    return np.divide(over, under, out=np.full(len(under), np.nan), where=under > 0)


def join(parts: list[dict[str, Tally]]) -> dict[str, Tally]:
    """Tallies of batches, put end to end."""
    return {
        name: Tally(
            np.concatenate([part[name].over for part in parts]),
            np.concatenate([part[name].under for part in parts]),
        )
        for name in parts[0]
    }
