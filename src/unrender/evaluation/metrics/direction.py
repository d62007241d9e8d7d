"""Which way a metric points, by its name."""

ERRORS = {"mse", "mae", "distance"}


def higher_is_better(name: str) -> bool:
    """False for errors and distances."""
    return ERRORS.isdisjoint(name.split("_"))


def better(name: str, a: float, b: float) -> bool:
    """True when score a of metric `name` beats score b."""
    return a > b if higher_is_better(name) else a < b
