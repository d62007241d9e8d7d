"""Greedy and beam search: what they find in a language so small that all of it is known; and all they say parses."""

from itertools import product
from math import log

import pytest
import torch
from torch import Tensor

from tests.design.words import joined
from tests.models.small_coder import SMALL, coder, images
from unrender.design import dsl
from unrender.design.automaton import END, START, Automaton, Rule
from unrender.design.languages import own
from unrender.models import code_writing
from unrender.models.code_writing import DEEPEST, LIMIT, Hypothesis, Search, Written, write
from unrender.models.coder import Coder, Config, Memory, Seen

TINY = Automaton(("{", "}", ",", "a", "b", "c"), {"": Rule((("a", "b"), ("a", "b", "c")), (), least=2, most=2)})
"""Two words: a or b, then a, b or c."""
LOOSE = Automaton(("{", "}", ",", "a", "b", "c"), {"": Rule((), ("a", "b"), least=1, most=3)})
"""One to three words."""


class Saying(Coder):
    """Says the odds of a table: those that follow the words said last. Every page has a table."""

    def __init__(self, automaton: Automaton, *tables: dict[str, dict[str, float]]):
        super().__init__(Config(**SMALL), len(automaton))
        self.automaton, self.tables = automaton, tables
        self.eval()

    def see(self, image: Tensor) -> Seen:
        pages = torch.arange(len(image), dtype=torch.float)[:, None]
        return Seen(pages[:, None], pages[:, None], pages, pages, pages[:, None])

    def begin(self, seen: Seen) -> Memory:
        blank = seen.whole.new_zeros
        count = len(seen.whole)
        return Memory(blank(count, 1), blank(count, 1), blank(count, 2, 4), blank(count, 0, 1))

    def step(self, said: Tensor, seen: Seen, memory: Memory) -> tuple[Tensor, Memory]:
        """What has been said is kept in `past`; it looks at the place that is the number of the step."""
        past = torch.cat([memory.past, said[:, None, None].float()], 1)
        logits = torch.full((len(said), self.words), -50.0)
        for row, page in enumerate(seen.whole[:, 0].int().tolist()):
            words = [self.automaton.words[int(word)] for word in past[row, 1:, 0]]
            for word, odds in self.tables[page % len(self.tables)][" ".join(words)].items():
                logits[row, self.automaton.ids[word]] = log(odds)
        looked = torch.zeros(len(said), 2, 4)
        looked[:, 0, (past.shape[1] - 1) % 4] = 1
        return logits, Memory(memory.hidden, memory.cell, looked, past)


TRAP = {
    "": {"a": 0.6, "b": 0.4},
    "a": {"a": 0.35, "b": 0.33, "c": 0.32},
    "b": {"a": 0.9, "b": 0.05, "c": 0.05},
}
"""Greedy says a a (0.21); the best is b a (0.36)."""
SHORT = {
    "": {"a": 0.6, "b": 0.4},
    "a": {END: 0.5, "a": 0.49, "b": 0.01},
    "b": {END: 0.1, "a": 0.1, "b": 0.8},
    "a a": {END: 0.04, "a": 0.95, "b": 0.01},
    "a b": {END: 0.98, "a": 0.01, "b": 0.01},
    "b a": {END: 0.98, "a": 0.01, "b": 0.01},
    "b b": {END: 0.05, "a": 0.05, "b": 0.9},
}


def page(count: int = 1) -> Tensor:
    return torch.zeros(count, 3, 4, 4, dtype=torch.uint8)


def scores(table: dict, automaton: Automaton, longest: int = 3) -> dict[tuple[str, ...], float]:
    """Choices and log-probability of every text there is."""
    found = {}
    for length in range(1, longest + 1):
        for words in product("abc", repeat=length):
            try:
                chosen = tuple(word for word, _, _ in automaton.choices(words))
            except ValueError:
                continue
            told = [table[" ".join(chosen[:place])].get(word, 0) for place, word in enumerate(chosen)]
            if all(told):
                found[chosen] = sum(map(log, told))
    return found


def test_greedy_walks_into_the_trap_and_a_beam_does_not():
    model = Saying(TINY, TRAP)
    assert write(model, page(), TINY)[0].words == ["a", "a"]
    for beam in (2, 3, 6, 40):
        (found,) = write(model, page(), TINY, Search(beam=beam))
        assert found.words == ["b", "a"] and found.chosen == ("b", "a")
        assert found.confidence == pytest.approx(log(0.4 * 0.9) / 2)
    every = scores(TRAP, TINY)
    assert len(every) == 6 and max(every, key=every.__getitem__) == ("b", "a")


def test_the_confidence_and_the_looks_are_those_of_what_was_written():
    (found,) = write(Saying(TINY, TRAP), page(), TINY)
    assert found.confidence == pytest.approx((log(0.6) + log(0.35)) / 2, abs=1e-5)
    assert found.looks.tolist() == [[1, 0, 0, 0], [0, 1, 0, 0]]


@pytest.mark.parametrize("power", [0.0, 0.5, 1.0])
def test_a_wide_beam_finds_the_best_by_the_normalised_score(power):
    every = scores(SHORT, LOOSE)
    best = max(every, key=lambda chosen: every[chosen] / len(chosen) ** power)
    (found,) = write(Saying(LOOSE, SHORT), page(), LOOSE, Search(beam=len(every) + 20, normalise=power))
    assert found.chosen == best
    assert found.confidence == pytest.approx(every[best] / len(best), abs=1e-5)


def test_length_normalisation_by_hand():
    """a, 0.6 * 0.5 = 0.30, outscores b b b, 0.4 * 0.8 * 0.9 = 0.288; by the choice, b b b does better."""
    model = Saying(LOOSE, SHORT)
    assert write(model, page(), LOOSE, Search(beam=30, normalise=0))[0].words == ["a"]
    assert write(model, page(), LOOSE, Search(beam=30, normalise=1))[0].words == ["b", "b", "b"]
    four = Hypothesis(0, (), ("a",) * 4, -2.0)
    assert [four.normalised(power) for power in (0.0, 0.5, 1.0)] == [-2.0, -1.0, -0.5]


def test_odds_are_those_among_what_the_grammar_allows():
    """c is likeliest and may not be said first; the rest share all of the probability."""
    table = TRAP | {"": {"c": 0.8, "a": 0.05, "b": 0.15}}
    (found,) = write(Saying(TINY, table), page(), TINY)
    assert found.words == ["b", "a"]
    assert found.confidence == pytest.approx((log(0.75) + log(0.9)) / 2, abs=1e-5)


def test_pages_of_a_batch_end_when_they_end():
    """The second page ends at once, the first and the third go on; each has what it has alone."""
    sure = {"": {"a": 0.97, "b": 0.03}, "a": {END: 0.98, "a": 0.01, "b": 0.01}}
    tables = SHORT, SHORT | sure, SHORT | {"": {"a": 0.1, "b": 0.9}}
    for beam in (1, 2, 4):
        together = write(Saying(LOOSE, *tables), page(3), LOOSE, Search(beam=beam))
        for table, found in zip(tables, together, strict=True):
            (alone,) = write(Saying(LOOSE, table), page(), LOOSE, Search(beam=beam))
            assert found.words == alone.words and found.confidence == pytest.approx(alone.confidence)
            assert torch.equal(found.looks, alone.looks)
        assert together[1].words == ["a"] and len(together[2].words) == 3


def greedy(model: Coder, image: Tensor, automaton: Automaton) -> list[str]:
    """Word by word, by the book."""
    seen = model.see(image)
    memory, said, chosen = model.begin(seen), torch.tensor([model.words]), []
    state, _ = automaton.forced(START)
    while state:
        logits, memory = model.step(said, seen, memory)
        options = automaton.hurried(state) if len(chosen) >= code_writing.LIMIT else automaton.options(state)
        word = max(options, key=lambda each: float(logits[0, automaton.ids[each]]))
        chosen.append(word)
        said = torch.tensor([automaton.ids[word]])
        state, _ = automaton.forced(automaton.step(state, word))
    return chosen


@pytest.fixture(scope="module", params=["dual_attention", "autoencoder"])
def model(request) -> Coder:
    return coder(len(own().automaton), arch=request.param)


@torch.no_grad()
def test_a_beam_of_one_is_greedy(model, monkeypatch):
    monkeypatch.setattr(code_writing, "LIMIT", 60)
    automaton, pictures = own().automaton, images(2)
    found = write(model, pictures, automaton)
    for row, written in enumerate(found):
        assert list(written.chosen) == greedy(model, pictures[row : row + 1], automaton)


def same(one: Written, two: Written) -> bool:
    return one.words == two.words and torch.allclose(one.looks, two.looks, atol=1e-5)


@pytest.mark.parametrize("beam", [1, 3])
def test_whatever_is_written_parses_and_a_batch_is_as_one_by_one(model, monkeypatch, beam):
    monkeypatch.setattr(code_writing, "LIMIT", 30)
    automaton, pictures, search = own().automaton, images(3), Search(beam=beam)
    together = write(model, pictures, automaton, search)
    for row, found in enumerate(together):
        assert dsl.tokens(dsl.encode(*dsl.decode(joined(found.words)))) == joined(found.words).split()
        assert automaton.text(found.chosen) == found.words
        assert len(found.looks) == len(found.chosen) and found.confidence < 0
        assert same(write(model, pictures[row : row + 1], automaton, search)[0], found)


@pytest.mark.parametrize("seed", range(6))
def test_random_weights_write_codes_that_parse(monkeypatch, seed):
    monkeypatch.setattr(code_writing, "LIMIT", 40)
    torch.manual_seed(seed)
    model = Coder(Config(**SMALL), len(own().automaton)).eval()
    with torch.no_grad():
        model.out.weight *= 30  # sure of what it knows nothing of
    for found in write(model, images(2, seed), own().automaton, Search(beam=1 + seed % 3)):
        own().tree(joined(found.words))


class Nesting(Saying):
    """Opens one box in another for ever."""

    def step(self, said: Tensor, seen: Seen, memory: Memory) -> tuple[Tensor, Memory]:
        logits = torch.zeros(len(said), self.words)
        logits[:, self.automaton.ids["box"]] = 9.0
        return logits, memory


@pytest.mark.parametrize("beam", [1, 2])
def test_endless_nesting_comes_to_an_end(beam):
    box = Rule((), ("a", "box"), least=1, most=2)
    automaton = Automaton(("{", "}", ",", "a", "box"), {"": Rule((), ("a", "box"), 1, 1), "box": box})
    (found,) = write(Nesting(automaton, {}), page(), automaton, Search(beam=beam))
    assert automaton.text(found.chosen) == found.words
    depths = [found.words[:place].count("{") - found.words[:place].count("}") for place in range(len(found.words))]
    assert max(depths) <= DEEPEST + 1
    assert len(found.chosen) <= LIMIT + 2 * DEEPEST  # from where it hurries, a word and a bracket a level at most


def test_weights_and_modes_are_left_alone(model):
    before = {name: each.clone() for name, each in model.state_dict().items()}
    for each in write(model, images(1), TINY_PAGE):
        assert not each.looks.requires_grad
    assert all(torch.equal(each, before[name]) for name, each in model.state_dict().items())


TINY_PAGE = Automaton(own().automaton.words[:-1], {"": Rule((("poster", "page"), ("link", "brand")), (), 2, 2)})
