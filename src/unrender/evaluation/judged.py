"""Pages judged by what is read of them: by the networks that learned to, and by rule, as a second reader sees them.

What was optimised through a network says little when that network is asked again: it may have been deceived. The
independent grammar asks none that took part. An encoder of another seed reads the page, and the rules that made the
labels are measured on its maps.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float, UInt8

from unrender.data.measured import measured
from unrender.data.packed_maps import COLOUR, TEXT
from unrender.design.grammar import NAMES
from unrender.evaluation.loading import load_network
from unrender.evaluation.meanings import load_abstractor, read_meanings
from unrender.evaluation.metrics.briefs import Meanings
from unrender.evaluation.metrics.tally import Tally
from unrender.evaluation.predictions import load_encoder, read_packed
from unrender.models.abstractor import Abstractor
from unrender.models.encoder import Config, Encoder
from unrender.progress import counted
from unrender.render.frame import find_page

CHUNK = 48
Grammar = Float[np.ndarray, "n 4"]
"""Scores of pages, 0..1, in the order of grammar.NAMES."""


@dataclass(frozen=True)
class Readers:
    """The networks that were optimised through, and the judge, which was not."""

    encoder: Encoder
    abstractor: Abstractor
    judge: Encoder

    @classmethod
    def load(cls, folder: Path) -> "Readers":
        """From model files. UserError on a missing, damaged, foreign or outdated one."""
        return cls(
            load_encoder(folder / "encoder.safetensors"),
            load_abstractor(folder / "abstractor.safetensors"),
            load_judge(folder / "second_encoder.safetensors"),
        )


@dataclass(frozen=True)
class Judged:
    """What is known of n pages."""

    grammar: Grammar  # by the judge
    text: Float[np.ndarray, "n"]  # the share of each page that is text, to the judge
    said: Meanings  # by the networks that were optimised through

    @classmethod
    def of(cls, pages: UInt8[np.ndarray, "n h w 3"], readers: Readers) -> "Judged":
        """Look at every page."""
        maps = read_pages(pages, readers.judge)
        return cls(_by_rule(maps), _text_share(maps), understood(pages, readers.encoder, readers.abstractor))


def load_judge(path: Path) -> Encoder:
    """The second encoder, ready to read. UserError on a missing, damaged, foreign or outdated file."""
    return load_network(path, "second_encoder", Encoder, Config)


def understood(pages: UInt8[np.ndarray, "n h w 3"], encoder: Encoder, abstractor: Abstractor) -> Meanings:
    """Brief and grammar as the shipped networks see them."""
    return read_meanings(abstractor, read_pages(pages, encoder)).meanings()


def independent_grammar(pages: UInt8[np.ndarray, "n h w 3"], judge: Encoder) -> Grammar:
    """The rule-based scores of what the judge reads."""
    return _by_rule(read_pages(pages, judge))


def _by_rule(maps: UInt8[np.ndarray, "n 2 h w"]) -> Grammar:
    return measured(maps)[:, : len(NAMES)]


def _text_share(maps: UInt8[np.ndarray, "n 2 h w"]) -> Float[np.ndarray, "n"]:
    page, text = (maps[:, 0] & COLOUR) > 0, (maps[:, 0] & TEXT) > 0
    return (text & page).sum((1, 2)) / np.maximum(page.sum((1, 2)), 1)


def read_pages(pages: UInt8[np.ndarray, "n h w 3"], encoder: Encoder) -> UInt8[np.ndarray, "n 2 h w"]:
    """Packed maps with nothing outside the page, whose place in the frame is read off the picture. With progress."""
    parts = [pages[start : start + CHUNK] for start in range(0, len(pages), CHUNK)]
    read = [
        _letterboxed(read_packed(encoder, part), part) for part in counted(parts, len(parts), "reading what was drawn")
    ]
    return np.concatenate(read)


def by_name(grammar: Grammar) -> dict[str, Tally]:
    """Each score under its name, and under "" the mean of the four, page by page."""
    columns = {"": grammar.mean(1)} | dict(zip(NAMES, grammar.T, strict=True))
    return {name: Tally(column.astype(np.float64), np.ones(len(column))) for name, column in columns.items()}


def _letterboxed(
    maps: UInt8[np.ndarray, "n 2 h w"], images: UInt8[np.ndarray, "n h w 3"]
) -> UInt8[np.ndarray, "n 2 h w"]:
    inside = np.stack([find_page(image) for image in images])
    return maps * inside[:, None]
