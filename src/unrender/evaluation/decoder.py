"""Everything there is to say about the decoder: pages drawn from briefs, held against real ones that it never saw."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float, UInt8
from PIL import Image
from pydantic import Field
from scipy.spatial.distance import cdist

from unrender.config import Section
from unrender.data import labels, pictures
from unrender.data.latents import CELL
from unrender.design.brief import FORMATS, GOALS, KINDS, number_of
from unrender.evaluation.bootstrap import interval
from unrender.evaluation.drawing import Artist, Ask
from unrender.evaluation.evidence import as_json
from unrender.evaluation.features import page_features
from unrender.evaluation.inception_features import inception_features, load_inception
from unrender.evaluation.judged import understood
from unrender.evaluation.metrics.briefs import Meanings, tallies
from unrender.evaluation.metrics.generation import (
    diversity,
    fit_reduced,
    frechet_interval,
    kernel_distance,
    nearest,
    neighbours,
)
from unrender.evaluation.metrics.tally import Tally
from unrender.evaluation.pages import sample
from unrender.evaluation.pictures import contact_sheet
from unrender.models.abstractor import Abstractor
from unrender.models.encoder import Encoder
from unrender.progress import counted

SMALL = 32  # side at which pages are compared with those of train
CHUNK = 48
PAIRS = 8  # of a drawn page and the page of train nearest to it, shown
CHECKED = ("goal", "format")


class EvaluateParams(Section):
    """How drawn pages are judged."""

    pages: int = Field(ge=48, description="Pages to draw, and real ones to hold them against; 500 or more, please.")
    resamples: int = Field(ge=20, description="Bootstrap resamples behind each interval.")
    inception: str | None = Field(
        default=None, description="A .safetensors file of FID's Inception-v3: distances on its features as well."
    )


@dataclass(frozen=True)
class Report:
    """What the stage writes."""

    metrics: dict[str, dict[str, float]]
    evidence: dict[str, dict]
    samples: Image.Image
    closest: Image.Image


def evaluate_decoder(
    artist: Artist, encoder: Encoder, abstractor: Abstractor, data: Path, cfg: EvaluateParams, seed: int
) -> Report:
    """Draw as many pages as are compared with, balanced over goals and formats, and judge them."""
    asks = balanced(cfg.pages, seed)
    drawn = draw_all(artist, asks, seed)
    real, train = (real_pages(data, split, cfg.pages) for split in ("test", "train"))
    likeness = _likeness(drawn, real, train, cfg, seed)
    fidelity = _fidelity(
        drawn, asks, best_attainable(data, understood(real, encoder, abstractor)), encoder, abstractor, cfg, seed
    )
    copies, closest = _copies(drawn, real, data, {"resamples": max(100, cfg.resamples), "seed": seed})
    found = likeness | fidelity | copies
    return Report(
        metrics={"drawn": {name: about["value"] for name, about in found.items()}},
        evidence={"drawn": found},
        samples=contact_sheet(drawn[: len(KINDS)], columns=len(GOALS)),
        closest=closest,
    )


def balanced(count: int, seed: int) -> list[Ask]:
    """Every goal in every format equally often, tones drawn evenly."""
    tones = np.random.default_rng(seed).random(count)
    return [Ask(*KINDS[i % len(KINDS)], tone=round(float(tone), 3)) for i, tone in enumerate(tones)]


def draw_all(artist: Artist, asks: list[Ask], seed: int) -> UInt8[np.ndarray, "n h w 3"]:
    """With progress."""
    starts = range(0, len(asks), CHUNK)
    chunks = [
        artist.draw(asks[start : start + CHUNK], seed, start) for start in counted(starts, len(starts), "drawing")
    ]
    return np.concatenate(chunks)


# --- like real pages? ----------------------------------------------------------------------------


def _likeness(drawn, real, train, cfg: EvaluateParams, seed: int) -> dict[str, dict]:
    """Distances to real pages of test, beside what spoilt copies (floor) and other real pages (ceiling) score."""
    arms = {"blurred": blurred(real), "noise": noise(real.shape, seed), "real": train}
    pages = arms | {"drawn": drawn, "test": real}
    seen = {name: page_features(images) for name, images in pages.items()}
    reduced = fit_reduced(seen["real"], dims=min(64, len(train) - 1))
    spread = {name: diversity(values) / diversity(seen["real"]) for name, values in seen.items() if name != "test"}
    return {
        "frechet_distance": _frechet(seen, reduced, cfg, seed),
        "kernel_distance": _kernel(seen),
        **_neighbourhoods(seen, {"resamples": max(100, cfg.resamples), "seed": seed}),
        "diversity": {"value": spread.pop("drawn"), "n": len(drawn), "ceiling": 1.0}
        | {"arms": {name: {"value": value} for name, value in spread.items()}},  # noise differs too: no goal by itself
    } | (_inception(pages, Path(cfg.inception), cfg, seed) if cfg.inception else {})


def _inception(pages: dict, weights: Path, cfg: EvaluateParams, seed: int) -> dict[str, dict]:
    """FID as published, on all of its features: of so few pages it is mostly their number, hence beside real ones."""
    network = load_inception(weights)
    seen = {
        name: inception_features(network, images)
        for name, images in counted(pages.items(), len(pages), "Inception features")
    }
    return {
        "inception_frechet_distance": _frechet(seen, _whole, cfg, seed),
        "inception_kernel_distance": _kernel(seen),
    }


def _whole(features: Float[np.ndarray, "n d"]) -> Float[np.ndarray, "n d"]:
    return features.astype(np.float64)


def _neighbourhoods(seen: dict, draws: dict[str, int]) -> dict[str, dict]:
    """Precision, recall, density and coverage of the drawn pages, and of every arm."""
    rows = {name: vars(neighbours(seen["test"], values)) for name, values in seen.items() if name != "test"}
    found = {}
    for metric in rows["drawn"]:
        scored = {
            name: as_json(interval(Tally(values[metric], np.ones(len(values[metric]))), **draws))
            for name, values in rows.items()
        }
        found[metric] = scored.pop("drawn") | {"n": len(seen["drawn"]), "arms": scored} | _bounds(scored)
    return found


def _frechet(seen: dict, reduced: Callable[[np.ndarray], np.ndarray], cfg: EvaluateParams, seed: int) -> dict:
    near = {name: reduced(values) for name, values in seen.items()}
    scored = frechet_distances(near, {"resamples": cfg.resamples, "seed": seed})
    return scored.pop("drawn") | {"n": len(near["drawn"]), "arms": scored} | _bounds(scored)


def frechet_distances(near: dict, draws: dict[str, int]) -> dict[str, dict]:
    """Of every set of features to those of "test", with intervals."""
    test = near["test"]
    return {name: as_json(frechet_interval(values, test, **draws)) for name, values in near.items() if name != "test"}


def kernel_distances(seen: dict) -> dict[str, dict]:
    """Of every set of features to those of "test"."""
    return {name: {"value": kernel_distance(values, seen["test"])} for name, values in seen.items() if name != "test"}


def _kernel(seen: dict) -> dict:
    scored = kernel_distances(seen)
    return scored.pop("drawn") | {"n": len(seen["drawn"]), "arms": scored} | _bounds(scored)


def _bounds(arms: dict[str, dict]) -> dict[str, float]:
    """The blurred copy is the stronger of the spoilt ones; other real pages are the best there is."""
    return {"floor": arms["blurred"]["value"], "ceiling": arms["real"]["value"]}


def blurred(images: UInt8[np.ndarray, "n h w 3"]) -> UInt8[np.ndarray, "n h w 3"]:
    """Copies that keep of each cell its mean colour only, made smooth: what a decoder without a refiner could show."""
    small = (
        image.resize((image.width // CELL, image.height // CELL), Image.Resampling.BOX)
        for image in map(Image.fromarray, images)
    )
    size = images.shape[2], images.shape[1]
    return np.stack([np.asarray(image.resize(size, Image.Resampling.BICUBIC)) for image in small])


def noise(shape: tuple[int, ...], seed: int) -> UInt8[np.ndarray, "n h w 3"]:
    """Even noise in every cell."""
    n, height, width, channels = shape
    cells = np.random.default_rng(seed).integers(0, 256, (n, height // CELL, width // CELL, channels), np.uint8)
    return cells.repeat(CELL, 1).repeat(CELL, 2)


# --- what was asked for? -------------------------------------------------------------------------


def _fidelity(
    drawn, asks: list[Ask], attained: dict[str, float], encoder: Encoder, abstractor: Abstractor, cfg, seed: int
) -> dict[str, dict]:
    """Draw, read with the encoder, understand with the abstractor: is it what the brief said?"""
    said = understood(drawn, encoder, abstractor)
    asked = asked_for(asks, said)
    shifted = np.roll(np.arange(len(asks)), len(KINDS) // 2 + 1)
    own, chance = tallies(said, asked), tallies(said[shifted], asked)
    middle = Tally(np.abs(asked.tone - np.median(asked.tone)).astype(np.float64), np.ones(len(asks)))
    floors = {"goal": 1 / len(GOALS), "format": 1 / len(FORMATS)}
    draws = {"resamples": max(100, cfg.resamples), "seed": seed}
    found = {
        f"fidelity_{name}": as_json(interval(own[f"{name}_accuracy"], **draws))
        | {"n": len(asks), "floor": floors[name], "ceiling": attained[f"{name}_accuracy"]}
        | {"arms": {"other_brief": as_json(interval(chance[f"{name}_accuracy"], **draws))}}
        for name in CHECKED
    }
    found["fidelity_tone_mae"] = as_json(interval(own["tone_mae"], **draws)) | {
        "n": len(asks), "floor": middle.value, "ceiling": attained["tone_mae"],
    }  # fmt: skip
    found["drawn_grammar"] = {"value": float(said.grammar.mean()), "n": len(asks), "ceiling": attained["grammar"]}
    return found


def asked_for(asks: list[Ask], said: Meanings) -> Meanings:
    """The briefs as what should have been understood; they do not ask for grammar, so that is what it is."""
    return Meanings(
        np.array([number_of("goal", ask.goal) for ask in asks]),
        np.array([number_of("format", ask.format) for ask in asks]),
        np.array([ask.tone for ask in asks], np.float32),
        said.grammar,
    )


def best_attainable(data: Path, said: Meanings) -> dict[str, float]:
    """What a reader who said this of real pages of test makes of them. They mean what they say: no drawn page can be
    read better."""
    table = sample(labels.fully_labelled(data, "test", ("image",)), len(said))
    goal, form = (labels.classes(table, name) for name in CHECKED)
    true = Meanings(goal, form, labels.tone(table), labels.grammar(table))
    return {name: tally.value for name, tally in tallies(said, true).items()} | {"grammar": float(said.grammar.mean())}


# --- or copied? ----------------------------------------------------------------------------------


def _copies(drawn, real, data: Path, draws: dict[str, int]) -> tuple[dict[str, dict], Image.Image]:
    """How near the drawn pages come to pages of train, beside how near those come to each other, and real ones that
    nobody copied come to them: two plain banners of one colour are alike anyway."""
    table = labels.fully_labelled(data, "train", ("image",))
    known = _small(pictures.decode(cell) for cell in table["image"].to_pylist())
    mine = _small(drawn)
    place, distance = nearest(mine, known)
    rows = np.unique(np.linspace(0, len(known) - 1, min(len(known), len(drawn))).astype(int))
    apart = np.sort(cdist(known[rows], known), 1)[:, 1]  # the nearest of all is the page itself
    limit = float(np.quantile(apart, 0.01))
    _, by_chance = nearest(_small(real), known)
    near, by_accident = (
        as_json(interval(Tally((found < limit).astype(np.float64), np.ones(len(found))), **draws))
        for found in (distance, by_chance)
    )
    order = np.argsort(distance, kind="stable")[:PAIRS]
    pages = np.stack([pictures.decode(table["image"][int(place[i])].as_py()) for i in order])
    found = {
        "nearest_distance": {"value": float(distance.min()), "n": len(drawn), "floor": 0.0, "ceiling": limit},
        "copied": near
        | {"n": len(drawn), "floor": 1.0, "ceiling": by_accident["value"], "arms": {"real": by_accident}},
    }
    return found, contact_sheet(np.concatenate([drawn[order], pages]), columns=PAIRS)


def _small(images) -> Float[np.ndarray, "n d"]:
    """Pages at SMALL x SMALL, one row each, 0..1."""
    small = [Image.fromarray(image).resize((SMALL, SMALL), Image.Resampling.BOX) for image in images]
    return np.stack([np.asarray(image, np.float32).ravel() / 255 for image in small])


def real_pages(data: Path, split: str, count: int) -> UInt8[np.ndarray, "n h w 3"]:
    """At most `count` pages, evenly spread over a split."""
    table = sample(labels.fully_labelled(data, split, ("image",)), count)
    return np.stack([pictures.decode(cell) for cell in table["image"].to_pylist()])
