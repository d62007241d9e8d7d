"""What every page that a decoder learns from comes with: what was asked for, and where it lies in its frame."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from jaxtyping import Float

from unrender.data import labels
from unrender.render.frame import SIZE, place

SIDES = ("page_width", "page_height")


class FramedPages:
    """`asked(i)`: goal, format int64 | tone float32 | frame float32 (4,): left, top, right, bottom, in 0..1."""

    def __init__(self, table: pa.Table):
        self.difficulty: Sequence[int] = table["elements"].fill_null(0).to_pylist()
        self.goal, self.format = labels.classes(table, "goal"), labels.classes(table, "format")
        self.tone = labels.tone(table)
        sizes = zip(*(table[name].to_pylist() for name in SIDES), strict=True)
        self.corners = np.array([place(*size).box for size in sizes], np.float32)  # px
        self.frame = self.corners / SIZE

    def __len__(self) -> int:
        return len(self.frame)

    def asked(self, index: int) -> dict[str, Any]:
        return {name: getattr(self, name)[index] for name in ("goal", "format", "tone", "frame")}

    @property
    def ratio(self) -> Float[np.ndarray, "n"]:
        """Height / width of each page."""
        left, top, right, bottom = self.frame.T
        return (bottom - top) / (right - left)
