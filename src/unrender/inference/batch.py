"""Read a folder of screenshots: resumable, and one bad file never stops the rest."""

import hashlib
import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from unrender.artifacts import write_json
from unrender.config import UserError
from unrender.design.swatches import SWATCHES
from unrender.evaluation.metrics.maps import OUTSIDE
from unrender.inference.files import PARTIAL, RECORD
from unrender.inference.overlay import map_pictures, overlay
from unrender.inference.reader import Reader, Reading
from unrender.render.screenshot import Screenshot, open_screenshot


@dataclass
class Outcome:
    """What became of the files."""

    read: int = 0
    meanings: dict[Path, str] = field(default_factory=dict)
    skipped: int = 0
    failed: dict[Path, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Job:
    """A screenshot that is still to be read, and where to."""

    path: Path
    target: Path
    shot: Screenshot


def read_files(
    reader: Reader, files: Sequence[Path], targets: Sequence[Path], outcome: Outcome, batch_size: int = 8
) -> Iterator[Path]:
    """Read every file into the target folder at the same position; yield each once it is read, skipped or given up.

    A folder that already holds a reading of the same bytes by the same weights is left alone.
    """
    for some, jobs in batches(files, targets, outcome, RECORD, {"model": reader.digest}, batch_size):
        readings = reader.read_many([job.shot.picture for job in jobs], batch_size)
        for job, reading in zip(jobs, readings, strict=True):
            save(job.target, job.path, job.shot, reading, reader.digest)
            outcome.read += 1
            if reading.meaning is not None:
                outcome.meanings[job.path] = reading.meaning.sentence()
        yield from some


def batches(
    files: Sequence[Path],
    targets: Sequence[Path],
    outcome: Outcome,
    record: str,
    stamp: Mapping[str, object],
    size: int,
) -> Iterator[tuple[list[Path], list[Job]]]:
    """`size` files at a time, and what is to do for them: files whose target's `record` does not say that these bytes
    were read as `stamp` says. Those that are skipped, or cannot be opened, are noted in the outcome."""
    pairs = list(zip(files, targets, strict=True))
    for start in range(0, len(pairs), size):
        some = pairs[start : start + size]
        to_do = [pair for pair in some if _to_do(*pair, record, stamp, outcome)]
        opened = [(path, target, _opened(path, outcome)) for path, target in to_do]
        yield [path for path, _ in some], [Job(path, target, shot) for path, target, shot in opened if shot is not None]


def save(target: Path, path: Path, shot: Screenshot, reading: Reading, digest: str) -> None:
    """Write the pictures and the record aside, then rename the folder into place."""
    aside = target.with_name(f".{target.name}{PARTIAL}")  # what a killed run left there goes
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir(parents=True)
    try:
        for name, picture in map_pictures(reading).items():
            picture.save(aside / f"{name}.png")
        overlay(shot.picture, reading).save(aside / "overlay.png")
        write_json(aside / RECORD, record(path, shot, reading, digest))
        shutil.rmtree(target, ignore_errors=True)
        aside.replace(target)
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def record(path: Path, shot: Screenshot, reading: Reading, digest: str) -> dict:
    """What was read, in numbers; boxes are [left, top, width, height] in pixels of the screenshot."""
    inside = reading.inside()
    counts = np.bincount(reading.colour[inside], minlength=len(SWATCHES)) / inside.sum()
    colours = {SWATCHES[k]: float(counts[k]) for k in range(1, len(SWATCHES)) if counts[k] >= 0.001 and k != OUTSIDE}
    return {
        "file": path.name,
        "sha256": file_digest(path),
        "model": digest,
        "width": shot.width,
        "height": shot.height,
        "text": _found(reading.text > 0.5, reading, shot),
        "image": _found(reading.image > 0.5, reading, shot),
        "colours": colours,
    } | ({} if reading.meaning is None else {"meaning": reading.meaning.as_json()})


def file_digest(path: Path) -> str:
    """Of the bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _to_do(path: Path, target: Path, record: str, stamp: Mapping[str, object], outcome: Outcome) -> bool:
    """False, and counted, when the target holds a reading of these bytes that is stamped so."""
    try:
        found = json.loads((target / record).read_text())
    except (FileNotFoundError, NotADirectoryError, json.JSONDecodeError):
        return True
    wanted = {**stamp, "sha256": file_digest(path)}
    done = all(found.get(name) == value for name, value in wanted.items())
    outcome.skipped += done
    return not done


def _opened(path: Path, outcome: Outcome) -> Screenshot | None:
    """None, and noted, when the file cannot be read."""
    try:
        return open_screenshot(path)
    except UserError as error:
        outcome.failed[path] = str(error)
        return None


def _found(mask: np.ndarray, reading: Reading, shot: Screenshot) -> dict:
    """Share of the page and the boxes of connected regions, largest first."""
    from scipy.ndimage import find_objects, label

    at = reading.placement
    across, down = shot.width / at.width, shot.height / at.height
    boxes = []
    for rows, columns in find_objects(label(mask)[0]):
        left, top = (columns.start - at.left) * across, (rows.start - at.top) * down
        width, height = (columns.stop - columns.start) * across, (rows.stop - rows.start) * down
        boxes.append([round(left), round(top), max(1, round(width)), max(1, round(height))])
    boxes.sort(key=lambda box: (-box[2] * box[3], box))
    return {"share": float(mask[reading.inside()].mean()), "boxes": boxes}
