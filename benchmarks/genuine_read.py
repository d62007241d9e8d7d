"""How much of genuine pix2code screenshots the encoder sees, against what their DSL says is there.

    PYTHONPATH=src python benchmarks/genuine_read.py FOLDER [-o OUT] [--model FILE]

FOLDER holds pairs x.png + x.gui. Nobody labelled these pages with structure maps, so two things stand in: buttons are
located by their Bootstrap 3 colours (and their number checked against the DSL), lines of text by their dark ink.
Nothing is tuned to these pages. Prints a table, writes OUT/genuine_read.json and overlays.
"""

import argparse
import re
from collections import Counter
from pathlib import Path

import numpy as np
from PIL import Image
from scipy.ndimage import binary_closing, binary_dilation, find_objects, label
from scipy.stats import spearmanr

from unrender.artifacts import write_json
from unrender.config import UserError, project_root, run_stage
from unrender.design.swatches import COLOUR_ID, SWATCHES
from unrender.evaluation.heuristic import nearest_swatch
from unrender.inference.overlay import overlay
from unrender.inference.reader import Reader
from unrender.progress import counted
from unrender.render.screenshot import open_screenshot

BUTTONS = {
    "btn-active": ((0x33, 0x7A, 0xB7), (0x26, 0x5A, 0x88)),
    "btn-inactive": ((0x3C, 0x3C, 0x3C), (0x22, 0x22, 0x22)),
    "btn-green": ((0x5C, 0xB8, 0x5C), (0x41, 0x96, 0x41)),
    "btn-orange": ((0xF0, 0xAD, 0x4E), (0xEB, 0x93, 0x16)),
    "btn-red": ((0xD9, 0x53, 0x4F), (0xC1, 0x2E, 0x2A)),
}
"""Top and bottom of the gradients of the Bootstrap 3 theme."""
LEAST = (18, 12)  # width and height of a button, px of these 800-px pages; smaller blobs are letters
OVERLAYS = 12
GREYS = {COLOUR_ID[name] for name in ("white", "paper", "mist", "silver")}  # grounds of these pages

Box = tuple[slice, slice]


def main() -> None:
    options = arguments()
    pages = sorted(path for path in options.folder.glob("*.png") if path.with_suffix(".gui").exists())
    if not pages:
        raise UserError(f"{options.folder} holds no pair of x.png and x.gui")
    reader = Reader.load(options.model or project_root() / "models/encoder.safetensors")
    found = [measure(reader, path) for path in counted(pages, len(pages), "reading")]
    for path in pages[:: max(1, len(pages) // OVERLAYS)][:OVERLAYS]:
        draw(reader, path, options.out / "overlays" / path.name)
    summary = {"pages": len(pages), **summarise(found)}
    write_json(options.out / "genuine_read.json", summary)
    print("\n".join(f"{name:<34}{value:>8.3f}" for name, value in summary.items()))


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("-o", "--out", type=Path, default=Path("runs/genuine_read"))
    parser.add_argument("--model", type=Path)
    return parser.parse_args()


def measure(reader: Reader, path: Path) -> dict[str, float]:
    """Pixel counts and element counts of one page."""
    picture = open_screenshot(path).picture
    pixels, maps = np.asarray(picture), reader.read(picture).maps()
    text, image, colour = maps.text[0], maps.image[0], maps.colour[0]
    boxes = {name: buttons(pixels, name) for name in BUTTONS}
    inside = np.zeros(text.shape, bool)
    for box in (box for some in boxes.values() for box in some):
        inside[box] = True
    labels, lines = button_labels(pixels, boxes), text_lines(pixels) & ~inside
    told = Counter(re.findall(r"[a-z]+(?:-[a-z]+)?", path.with_suffix(".gui").read_text()))
    told_buttons = sum(told[name] for name in BUTTONS)
    return {
        "buttons_told": told_buttons,
        "buttons_located": sum(map(len, boxes.values())),
        "buttons_right": sum(min(len(some), told[name]) for name, some in boxes.items()),
        "buttons_seen": seen_buttons(colour, text),
        "button_pixels": inside.sum(),
        "button_pixels_own_colour": sum((colour[box] == swatch(name)).sum() for name in boxes for box in boxes[name]),
        "texts_told": told_buttons + told["small-title"] + told["text"] + 1,  # 1: the line at the foot of each page
        "texts_seen": label(text)[1],
        "label_pixels": labels.sum(),
        "label_pixels_seen": (labels & text).sum(),
        "line_pixels": lines.sum(),
        "line_pixels_seen": (lines & text).sum(),
        "text_pixels": text.sum(),
        "text_pixels_right": (text & binary_dilation(lines | inside, iterations=5)).sum(),
        "image_pixels": image.sum(),
        "pixels": text.size,
    }


def buttons(pixels: np.ndarray, name: str) -> list[Box]:
    """Boxes of connected pixels on a button's gradient that are large enough."""
    near = off_gradient(pixels, name) <= 20
    boxes = find_objects(label(near)[0])
    return [box for box in boxes if size(box)[0] >= LEAST[0] and size(box)[1] >= LEAST[1] and near[box].mean() > 0.4]


def off_gradient(pixels: np.ndarray, name: str) -> np.ndarray:
    """Distance in RGB of each pixel from the straight line between a button's two colours."""
    top, bottom = np.array(BUTTONS[name], np.float32)
    along = np.clip((pixels - top) @ (bottom - top) / np.square(bottom - top).sum(), 0, 1)
    return np.linalg.norm(pixels - (top + along[..., None] * (bottom - top)), axis=2)


def size(box: Box) -> tuple[int, int]:
    """Width and height."""
    return box[1].stop - box[1].start, box[0].stop - box[0].start


def button_labels(pixels: np.ndarray, boxes: dict[str, list[Box]]) -> np.ndarray:
    """The box of whatever differs from a button's colour well inside it."""
    found = np.zeros(pixels.shape[:2], bool)
    for name, box in ((name, box) for name, some in boxes.items() for box in some):
        core = (slice(box[0].start + 3, box[0].stop - 3), slice(box[1].start + 3, box[1].stop - 3))
        marks = off_gradient(pixels[core], name) > 60
        for part in find_objects(marks.astype(int)):
            if part is not None:
                found[core][part] = True
    return found


def text_lines(pixels: np.ndarray) -> np.ndarray:
    """Boxes of dark ink on light ground, letters of a line run together; rules and edges are too thin or too long."""
    ink = pixels.max(2) < 150
    found = np.zeros(ink.shape, bool)
    for box in find_objects(label(binary_closing(ink, np.ones((1, 9))))[0]):
        if 5 <= size(box)[1] <= 24 and size(box)[0] >= 6:
            found[box] = True
    return found


def swatch(name: str) -> int:
    """The colour id a button should be read as: the swatch nearest to the middle of its gradient."""
    middle = np.mean(BUTTONS[name], axis=0).round().astype(np.uint8)
    return int(nearest_swatch(middle[None, None, None])[0, 0, 0])


def seen_buttons(colour: np.ndarray, text: np.ndarray) -> int:
    """Regions of one colour that is no ground of these pages and not read as text, at least as large as a button."""
    count = 0
    for k in set(range(1, len(SWATCHES))) - GREYS:
        boxes = find_objects(label(binary_closing((colour == k) & ~text, np.ones((5, 5))))[0])
        count += sum(size(box)[0] >= LEAST[0] and size(box)[1] >= LEAST[1] for box in boxes)
    return count


def summarise(found: list[dict[str, float]]) -> dict[str, float]:
    """Ratios of sums over all pages, and rank correlations of counts."""
    total = {name: sum(page[name] for page in found) for name in found[0]}
    column = {name: [page[name] for page in found] for name in found[0]}
    return {
        "buttons_located_as_told": total["buttons_right"] / total["buttons_told"],
        "button_pixels_in_own_colour": total["button_pixels_own_colour"] / total["button_pixels"],
        "button_label_coverage": total["label_pixels_seen"] / total["label_pixels"],
        "text_line_coverage": total["line_pixels_seen"] / total["line_pixels"],
        "text_precision": total["text_pixels_right"] / max(total["text_pixels"], 1),
        "image_false_share": total["image_pixels"] / total["pixels"],
        "buttons_told_per_page": total["buttons_told"] / len(found),
        "buttons_seen_per_page": total["buttons_seen"] / len(found),
        "buttons_rank_correlation": rank_correlation(column["buttons_told"], column["buttons_seen"]),
        "texts_told_per_page": total["texts_told"] / len(found),
        "texts_seen_per_page": total["texts_seen"] / len(found),
        "texts_rank_correlation": rank_correlation(column["texts_told"], column["texts_seen"]),
    }


def rank_correlation(told: list[float], seen: list[float]) -> float:
    """Spearman's; 0 where one side never varies."""
    if len(set(told)) < 2 or len(set(seen)) < 2:
        return 0.0
    return float(spearmanr(told, seen).statistic)


def draw(reader: Reader, path: Path, target: Path) -> None:
    picture: Image.Image = open_screenshot(path).picture
    target.parent.mkdir(parents=True, exist_ok=True)
    overlay(picture, reader.read(picture)).save(target)


if __name__ == "__main__":
    run_stage(main)
