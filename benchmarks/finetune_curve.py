"""What rewarding grammar brings and costs, over lambda: the curve that finetune_decoder.grammar_weight is chosen on.

    PYTHONPATH=src:. python benchmarks/finetune_curve.py [-n 256] [--weights 0 3 10 30] [--lr LR] [--picture PNG]

For each lambda the shipped decoder is fine-tuned as params.yaml says but for it, draws n pages from the same briefs and
seeds as before, and both are compared as `evaluate_finetune` does. Lambda 0 goes on training without a reward.
Distances depend on the number of pages: compare them within a table only.
"""

import argparse
import copy
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageDraw

from stages.finetune_decoder import FinetuneParams, Params, objective_of
from unrender import config
from unrender.evaluation.decoder import balanced, best_attainable, draw_all, real_pages
from unrender.evaluation.drawing import Artist
from unrender.evaluation.features import page_features
from unrender.evaluation.finetune import Seen, compared
from unrender.evaluation.judged import Readers
from unrender.evaluation.pictures import font
from unrender.evaluation.searching import load_frozen
from unrender.models.decoders import pages_for
from unrender.training.fit import fit

ROOT = config.project_root()
DATA, MODELS = ROOT / "data/clean", ROOT / "models"
SHOWN = {
    "grammar_gain": "gain, to the judge",
    "predicted_gain": "gain, predicted",
    "frechet_growth": "Frechet distance, growth",
    "diversity_change": "diversity, change",
    "fidelity_format_change": "format as asked, change",
    "fidelity_goal_change": "goal as asked, change",
}
"""Changes against the decoder before, as shares or in shares."""
LIMITS = {"grammar_gain": 0.05, "frechet_growth": 0.1, "diversity_change": -0.1, "fidelity_format_change": -0.03}
SEED, RESAMPLES = 0, 100
WIDE, HIGH, LEFT, TOP = 380, 190, 52, 30  # px of a panel, and of what is free beside and above it


@dataclass
class Yardstick:
    """The pages before, and real ones."""

    pages: int

    def __post_init__(self) -> None:
        self.readers, self.asks = Readers.load(MODELS), balanced(self.pages, SEED)
        real, train = (real_pages(DATA, split, self.pages) for split in ("test", "train"))
        artist, _ = load_frozen(MODELS, 0.0)
        before = draw_all(artist, self.asks, SEED)
        self.seen = {"before": Seen.of(before, self.readers), "real": Seen.of(real, self.readers)}
        self.train, self.attained = page_features(train), best_attainable(DATA, self.seen["real"].said)

    def changes(self, artist: Artist) -> dict[str, dict]:
        """What became of the same briefs and seeds."""
        after = Seen.of(draw_all(artist, self.asks, SEED), self.readers)
        draws = {"resamples": RESAMPLES, "seed": SEED}
        found, _ = compared(self.seen | {"after": after}, self.train, self.asks, self.attained, draws)
        return {name: found[name] for name in SHOWN}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("-n", type=int, default=256, help="pages to draw for each row")
    parser.add_argument("--weights", type=float, nargs="+", default=[0.0, 3.0, 10.0, 30.0], help="lambdas to try")
    parser.add_argument("--lr", type=float, help="another learning rate than params.yaml's")
    parser.add_argument("--picture", type=Path, help="where to draw the curve")
    options = parser.parse_args()
    tuning = config.load(Params).finetune_decoder
    if options.lr:
        tuning = tuning.model_copy(update={"optim": tuning.optim.model_copy(update={"lr": options.lr})})
    yardstick, rows = Yardstick(options.n), {}
    print(f"{'lambda':>8}{'seconds':>9}" + "".join(f"{words:>24}" for words in SHOWN.values()), flush=True)
    for weight in options.weights:
        begun = time.perf_counter()
        artist = tuned(tuning.model_copy(update={"grammar_weight": weight}))
        seconds = time.perf_counter() - begun
        rows[weight] = yardstick.changes(artist)
        cells = (f"{f['value']:+.3f} [{f['low']:+.3f}, {f['high']:+.3f}]" for f in rows[weight].values())
        print(f"{weight:>8g}{seconds:>9.0f}" + "".join(f"{cell:>24}" for cell in cells), flush=True)
    if options.picture:
        drawn(rows).save(options.picture)


def tuned(tuning: FinetuneParams) -> Artist:
    """The decoder after fine-tuning."""
    torch.manual_seed(SEED)
    artist, reward = load_frozen(MODELS, tuning.through_page)
    model = copy.deepcopy(artist.decoder).requires_grad_(True)
    train, val = (pages_for(model.config, DATA, split) for split in ("train", "val"))
    with tempfile.TemporaryDirectory() as folder:
        objective, optim = objective_of(artist.decoder, reward, tuning), tuning.optim
        model = fit(
            model, objective, train, val, optim,
            seed=SEED, run_dir=Path(folder), fingerprint="", log=lambda step, scalars: None,
        )  # fmt: skip
    return Artist(model, artist.refiner)


def drawn(rows: dict[float, dict[str, dict]]) -> Image.Image:
    """A panel for each change, lambda to the right; grey is what was to be kept to, bars are 95 % intervals."""
    across = 3
    down = -(-len(SHOWN) // across)
    whole = Image.new("RGB", (across * (WIDE + LEFT) + LEFT, down * (HIGH + 2 * TOP)), "white")
    for i, (name, words) in enumerate(SHOWN.items()):
        place = (i % across) * (WIDE + LEFT) + LEFT, (i // across) * (HIGH + 2 * TOP) + TOP
        panel(ImageDraw.Draw(whole), place, words, LIMITS.get(name), {w: found[name] for w, found in rows.items()})
    return whole


def panel(draw: ImageDraw.ImageDraw, place: tuple[int, int], words: str, limit: float | None, found: dict) -> None:
    """One change over lambda."""
    x0, y0 = place
    ends = [each[end] for each in found.values() for end in ("low", "high")] + [0.0] + ([limit] if limit else [])
    low, high = min(ends), max(ends)
    low, high = low - 0.08 * (high - low), high + 0.08 * (high - low)

    def y(value: float) -> float:
        return y0 + HIGH * (high - value) / (high - low)

    draw.text((x0, y0 - 20), words, "black", font(13))
    draw.line((x0, y(0), x0 + WIDE, y(0)), (150, 150, 150))
    if limit is not None:
        draw.line((x0, y(limit), x0 + WIDE, y(limit)), (225, 170, 60), 2)
        draw.text((x0 + WIDE - 4, y(limit)), f"{limit:+g}", (180, 120, 20), font(11), anchor="rs")
    spots = np.linspace(x0 + 20, x0 + WIDE - 40, len(found))
    points = [(x, y(each["value"])) for x, each in zip(spots, found.values(), strict=True)]
    draw.line(points, (40, 90, 200), 2)
    for (x, at), (weight, each) in zip(points, found.items(), strict=True):
        draw.line((x, y(each["low"]), x, y(each["high"])), (40, 90, 200), 1)
        draw.ellipse((x - 3, at - 3, x + 3, at + 3), (40, 90, 200))
        draw.text((x, y0 + HIGH + 4), f"{weight:g}", "black", font(11), anchor="ma")
        draw.text((x + 6, at - 4), f"{each['value']:+.2f}", "black", font(11), anchor="ls")


if __name__ == "__main__":
    config.run_stage(main)
