"""How much of a page's code the page can tell: what the best reader of it scores.

Such a reader knows every element, and all sizes to the pixel of the frame. Two things stay hidden. A fault that
flattens type sizes, or closes gaps, hides the type scale and the spacing behind its own strength, which no page states;
and a palette or typeface that training never shows has no name.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from jaxtyping import Bool, Float

from unrender.data.code_pages import CodeDataset
from unrender.design import faults
from unrender.design.design import palette_chances, scale_chances
from unrender.design.dsl import THEME_VALUES
from unrender.design.faults import LEAST, Faults
from unrender.design.html import document
from unrender.design.theme import SCALES, SPACES, UNSEEN_PALETTES, Theme, seen_palettes
from unrender.design.tree import node
from unrender.design.type_roles import ROLES, size
from unrender.render.frame import SIZE

Chances = dict[str, Float[np.ndarray, "n"]]
"""Field of a theme -> how likely the best reader of each page has it right."""
NAMED = "palette", "font"
DIGITS = 3  # of a fault's strength as it is drawn, and of a size in rem as it is written
TONES = np.linspace(0, 1, 101)
REM = 16  # CSS px
EMPTY = node("banner", node("section-plain", node("row-1", node("column", node("divider")))))
_SIZE = re.compile(r"\.s-(\w+)\{font-size:([\d.]+)rem")
_GAPS = re.compile(r"--gap:([\d.]+)rem;--pad:([\d.]+)rem")
_MEASURE = re.compile(r"--measure:([\d.]+)%")


@dataclass(frozen=True)
class Reader:
    """What is known before a page is seen: the words that training shows, and how often it has each fault."""

    words: frozenset[str]
    rates: Mapping[str, float]

    @classmethod
    def of(cls, train: CodeDataset) -> "Reader":
        rates = {name: float(np.mean([(row[f"fault_{name}"] or 0) > 0 for row in train.rows])) for name in faults.NAMES}
        return cls(frozenset(word for words in train.codes for word in words), rates)

    def chances(self, pages: CodeDataset) -> Chances:
        """Of every field; 1 where nothing is known to be hidden, as on pages that others drew."""
        found = {field: np.ones(len(pages)) for field in THEME_VALUES}
        for place, (row, words) in enumerate(zip(pages.rows, pages.codes, strict=True)):
            if row["source"] != "synthetic":
                continue
            said = {word.partition("-")[0]: word for word in words}
            for field in NAMED:
                found[field][place] = said[field] in self.words
            found["scale"][place] = self._scale(row, said["palette"].partition("-")[2])
            found["space"][place] = self._space(row)
        return found

    def _scale(self, row: dict, palette: str) -> float:
        """From the sizes of all texts of a page, and from its palette, which hints at its tone."""
        agree = np.ones((len(SCALES), len(strengths("hierarchy"))), bool)
        for role, rem in _SIZE.findall(row["html"]):
            if ROLES[role].counts:
                agree &= _alike(_sizes(role), float(rem), 1 / _pixel(row))
        return _likeliest(_scales(palette) * (agree @ self._odds("hierarchy")))

    def _space(self, row: dict) -> float:
        """From the gaps and margins of a page, and from how far its content is squeezed to one side."""
        units = np.array([1.0, 1.0, row["page_width"] / REM]) / _pixel(row)  # pixels to what each is told in
        agree = _alike(_gaps(), np.array(_spaced(row["html"])), units).all(2)
        return _likeliest(agree @ self._odds("crowding"))

    def _odds(self, fault: str) -> Float[np.ndarray, "s"]:
        """How likely each of its strengths is."""
        some = len(strengths(fault)) - 1
        return np.array([1 - self.rates[fault], *[self.rates[fault] / some] * some])


def best(chances: Chances, lengths: Sequence[int]) -> dict[str, float]:
    """Metric -> what the best reader scores, given the number of words of each code."""
    every = np.stack(list(chances.values()), 1)  # (n, fields)
    words = 1 - float((1 - every).sum()) / sum(lengths)
    found = {f"{field}_word": float(each.mean()) for field, each in chances.items()}
    return found | {"exact_match": float(every.prod(1).mean()), "token_accuracy": words, "edit_similarity": words}


def _pixel(row: dict) -> float:
    """Of the frame, in rem."""
    return max(row["page_width"], row["page_height"]) / SIZE / REM


@cache
def strengths(fault: str) -> Float[np.ndarray, "s"]:
    """None, and then every strength that faults.sample draws."""
    least = LEAST[faults.NAMES.index(fault)]
    return np.array([0.0, *np.linspace(least, 1, round((1 - least) * 10**DIGITS) + 1).round(DIGITS)])


def _scales(palette: str) -> Float[np.ndarray, "l"]:
    """How likely each type scale is beside this palette, whatever the tone."""
    palettes = list(UNSEEN_PALETTES) if palette in UNSEEN_PALETTES else seen_palettes()
    return palette_chances(TONES, palettes)[:, palettes.index(palette)] @ scale_chances(TONES)


@cache
def _sizes(role: str) -> Float[np.ndarray, "l s"]:
    """Of a role, rem, by type scale and strength of the fault that flattens it."""
    levels = strengths("hierarchy")
    sizes = [[size(role, _theme(scale=scale), strength) for strength in levels] for scale in SCALES]
    return np.array(sizes).round(DIGITS)


@cache
def _gaps() -> Float[np.ndarray, "p s 3"]:
    """As `_spaced`, by spacing and strength of the fault that closes gaps."""
    levels = strengths("crowding")
    return np.array([[_spaced(_page(_theme(space=space), strength)) for strength in levels] for space in SPACES])


def _theme(scale: str = "0", space: str = "even") -> Theme:
    return Theme("linen", "lato", scale, space, "soft")


def _page(theme: Theme, crowding: float) -> str:
    return document(theme, EMPTY, (), Faults(crowding=crowding), (REM, REM))[0]


def _spaced(html: str) -> tuple[float, float, float]:
    """Gaps and margins in rem, and the share of its room that the content has, which is no wider than the page."""
    (gap, pad), measure = _GAPS.findall(html)[0], _MEASURE.findall(html)[0]
    return float(gap), float(pad), float(measure) / 100


def _alike(known: np.ndarray, seen: np.ndarray | float, units: np.ndarray | float) -> Bool[np.ndarray, "..."]:
    """Which of them are as many pixels as what is seen; `units` are pixels to one."""
    return np.rint(known * units) == np.rint(seen * units)


def _likeliest(weights: Float[np.ndarray, "k"]) -> float:
    """The chance of the best guess; 1 where training never shows such a page, and nothing is known of it."""
    return float(weights.max() / weights.sum()) if weights.any() else 1.0
