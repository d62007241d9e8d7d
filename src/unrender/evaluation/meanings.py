"""The shipped abstractor and what it says: the one way maps are understood, for scoring and for use alike."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float, UInt8

from unrender.artifacts import load_model
from unrender.data.brief_pages import BriefDataset
from unrender.data.measured import measured
from unrender.data.packed_maps import unpacked
from unrender.design.brief import FORMATS, GOALS
from unrender.design.grammar import NAMES
from unrender.evaluation.loading import built, load_network
from unrender.evaluation.metrics.briefs import Meanings
from unrender.evaluation.predictions import at_most_threads
from unrender.models.abstractor import Abstractor, Config

CHUNK = 50


@dataclass(frozen=True)
class Likely:
    """What the abstractor says of n pages."""

    goal: Float[np.ndarray, "n 6"]  # probability of each, in the order of brief.GOALS
    format: Float[np.ndarray, "n 4"]  # probability of each, in the order of brief.FORMATS
    tone: Float[np.ndarray, "n"]  # 0..1
    grammar: Float[np.ndarray, "n 4"]  # 0..1, in the order of grammar.NAMES

    def meanings(self) -> Meanings:
        """The likeliest goal and format."""
        return Meanings(self.goal.argmax(1), self.format.argmax(1), self.tone, self.grammar)


@dataclass(frozen=True)
class Meaning:
    """What is said of one page, for a person."""

    goal: dict[str, float]  # probability of each, likeliest first
    format: dict[str, float]  # probability of each, likeliest first
    tone: float  # 0 calm .. 1 energetic
    grammar: dict[str, float]  # 0..1 each
    errors: dict[str, float]  # mean absolute error of tone and of each score on pages of val

    def as_json(self) -> dict:
        """{"goal", "format", "tone", "grammar"}, each with how sure it is."""
        numbers = {"tone": self.tone, **self.grammar}
        shown = {name: {"value": value, "error": self.errors[name]} for name, value in numbers.items()}
        return {"goal": self.goal, "format": self.format, "tone": shown.pop("tone"), "grammar": shown}

    def sentence(self) -> str:
        """sell (93 %), poster (99 %); tone 0.42 +- 0.09; alignment ..."""
        classes = (next(iter(found.items())) for found in (self.goal, self.format))
        sure = ", ".join(f"{name} ({chance:.0%})" for name, chance in classes)
        numbers = {"tone": self.tone, **self.grammar}
        rest = ", ".join(f"{name} {value:.2f} ± {self.errors[name]:.2f}" for name, value in numbers.items())
        return f"{sure}; {rest}"


class Interpreter:
    """The shipped abstractor, and how far off its numbers usually are."""

    def __init__(self, model: Abstractor, errors: dict[str, float]) -> None:
        self.model, self.errors = model, errors

    @classmethod
    def load(cls, path: Path) -> "Interpreter":
        """From a .safetensors file. UserError when it is missing, damaged or foreign."""
        file = load_model(path, "abstractor")
        return cls(built(file, path, Abstractor, Config), file.labels["errors"])

    def meanings(self, maps: UInt8[np.ndarray, "n 2 h w"]) -> list[Meaning]:
        """One per page."""
        found = read_meanings(self.model, maps)
        return [
            Meaning(
                _ranked(GOALS, found.goal[i]),
                _ranked(FORMATS, found.format[i]),
                float(found.tone[i]),
                dict(zip(NAMES, map(float, found.grammar[i]), strict=True)),
                self.errors,
            )
            for i in range(len(maps))
        ]


def _ranked(names: tuple[str, ...], chances: Float[np.ndarray, "k"]) -> dict[str, float]:
    return {names[i]: float(chances[i]) for i in np.argsort(-chances, kind="stable")}


def load_abstractor(path: Path) -> Abstractor:
    """The network of a model file, ready to read. UserError on a missing, damaged, foreign or outdated file."""
    return load_network(path, "abstractor", Abstractor, Config)


@torch.inference_mode()
def read_meanings(
    model: Abstractor, maps: UInt8[np.ndarray, "n 2 h w"], known: Float[np.ndarray, "n 4"] | None = None
) -> Likely:
    """Read brief and grammar from packed maps; `known`, if it is, is what was measured on them."""
    known = measured(maps) if known is None else known
    parts = [unpacked(page) for page in maps]
    masks, colour, hierarchy = (torch.from_numpy(np.stack([part[name] for part in parts])) for name in parts[0])
    with at_most_threads(len(maps)):
        out = model(masks.float(), colour, hierarchy.float() / 255, torch.from_numpy(known))
    numbers = (out["goal"].softmax(1), out["format"].softmax(1), out["tone"][:, 0], out["grammar"])
    return Likely(*(values.numpy() for values in numbers))


def typical_errors(model: Abstractor, pages: BriefDataset) -> dict[str, float]:
    """Mean absolute error of tone and of each grammar score, by name, on pages of val: shipped beside the weights."""
    chunks = (slice(start, start + CHUNK) for start in range(0, len(pages), CHUNK))
    parts = [read_meanings(model, np.asarray(pages.maps[rows]), pages.measured[rows]) for rows in chunks]
    said = np.concatenate([np.column_stack([part.tone, part.grammar]) for part in parts])
    errors = np.abs(said - np.column_stack([pages.tone, pages.grammar])).mean(0)
    return {name: round(float(error), 4) for name, error in zip(("tone", *NAMES), errors, strict=True)}
