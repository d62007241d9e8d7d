"""How the layout network reads pages that nobody generated: HTML as people write it, with the truth beside each node.

    PYTHONPATH=src python benchmarks/handwritten_layout.py [FOLDER] [-o OUT] [--model FILE] [--data FOLDER]

FOLDER (here: benchmarks/handwritten) holds HTML pages. An element's first node says its type in `data-is`; a node
without one is part of the element around it. Each page is rendered as `unrender layout PAGE.html` does it. Nothing is
tuned to these pages. Prints every page's scores, and beside them those of the best table of tags and flags that was
counted on train, pages written otherwise among them; where the engine knows where a node lies, that is its box, for all
alike. Writes OUT/<page>.png, the wireframe over the page, and OUT/handwritten_layout.json.
"""

import argparse
from pathlib import Path

import numpy as np

from unrender.artifacts import write_json
from unrender.config import UserError, project_root, run_stage
from unrender.data.layout_pages import LayoutDataset
from unrender.design.section_tree import KINDS, MERGED, Reading, assemble
from unrender.evaluation.layout import examples
from unrender.evaluation.layout_floors import Example, fit_layout_floors
from unrender.evaluation.metrics.layouts import Page, tallies
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
    paths = sorted(options.folder.glob("*.html"))
    if not paths:
        raise UserError(f"{options.folder} holds no .html")
    reader = LayoutReader.load(options.model or project_root() / "models/layout.safetensors")
    train = LayoutDataset(options.data or project_root() / "data/clean", "train")
    known = [*examples(train, "floors, on train"), *examples(train.rewritten(), "floors, on train written otherwise")]
    floors = fit_layout_floors(known)
    pages, shown = zip(*map(labelled, paths), strict=True)
    said = {"own": [placed(reader.read(each.picture, each.document), each) for each in shown]}
    for page, each in zip(pages, shown, strict=True):
        frame, _ = fit(each.picture)
        for arm, reading in floors(Example(page, coarse(np.asarray(frame)))).items():
            said.setdefault(arm, []).append(placed(reading, each))
    for path, each, reading in zip(paths, shown, said["own"], strict=True):
        options.out.mkdir(parents=True, exist_ok=True)
        over(each.picture, assemble(each.document, reading)).save(options.out / f"{path.stem}.png")
    scores = {arm: tallies(list(pages), readings) for arm, readings in said.items()}
    best = max((arm for arm in scores if arm != "own"), key=lambda arm: scores[arm]["element_f1"].value)
    report({path.stem: row for row, path in enumerate(paths)}, scores, best)
    found = {arm: {name: each[name].value for name in METRICS} for arm, each in scores.items()}
    write_json(options.out / "handwritten_layout.json", {"pages": len(pages), **found})


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, nargs="?", default=Path(__file__).parent / "handwritten")
    parser.add_argument("-o", "--out", type=Path, default=Path("out"))
    parser.add_argument("--model", type=Path)
    parser.add_argument("--data", type=Path)
    return parser.parse_args()


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


def report(pages: dict[str, int], scores: dict, best: str) -> None:
    """A row a page, then all of them, then the best table."""
    print(f"{'':<24}" + "".join(f"{name:>20}" for name in METRICS))
    for name, row in pages.items():
        values = [scores["own"][metric].ratios[row] for metric in METRICS]
        print(f"{name:<24}" + "".join(f"{value:>20.3f}" for value in values))
    for arm in ("own", best):
        print(f"{arm:<24}" + "".join(f"{scores[arm][metric].value:>20.3f}" for metric in METRICS))


if __name__ == "__main__":
    run_stage(main)
