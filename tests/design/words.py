"""Texts without commas."""

from collections.abc import Sequence

from unrender.design.automaton import Automaton, Refused


def joined(words: Sequence[str]) -> str:
    """The text, a comma between two leaves."""
    said = []
    for word, after, third in zip(words, [*words[1:], ""], [*words[2:], "", ""], strict=False):
        said.append(word)
        if word not in "{}" and after not in ("{", "}", "") and third != "{":
            said.append(",")
    return " ".join(said)


def accepts(automaton: Automaton, words: Sequence[str]) -> bool:
    try:
        automaton.choices(words)
    except Refused:
        return False
    return True
