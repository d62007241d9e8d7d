"""How much faster a code is written with states kept than by running image and prefix again for every word, as most
public implementations of image to code do. Both write the same code.

    PYTHONPATH=src python benchmarks/decoding_speed.py [--model FILE] [--data FOLDER] [--pages 20]

Prints the median and the 95th percentile of a page, greedy and with a beam of 5, and the ratios.
"""

import argparse
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from unrender.config import project_root, run_stage
from unrender.data.code_pages import CodeDataset
from unrender.design.automaton import START, Automaton
from unrender.evaluation.code_loading import load_coder
from unrender.evaluation.pages import spread
from unrender.models.code_writing import Search, write
from unrender.models.coder import REFUSED, Coder


def main() -> None:
    options = arguments()
    model, language = load_coder(options.model or project_root() / "models/coder.safetensors")
    data = CodeDataset(options.data or project_root() / "data/clean", "test")
    pages = [torch.from_numpy(data.image(int(row)))[None] for row in spread(len(data), options.pages)]
    automaton = language.automaton
    ways: dict[str, Callable[[Tensor], tuple[str, ...]]] = {
        "states kept": lambda page: write(model, page, automaton)[0].chosen,
        "beam of 5": lambda page: write(model, page, automaton, Search(beam=5))[0].chosen,
        "prefix run again": partial(again, model, automaton),
    }
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for page in pages:
        said = {}
        for name, way in ways.items():
            start = time.perf_counter()
            said[name] = way(page)
            seconds[name].append(time.perf_counter() - start)
        if said["states kept"] != said["prefix run again"]:
            print("The two write unlike codes of one page: a tie, or a fault.")
    for name, found in seconds.items():
        print(f"{name:<18} p50 {np.median(found):.3f} s   p95 {np.quantile(found, 0.95):.3f} s")
    medians = {name: float(np.median(found)) for name, found in seconds.items()}
    print(f"{medians['prefix run again'] / medians['states kept']:.1f} x as fast as running the prefix again")
    print(f"a beam of 5 takes {medians['beam of 5'] / medians['states kept']:.2f} x as long as greedy")


@torch.no_grad()
def again(model: Coder, automaton: Automaton, page: Tensor) -> tuple[str, ...]:
    """Greedy, the whole network run for every choice."""
    state, chosen = automaton.forced(START)[0], []
    while state:
        tokens = torch.tensor([[*(automaton.ids[word] for word in chosen), 0]])
        logits, _ = model(page, tokens, torch.tensor([tokens.shape[1]]))
        mask = torch.zeros(len(automaton), dtype=torch.bool)
        mask[[automaton.ids[word] for word in automaton.options(state)]] = True
        chosen.append(automaton.words[int(logits[0, -1].masked_fill(~mask, REFUSED).argmax())])
        state, _ = automaton.forced(automaton.step(state, chosen[-1]))
    return tuple(chosen)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", type=Path)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--pages", type=int, default=20)
    return parser.parse_args()


if __name__ == "__main__":
    run_stage(main)
