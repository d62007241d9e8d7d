"""Files that stages leave behind: canonical JSON, and models as safetensors with their config inside.

Everything is written aside and renamed, so a file is either whole or absent. Nothing here is a pickle.
"""

import contextlib
import csv
import json
import math
import numbers
import os
import shutil
from collections.abc import Generator, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from unrender.config import LeftOut, UserError, read_yaml

if TYPE_CHECKING:
    from torch import Tensor

DIGITS = 6  # significant digits of a float in a JSON output: enough to compare, few enough to be stable
METADATA = "unrender"  # one key only: safetensors writes several in no fixed order
LEFT_OUT = "left_out"  # the key of the reason, and what a file that holds nothing else starts with


@contextlib.contextmanager
def atomic_path(path: str | Path) -> Generator[Path, None, None]:
    """Yield a path beside `path`, with the same suffix, that takes its place if the block succeeds."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{os.getpid()}-{path.name}")
    try:
        yield aside
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)


def write_json(path: str | Path, obj: Any) -> None:
    """Write `obj` so that equal values give equal bytes. NaN and infinity raise ValueError naming their key."""
    text = json.dumps(_canonical(obj, ""), indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False)
    with atomic_path(path) as aside:
        aside.write_text(text + "\n", encoding="utf-8")


def _canonical(value: Any, key: str) -> Any:
    if isinstance(value, Mapping):
        return {str(name): _canonical(item, f"{key}.{name}") for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_canonical(item, f"{key}[{index}]") for index, item in enumerate(value)]
    if value is None or isinstance(value, str | bool):
        return value
    if isinstance(value, numbers.Integral):
        return int(value)
    if isinstance(value, numbers.Real):  # numpy's scalars too
        return _rounded(float(value), key)
    raise TypeError(f"{key.lstrip('.')} is a {type(value).__name__}, which JSON cannot hold")


def _rounded(value: float, key: str) -> float:
    if not math.isfinite(value):
        raise ValueError(f"{key.lstrip('.')} is {value}; a metric must be a finite number")
    return float(f"{value:.{DIGITS}g}") + 0.0  # + 0.0 turns -0.0 into 0.0


@dataclass(frozen=True)
class ModelFile:
    """What a model file holds: which network, how to build it, what its outputs mean, its weights."""

    kind: str
    config: dict[str, Any]
    labels: dict[str, Any]
    tensors: "dict[str, Tensor]"


def save_model(path: str | Path, tensors: "dict[str, Tensor]", kind: str, config: dict, labels: dict) -> None:
    """Write one .safetensors file. The same weights give the same bytes."""
    from safetensors.torch import save

    about = json.dumps({"kind": kind, "config": config, "labels": labels}, sort_keys=True, allow_nan=False)
    plain = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    with atomic_path(path) as aside:
        aside.write_bytes(save(plain, metadata={METADATA: about}))  # its own writer hides a full disk's errno


def load_model(path: str | Path, kind: str | None = None) -> ModelFile:
    """Read a file that `save_model` wrote. A missing, damaged or foreign file, or another kind, is a UserError; LeftOut
    where there is none because the data had nothing to learn it from."""
    from safetensors import SafetensorError, safe_open

    require(path)
    try:
        with safe_open(path, framework="pt") as file:
            about = (file.metadata() or {}).get(METADATA)
            if about is None:
                raise UserError(f"{path} is a safetensors file, but not a model of this project.")
            tensors = {name: file.get_tensor(name) for name in sorted(file.keys())}
    except FileNotFoundError:
        raise UserError(f"{path} does not exist. `make repro` trains it; `dvc checkout` restores it.") from None
    except (SafetensorError, OSError) as error:
        raise UserError(f"{path} is not a whole model file ({error}). Restore it with `dvc checkout`.") from None
    model = ModelFile(tensors=tensors, **json.loads(about))
    if kind is not None and model.kind != kind:
        raise UserError(f"{path} holds a model of kind {model.kind!r}, but {kind!r} is needed here.")
    return model


def outputs_of(stage: str) -> list[Path]:
    """What dvc.yaml says that a stage writes; nothing for what is no stage."""
    stages = read_yaml(Path("dvc.yaml"))[0]["stages"] if Path("dvc.yaml").exists() else {}
    listed = [entry for key in ("outs", "metrics", "plots") for entry in stages.get(stage, {}).get(key, [])]
    return [Path(next(iter(entry)) if isinstance(entry, dict) else entry) for entry in listed]


def leave_out(outputs: Iterable[Path], why: str) -> None:
    """Write each output of a stage that is left out: a file or folder of its kind, which says why it holds nothing."""
    for path in outputs:
        if path.is_dir():
            shutil.rmtree(path)
        if path.suffix in ("", ".curve"):
            write_json(path / f"{LEFT_OUT}.json", {LEFT_OUT: why})
        elif path.suffix == ".json":
            write_json(path, {LEFT_OUT: why})
        else:
            _say(path, why)


def why_left_out(path: str | Path) -> str | None:
    """What `leave_out` wrote there; None for anything else."""
    path = Path(path)
    if path.is_dir():
        path /= f"{LEFT_OUT}.json"
    if not path.is_file():
        return None
    if path.suffix == ".json":
        saved = json.loads(path.read_text(encoding="utf-8"))
        return saved.get(LEFT_OUT) if isinstance(saved, dict) else None
    with path.open("rb") as file:
        if file.read(len(LEFT_OUT) + 1) != f"{LEFT_OUT}\n".encode():
            return None
        return next(csv.reader([file.read().decode()]))[0]


def require(path: str | Path) -> None:
    """Raises LeftOut, with the first cause, where `path` was left out."""
    if why := why_left_out(path):
        raise LeftOut(why, path)


def _say(path: Path, why: str) -> None:
    """Of a picture, one with the words; of all else, text: a table of one column."""
    with atomic_path(path) as aside:
        if path.suffix == ".png":
            from PIL import Image, ImageDraw

            picture = Image.new("RGB", (1200, 40), "white")
            ImageDraw.Draw(picture).text((12, 12), f"Left out. {why}", "black")
            picture.save(aside)
            return
        with aside.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows([[LEFT_OUT], [why]])
