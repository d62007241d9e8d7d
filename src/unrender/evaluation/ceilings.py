"""The best score any predictor can reach, as the validation of the data set measured and published it."""

import json
from pathlib import Path

from unrender.config import UserError
from unrender.evaluation.metrics.maps import METRICS


def read_ceilings(path: Path, names: tuple[str, ...] = METRICS) -> dict[str, float]:
    """Ceilings by metric. UserError when the file or one of the names is missing: a score without its ceiling
    says little, and a made-up ceiling of 1 would be worse."""
    try:
        published = json.loads(path.read_text())["ceiling"]
    except FileNotFoundError:
        raise UserError(f"{path} is missing: it holds the ceilings of the labels; run `dvc repro validate`") from None
    except (json.JSONDecodeError, KeyError, TypeError):
        raise UserError(f"{path} holds no ceilings; run `dvc repro -f validate`") from None
    absent = [name for name in names if not isinstance(published.get(name), int | float)]
    if absent:
        raise UserError(f"{path} publishes no ceiling for {', '.join(absent)}; run `dvc repro -f validate`")
    return {name: float(published[name]) for name in names}


def gap_closed(value: float, floor: float, ceiling: float) -> float:
    """Share of the way from the floor to the ceiling; for errors too, where the ceiling is the lower number.
    0 where floor and ceiling coincide and nothing can be won."""
    return (value - floor) / (ceiling - floor) if ceiling != floor else 0.0
