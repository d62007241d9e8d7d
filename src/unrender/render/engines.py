"""Engines by name, started once per process and only when asked for."""

from functools import cache

from .engine import Engine

NAMES = ("blitz", "chromium")


@cache
def get(name: str) -> Engine:
    """The engine `name` of this process. ValueError for an unknown one."""
    if name == "blitz":
        from .blitz import BlitzEngine

        return BlitzEngine()
    if name == "chromium":
        from .chromium import ChromiumEngine

        return ChromiumEngine()
    raise ValueError(f"render.engine is {name!r}; it must be one of {', '.join(NAMES)}")
