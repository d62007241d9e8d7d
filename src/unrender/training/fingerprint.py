"""What a training's result depends on, in one short word: the name of its folder of resumable state."""

import hashlib
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

import unrender

PACKAGE = Path(unrender.__file__).parent


def fingerprint(params: Mapping[str, Any], inputs: list[Path], team_size: int = 1) -> str:
    """Hash of the params, the bytes of the input files, the code that is loaded, torch and the number of processes."""
    digest = hashlib.sha256(json.dumps(params, sort_keys=True, default=str).encode())
    digest.update(f"torch {torch.__version__}, {team_size} processes".encode())
    for path in [*inputs, *_loaded_code()]:
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


def _loaded_code() -> list[Path]:
    """The running script and every module of this package that it has imported."""
    files = {Path(file) for module in list(sys.modules.values()) if (file := getattr(module, "__file__", None))}
    script = [Path(sys.argv[0])] if Path(sys.argv[0]).is_file() else []
    return script + sorted(path for path in files if path.is_relative_to(PACKAGE))
