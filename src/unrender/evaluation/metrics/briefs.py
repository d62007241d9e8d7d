"""Brief and grammar against the truth: accuracy of goal and format, errors of tone and scores, R2, rank correlation."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int
from scipy.stats import rankdata

from unrender.design.grammar import NAMES
from unrender.evaluation.metrics.tally import Tally

METRICS = ("goal_accuracy", "format_accuracy", "tone_mae", *(f"grammar_mae_{name}" for name in NAMES))


@dataclass(frozen=True)
class Meanings:
    """Brief and grammar of n pages, true or predicted."""

    goal: Int[np.ndarray, "n"]
    format: Int[np.ndarray, "n"]
    tone: Float[np.ndarray, "n"]  # 0..1
    grammar: Float[np.ndarray, "n 4"]  # 0..1, in the order of grammar.NAMES

    def __len__(self) -> int:
        return len(self.goal)

    def __getitem__(self, rows) -> "Meanings":
        return Meanings(self.goal[rows], self.format[rows], self.tone[rows], self.grammar[rows])


def concatenate(parts: list[Meanings]) -> Meanings:
    """Batches of pages, put end to end."""
    return Meanings(*(np.concatenate([getattr(part, name) for part in parts]) for name in Meanings.__annotations__))


def tallies(predicted: Meanings, true: Meanings) -> dict[str, Tally]:
    """Per-page hits and absolute errors. Raises ValueError on a length that differs or a value that is not finite."""
    if len(predicted) != len(true):
        raise ValueError(f"predicted {len(predicted)} pages, but the truth has {len(true)}")
    errors = np.abs(np.column_stack([predicted.tone, predicted.grammar]) - np.column_stack([true.tone, true.grammar]))
    if not np.isfinite(errors).all():
        raise ValueError(f"page {int(np.argmin(np.isfinite(errors).all(1)))}: tone or grammar is not finite")
    one = np.ones(len(true))
    hits = [predicted.goal == true.goal, predicted.format == true.format]
    columns = [*(hit.astype(np.float64) for hit in hits), *errors.astype(np.float64).T]
    return {name: Tally(column, one) for name, column in zip(METRICS, columns, strict=True)}


def r2(predicted: Float[np.ndarray, "n"], true: Float[np.ndarray, "n"]) -> float:
    """1 - squared error over variance: 0 for the mean of the truth, negative for worse."""
    return float(1 - np.square(predicted - true).sum() / np.square(true - true.mean()).sum())


def rank_correlation(predicted: Float[np.ndarray, "n"], true: Float[np.ndarray, "n"]) -> float:
    """Spearman's rho, ties at their mean rank; 0 for a constant, which ranks nothing."""
    a, b = rankdata(predicted), rankdata(true)
    if np.ptp(a) == 0 or np.ptp(b) == 0:
        return 0.0
    return float(np.corrcoef(a, b)[0, 1])


def confusion(predicted: Int[np.ndarray, "n"], true: Int[np.ndarray, "n"], classes: int) -> Int[np.ndarray, "k k"]:
    """Counts; rows are the truth."""
    return np.bincount(true * classes + predicted, minlength=classes**2).reshape(classes, classes)
