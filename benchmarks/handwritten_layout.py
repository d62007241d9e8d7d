"""How the layout network reads pages that nobody generated: HTML as people write it, with the truth beside each node.

    PYTHONPATH=src python benchmarks/handwritten_layout.py [FOLDER ...] [-o OUT] [--model FILE] [--data FOLDER]

A FOLDER holds HTML pages. An element's first node says its type in `data-is`; a node without one is part of the element
around it. Each page is rendered as `unrender layout PAGE.html` does it. Of the pages beside this file those in `first`
were looked at while other markup for training was thought of (data/markup_views.py), those in `later` were written
after that. Prints every page's scores, and below them those of the best table of tags and flags that was counted on
train, pages written otherwise among them; where the engine knows where a node lies, that is its box, for all alike.
Writes OUT/FOLDER/<page>.png, the wireframe over the page, and OUT/handwritten_layout.json.
"""

import argparse
from pathlib import Path

import numpy as np

from unrender.artifacts import write_json
from unrender.config import UserError, project_root, run_stage
from unrender.data.layout_pages import LayoutDataset
from unrender.design.section_tree import KINDS, MERGED, Reading, assemble
from unrender.evaluation.bootstrap import interval, paired_difference
from unrender.evaluation.layout import examples
from unrender.evaluation.layout_floors import Example, LayoutFloors, fit_layout_floors
from unrender.evaluation.metrics.layouts import Page, tallies
from unrender.evaluation.metrics.tally import Tally
from unrender.evaluation.thumbnails import coarse
from unrender.inference.document_files import read_text
from unrender.inference.layout_batch import ShownPage, placed
from unrender.inference.layout_reader import LayoutReader
from unrender.inference.markup import parse_html
from unrender.inference.web_markup import listed
from unrender.inference.web_page import render_page
from unrender.render.frame import fit
from unrender.render.wireframe import over

METRICS = ("type_accuracy", "element_precision", "element_recall", "element_f1", "grouping_f1", "tree_edit_distance")


def main() -> None:
    options = arguments()
    reader = LayoutReader.load(options.model or project_root() / "models/layout.safetensors")
    train = LayoutDataset(options.data or project_root() / "data/clean", "train")
    known = [*examples(train, "floors, on train"), *examples(train.rewritten(), "floors, on train written otherwise")]
    floors = fit_layout_floors(known)
    found = {folder.name: measured(reader, floors, folder, options.out / folder.name) for folder in options.folders}
    write_json(options.out / "handwritten_layout.json", found)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    beside = Path(__file__).parent / "handwritten"
    parser.add_argument("folders", type=Path, nargs="*", default=[beside / "first", beside / "later"])
    parser.add_argument("-o", "--out", type=Path, default=Path("out"))
    parser.add_argument("--model", type=Path)
    parser.add_argument("--data", type=Path)
    return parser.parse_args()


def measured(reader: LayoutReader, floors: LayoutFloors, folder: Path, out: Path) -> dict[str, dict[str, float]]:
    """Read the pages of a folder, draw and print what came of it; the scores of all arms."""
    paths = sorted(folder.glob("*.html"))
    if not paths:
        raise UserError(f"{folder} holds no .html")
    pages, shown = zip(*map(labelled, paths), strict=True)
    said = {"own": [placed(reader.read(each.picture, each.document), each) for each in shown]}
    for page, each in zip(pages, shown, strict=True):
        frame, _ = fit(each.picture)
        for arm, reading in floors(Example(page, coarse(np.asarray(frame)))).items():
            said.setdefault(arm, []).append(placed(reading, each))
    out.mkdir(parents=True, exist_ok=True)
    for path, each, reading in zip(paths, shown, said["own"], strict=True):
        over(each.picture, assemble(each.document, reading)).save(out / f"{path.stem}.png")
    scores = {arm: tallies(list(pages), readings) for arm, readings in said.items()}
    best = max((arm for arm in scores if arm != "own"), key=lambda arm: scores[arm]["element_f1"].value)
    print(f"\n{folder.name}, {len(paths)} pages")
    report([path.stem for path in paths], scores, best)
    return {arm: {name: each[name].value for name in METRICS} for arm, each in scores.items()}


def labelled(path: Path) -> tuple[Page, ShownPage]:
    """A page with its truth, and as the reader sees it."""
    web = render_page(path)
    elements = listed(parse_html(read_text(path))).elements
    kinds = np.array([KINDS.index(element.attributes.get("data-is", KINDS[MERGED])) for element in elements])
    owners = np.arange(len(kinds))
    for node in range(1, len(kinds)):
        if kinds[node] == MERGED:
            owners[node] = owners[web.document.parents[node]]
    known = (kinds > MERGED)[:, None]
    truth = Reading(kinds, owners, np.where(known, web.boxes, np.nan))
    width, height = web.screenshot.size
    return Page(web.document, truth, width, height), ShownPage(web.document, web.screenshot, boxes=web.boxes)


def report(pages: list[str], scores: dict[str, dict[str, Tally]], best: str) -> None:
    """A row a page; then all of them, the best table, and how far apart these are, each with its 95 % interval."""
    print(f"{'':<12}" + "".join(f"{name:>24}" for name in METRICS))
    for row, name in enumerate(pages):
        print(f"{name:<12}" + "".join(f"{scores['own'][metric].ratios[row]:>24.3f}" for metric in METRICS))
    own, table = ([scores[arm][metric] for metric in METRICS] for arm in ("own", best))
    rows = {
        "own": map(interval, own),
        best: map(interval, table),
        "own - table": map(paired_difference, own, table),
    }
    for name, bounds in rows.items():
        print(f"{name:<12}" + "".join(f"{f'{b.value:.3f} [{b.low:.3f}, {b.high:.3f}]':>24}" for b in bounds))


if __name__ == "__main__":
    run_stage(main)
