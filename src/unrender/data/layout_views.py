"""Views of a page: other documents for the same pixels, one change after another.

What the page shows stays, so the labels follow exactly. Each change is a pure function of a view and a generator.
"""

from collections.abc import Callable

from numpy.random import Generator

from unrender.data.markup_views import folded, loosened, restyled, retagged, unmarked
from unrender.data.structure_views import grouped, renamed, reordered, unwrapped, wrapped
from unrender.data.view import View

CHANGES: tuple[Callable[[View, Generator], View], ...] = (
    loosened, unmarked, folded, retagged, restyled, unwrapped, grouped, wrapped, reordered, renamed,
)  # fmt: skip


def varied(view: View, rng: Generator, most: int) -> View:
    """All changes, one after another; no more than `most` nodes."""
    for change in CHANGES:
        changed = change(view, rng)
        view = changed if len(changed.document) <= most else view
    return view
