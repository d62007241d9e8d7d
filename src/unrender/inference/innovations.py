"""Pages that a latent search improved, on disk: before and after, how they got there, and the scores on the way."""

import csv
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import numpy as np
from jaxtyping import Float, UInt8
from PIL import Image, ImageDraw

from unrender.artifacts import atomic_path
from unrender.design.grammar import NAMES
from unrender.evaluation.drawing import Ask
from unrender.evaluation.pictures import contact_sheet, font
from unrender.evaluation.searching import Innovation, Innovator
from unrender.progress import counted

BATCH, COLUMNS = 8, 8
STRIP, MARGIN = 44, 8
"""px: height of the scores below a page, and what is left free around them."""
MILLISECONDS, LAST = 350, 1600
"""A picture is shown for."""


def innovations(
    innovator: Innovator, asks: Sequence[Ask], seed: int, kept: Path | None = None, blind: bool = False
) -> Innovation:
    """All pages, BATCH at a time, with progress. With a folder `kept`, what a killed run had finished is taken from
    there, a file for each batch, and what is found is put there."""
    parts, starts = [], range(0, len(asks), BATCH)
    for start in counted(starts, len(starts), "searching"):
        search = partial(innovator.search, asks[start : start + BATCH], seed, start, blind)
        parts.append(search() if kept is None else _once(kept / f"{start:04d}.npz", search))
    pages, scores = (np.concatenate([getattr(part, name) for part in parts], 1) for name in ("pages", "scores"))
    return Innovation(pages, scores)


def _once(path: Path, search: Callable[[], Innovation]) -> Innovation:
    """What lies at `path`, after it was searched for and put there if it did not."""
    if not path.exists():
        found = search()
        with atomic_path(path) as aside:
            np.savez_compressed(aside, pages=found.pages, scores=found.scores)
    with np.load(path, allow_pickle=False) as file:
        return Innovation(file["pages"], file["scores"])


def save_innovations(found: Innovation, asks: Sequence[Ask], seed: int, folder: Path) -> Path:
    """Write before.png and after.png of every page with search.gif, in a folder each; scores.csv; and, last, sheet.png,
    whose path is returned."""
    for i in range(len(asks)):
        for name, page in (("before", found.before[i]), ("after", found.after[i])):
            with atomic_path(folder / f"{i:04d}" / f"{name}.png") as aside:
                Image.fromarray(page).save(aside)
        save_search(folder / f"{i:04d}" / "search.gif", found, i)
    save_scores(folder / "scores.csv", found, asks, seed)
    sheet = folder / "sheet.png"
    with atomic_path(sheet) as aside:
        before_and_after(found).save(aside)
    return sheet


def before_and_after(found: Innovation) -> Image.Image:
    """Rows of pages as they were, each above what became of them."""
    starts = range(0, len(found.before), COLUMNS)
    rows = [part[start : start + COLUMNS] for start in starts for part in (found.before, found.after)]
    blank = np.full_like(found.before[:1], 255)
    width = len(rows[0])
    rows = [np.concatenate([row, blank.repeat(width - len(row), 0)]) for row in rows]
    return contact_sheet(np.concatenate(rows), width)


def save_search(path: Path, found: Innovation, page: int) -> None:
    """A GIF of one page on its way, its predicted scores below; steps that brought nothing are left out. The same
    arguments, the same bytes."""
    scores = found.scores[:, page]
    steps = [step for step in range(len(scores)) if not step or (scores[step] != scores[step - 1]).any()]
    frames = [_frame(found.pages[step, page], scores[step], step) for step in steps]
    durations = [MILLISECONDS] * (len(frames) - 1) + [LAST]
    with atomic_path(path) as aside:
        frames[0].save(aside, "GIF", save_all=True, append_images=frames[1:], duration=durations, loop=0)


def _frame(page: UInt8[np.ndarray, "h w 3"], scores: Float[np.ndarray, "4"], step: int) -> Image.Image:
    whole = Image.new("RGB", (page.shape[1], page.shape[0] + STRIP), "white")
    whole.paste(Image.fromarray(page), (0, 0))
    draw = ImageDraw.Draw(whole)
    draw.text((MARGIN, page.shape[0] + MARGIN), f"step {step}: {scores.mean():.3f}", "black", font(14))
    each = "  ".join(f"{name} {score:.2f}" for name, score in zip(NAMES, scores, strict=True))
    draw.text((MARGIN, page.shape[0] + STRIP - MARGIN), each, (110, 110, 110), font(9), anchor="ls")
    return whole


def save_scores(path: Path, found: Innovation, asks: Sequence[Ask], seed: int) -> None:
    """One row for each page and step: what was asked for, the predicted scores and their mean."""
    with atomic_path(path) as aside, aside.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(["page", "goal", "format", "tone", "seed", "step", *NAMES, "mean"])
        for page, ask in enumerate(asks):
            for step, scores in enumerate(found.scores[:, page]):
                told = [f"{value:.4f}" for value in (*scores, scores.mean())]
                table.writerow([page, ask.goal, ask.format, ask.tone, seed, step, *told])
