"""How a model's scores leave an evaluation: two files, and the tracker."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from unrender import config, tracking
from unrender.artifacts import write_json


def publish(run: tracking.Silent, kind: str, metrics: Mapping[str, Any], evidence: Mapping[str, Any]) -> None:
    """Write metrics/evidence/<kind>.json, then metrics/<kind>.json, and log both."""
    behind = Path(f"metrics/evidence/{kind}.json")
    write_json(behind, evidence)
    write_json(Path(f"metrics/{kind}.json"), metrics)
    run.log(0, {key.replace(".", "/"): value for key, value in config.flatten(metrics).items()})
    run.artifact(behind, "evidence")
