"""Little pages with brief and grammar, in the project's own format."""

from collections.abc import Callable
from pathlib import Path

from tests.training.little_pages import page
from unrender.data.pictures import encode
from unrender.data.shards import write_manifest, write_split
from unrender.design.brief import FORMATS, GOALS


def row(i: int, side: int) -> dict:
    """Page i, with labels that follow from i."""
    return {
        "id": f"train-{i:06d}",
        "split": "train",
        "source": "test",
        "elements": 10 * i,
        "page_width": side - 8,
        "page_height": side,
        "goal": GOALS[i % len(GOALS)],
        "format": FORMATS[i % len(FORMATS)],
        "tone": i / 16,
        "grammar_alignment": 0.25,
        "grammar_contrast": i / 16,
        "grammar_whitespace": 0.75,
        "grammar_hierarchy": 1.0,
        **{name: encode(pixels) for name, pixels in page(i, side).items()},
    }


def write_labelled(
    folder: Path, count: int = 8, side: int = 64, change: Callable[[int, dict], dict] = lambda i, row: {}
) -> Path:
    """A dataset folder with split train; `change` gives what is to be different in row i."""
    rows = [found | change(i, found) for i, found in ((i, row(i, side)) for i in range(count))]
    write_manifest(folder, {"train": write_split(folder, "train", rows)})
    return folder
