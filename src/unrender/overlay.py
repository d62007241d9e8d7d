"""One file of params laid over another."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from unrender.artifacts import atomic_path
from unrender.config import SCHEMA, check, read_yaml


def lay_over(path: Path, over: Path) -> None:
    """Rewrite `path` with the leaves of `over` in place of its own. A key that the schema does not know is a UserError,
    and nothing is changed."""
    changes, lines = read_yaml(over)
    values = merged(read_yaml(path)[0], changes)
    check(values, json.loads(path.with_name(SCHEMA).read_text(encoding="utf-8")), over, lines)
    with atomic_path(path) as aside:
        aside.write_text(yaml.safe_dump(values, sort_keys=False), encoding="utf-8")


def merged(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """`base` with the leaves of `over`."""
    changed = {key: merged(base.get(key) or {}, new) if isinstance(new, dict) else new for key, new in over.items()}
    return {**base, **changed}
