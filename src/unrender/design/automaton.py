"""What may follow what: a pushdown automaton over the words of a design language.

It leaves commas out: one stands between two leaves and nowhere else, so they say nothing. Where only one word may
follow, that word says nothing either; a text is told by its choices alone (about half of its words).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

END = "<eos>"
"""Ends a text, after its last word."""


class Refused(ValueError):
    """A word where it may not stand."""


@dataclass(frozen=True)
class Rule:
    """What a container holds: child i is one of `first[i]`, later children are from `rest`; `least` to `most` of them.

    `alike`: a first child that is named here comes exactly so many times, and nothing else comes.
    """

    first: tuple[tuple[str, ...], ...] = ()
    rest: tuple[str, ...] = ()
    least: int = 0
    most: int = 0
    alike: tuple[tuple[str, int], ...] = ()

    def bounds(self, start: str) -> tuple[int, int]:
        """The least and the greatest number of children when the first is `start`."""
        count = dict(self.alike).get(start)
        return (count, count) if count else (self.least, self.most)

    def options(self, count: int, start: str) -> tuple[str, ...]:
        """What child `count` may be."""
        if count >= self.bounds(start)[1]:
            return ()
        if count and start in dict(self.alike):
            return (start,)
        return self.first[count] if count < len(self.first) else self.rest


@dataclass(frozen=True)
class Frame:
    """An open container: its word ("" for the text itself), its children so far, and the first of them. `unopened`:
    its bracket is still to come."""

    word: str
    count: int = 0
    start: str = ""
    unopened: bool = False


State = tuple[Frame, ...]
START: State = (Frame(""),)


class Automaton:
    """The words that may come next, state by state. `rules` says what each container holds, "" being the whole text."""

    def __init__(self, vocabulary: Sequence[str], rules: Mapping[str, Rule]):
        """`vocabulary`: all words but the comma, brackets among them. Ids are places in it; the last is END."""
        self.words = [*(word for word in vocabulary if word != ","), END]
        self.ids = {word: index for index, word in enumerate(self.words)}
        self.rules = dict(rules)
        self._options = lru_cache(maxsize=None)(self._found)

    def __len__(self) -> int:
        return len(self.words)

    def options(self, state: State) -> tuple[str, ...]:
        """What may follow; empty once the text has ended."""
        return self._options(state[-1], len(state) == 1) if state else ()

    def _found(self, frame: Frame, outermost: bool) -> tuple[str, ...]:
        if frame.unopened:
            return ("{",)
        rule = self.rules[frame.word]
        least, _ = rule.bounds(frame.start)
        closing = (END if outermost else "}",) if frame.count >= least else ()
        return rule.options(frame.count, frame.start) + closing

    def step(self, state: State, word: str) -> State:
        """The state after `word`; empty after END. Refused if it may not follow."""
        if word not in self.options(state):
            expected = " or ".join(map(repr, self.options(state))) or "nothing"
            raise Refused(f"expected {expected}, found {word!r}")
        *outer, frame = state
        if word == "{":
            return (*outer, Frame(frame.word))
        if word in ("}", END):
            return tuple(outer)
        frame = Frame(frame.word, frame.count + 1, frame.start or word)
        inner = (Frame(word, unopened=True),) if word in self.rules else ()
        return (*outer, frame, *inner)

    def forced(self, state: State) -> tuple[State, list[str]]:
        """Go on for as long as only one word may follow; those words."""
        taken = []
        while len(options := self.options(state)) == 1:
            state = self.step(state, options[0])
            taken.append(options[0])
        return state, taken

    def hurried(self, state: State) -> tuple[str, ...]:
        """The options that end the text soonest: closing, else what holds nothing, else all."""
        options = self.options(state)
        closing = tuple(word for word in options if word in ("}", END))
        return closing or tuple(word for word in options if word not in self.rules) or options

    def choices(self, words: Iterable[str]) -> list[tuple[str, tuple[str, ...], int]]:
        """Where a text (words without commas) could have gone on otherwise: (word, options, place of the word).

        Refused, naming the place, if it is no text of the language.
        """
        state, found, place = START, [], -1
        for place, word in enumerate((*words, END)):
            options = self.options(state)
            try:
                state = self.step(state, word)
            except Refused as error:
                raise Refused(f"word {place}: {error}") from None
            if len(options) > 1:
                found.append((word, options, place))
        return found

    def text(self, chosen: Iterable[str]) -> list[str]:
        """The words, without END, that `choices` would have told by these. Refused if they end early or late."""
        state, found = self.forced(START)
        for word in chosen:
            state = self.step(state, word)
            state, more = self.forced(state)
            found += [word, *more]
        if state:
            raise Refused("the text does not end")
        return [word for word in found if word != END]
