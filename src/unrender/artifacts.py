"""Files that stages leave behind: canonical JSON, and models as safetensors with their config inside.

Everything is written aside and renamed, so a file is either whole or absent. Nothing here is a pickle.
"""

import contextlib
import json
import math
import numbers
import os
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from unrender.config import UserError

if TYPE_CHECKING:
    from torch import Tensor

DIGITS = 6  # significant digits of a float in a JSON output: enough to compare, few enough to be stable
METADATA = "unrender"  # one key only: safetensors writes several in no fixed order


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
    """Read a file that `save_model` wrote. A missing, damaged or foreign file, or another kind, is a UserError."""
    from safetensors import SafetensorError, safe_open

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
