"""Greedy and beam search for codes that the grammar allows: whatever is written parses."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cache

import torch
from jaxtyping import Bool, Float, UInt8
from pydantic import Field
from torch import Tensor

from unrender.config import Section
from unrender.design.automaton import START, Automaton, State
from unrender.models.coder import REFUSED, Coder, Memory

LIMIT = 200
"""Choices after which a code is brought to its end. Pages are told by 15 to 90."""
DEEPEST = 12
"""Open containers with which a code is brought to close one. Pages have up to 6, and a browser lays out 200 in vain."""


class Search(Section):
    """How codes are looked for."""

    beam: int = Field(default=1, ge=1, description="Hypotheses kept; 1 is greedy.")
    normalise: float = Field(default=1.0, ge=0, le=1, description="Power of the length that a score is divided by.")


@dataclass(frozen=True)
class Hypothesis:
    """A code so far: its choices, where the network looked for each, and the sum of their log-probabilities."""

    page: int
    state: State
    chosen: tuple[str, ...] = ()
    score: float = 0.0
    looks: tuple[Float[Tensor, " n"], ...] = ()

    def normalised(self, power: float) -> float:
        """The score by which codes of unlike length are compared (Wu et al. 2016, section 7, without its constants)."""
        return self.score / max(1, len(self.chosen)) ** power


@dataclass(frozen=True)
class Written:
    """A code: its words without commas, the choices among them, where the network looked for each choice (shares of
    attention over the places of coder.GRID), and the mean log-probability of a choice."""

    words: list[str]
    chosen: tuple[str, ...]
    looks: Float[Tensor, "t n"]
    confidence: float


@dataclass
class Page:
    """What is kept of a page's search."""

    live: list[int] = field(default_factory=list)
    ended: list[Hypothesis] = field(default_factory=list)


@torch.no_grad()
def write(
    model: Coder,
    image: UInt8[Tensor, "b 3 h w"],
    automaton: Automaton,
    search: Search = Search(),  # noqa: B008
) -> list[Written]:
    """The code of every page. The model should be in eval mode; pages do not see one another."""
    seen = model.see(image)
    memory = model.begin(seen)
    hypotheses = [Hypothesis(page, automaton.forced(START)[0]) for page in range(len(image))]
    said = torch.full((len(image),), model.words, device=image.device)
    ended: list[list[Hypothesis]] = [[] for _ in hypotheses]
    while hypotheses:
        logits, memory = model.step(said, seen.rows(_pages(hypotheses, image)), memory)
        grown = _grown(hypotheses, logits, memory, automaton, search.beam)
        kept = _kept(grown, ended, search)
        hypotheses = [found for _, found in kept]
        memory = memory.rows(torch.tensor([row for row, _ in kept], dtype=torch.long, device=image.device))
        said = torch.tensor([automaton.ids[found.chosen[-1]] for found in hypotheses], device=image.device)
    return [_written(max(each, key=lambda found: found.normalised(search.normalise)), automaton) for each in ended]


def _pages(hypotheses: list[Hypothesis], image: Tensor) -> Tensor:
    return torch.tensor([each.page for each in hypotheses], device=image.device)


def _grown(
    hypotheses: list[Hypothesis], logits: Float[Tensor, "k v"], memory: Memory, automaton: Automaton, beam: int
) -> list[tuple[int, Hypothesis]]:
    """Every hypothesis with each of its likeliest next choices, and the row it came from."""
    options = [_options(automaton, each) for each in hypotheses]
    masks = torch.stack([_mask(automaton, each, logits.device) for each in options])
    odds = logits.masked_fill(~masks, REFUSED).log_softmax(1)
    scores, words = odds.topk(min(beam, odds.shape[1]), 1)
    found = []
    for row, each in enumerate(hypotheses):
        for score, word in list(zip(scores[row].tolist(), words[row].tolist(), strict=True))[: len(options[row])]:
            state, _ = automaton.forced(automaton.step(each.state, automaton.words[word]))
            chosen, looks = (*each.chosen, automaton.words[word]), (*each.looks, memory.looked[row, 0])
            found.append((row, replace(each, state=state, chosen=chosen, score=each.score + score, looks=looks)))
    return found


def _options(automaton: Automaton, hypothesis: Hypothesis) -> tuple[str, ...]:
    hurry = len(hypothesis.chosen) >= LIMIT or len(hypothesis.state) > DEEPEST
    return automaton.hurried(hypothesis.state) if hurry else automaton.options(hypothesis.state)


@cache
def _mask(automaton: Automaton, options: tuple[str, ...], device: torch.device) -> Bool[Tensor, " v"]:
    mask = torch.zeros(len(automaton), dtype=torch.bool, device=device)
    mask[[automaton.ids[word] for word in options]] = True
    return mask


def _kept(
    grown: Sequence[tuple[int, Hypothesis]], ended: list[list[Hypothesis]], search: Search
) -> list[tuple[int, Hypothesis]]:
    """The best of each page that go on; those that have ended join `ended`. A page with as many as the beam is wide is
    done."""
    pages: dict[int, list[tuple[int, Hypothesis]]] = {}
    for row, found in grown:
        pages.setdefault(found.page, []).append((row, found))
    kept = []
    for page, candidates in pages.items():
        candidates.sort(key=lambda each: -each[1].score)
        best = candidates[: search.beam - len(ended[page])]
        ended[page] += [found for _, found in best if not found.state]
        if len(ended[page]) < search.beam:
            kept += [(row, found) for row, found in best if found.state]
    return kept


def _written(found: Hypothesis, automaton: Automaton) -> Written:
    words = automaton.text(found.chosen)
    return Written(words, found.chosen, torch.stack(found.looks), found.score / len(found.chosen))
