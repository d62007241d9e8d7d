"""What a model and every baseline arm scored on a split, page by page."""

from dataclasses import dataclass

from unrender.evaluation.metrics.tally import Tally

Arms = dict[str, dict[str, Tally]]  # arm -> metric -> tally per page


@dataclass(frozen=True)
class Scored:
    """The tallies of a split, and how many of the model's outputs were distinct."""

    own: dict[str, Tally]
    arms: Arms
    distinct_inputs: int
    distinct_outputs: int

    def __len__(self) -> int:
        return len(next(iter(self.own.values())))

    def collapse(self) -> dict[str, int | float]:
        """The most common failure there is: one output for every input."""
        return {
            "distinct_inputs": self.distinct_inputs,
            "distinct_outputs": self.distinct_outputs,
            "share": self.distinct_outputs / self.distinct_inputs,
        }
