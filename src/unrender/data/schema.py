"""The dataset: one row a design, the same columns whatever the source."""

import pyarrow as pa

from unrender.design.swatches import SWATCHES
from unrender.render.frame import SIZE

__all__ = ["MAPS", "NUM_COLOURS", "SCHEMA", "SCHEMA_VERSION", "SIZE", "SPLITS"]

SCHEMA_VERSION = 1
SPLITS = ("train", "val", "test", "test_composition", "test_theme")
NUM_COLOURS = len(SWATCHES)
"""Colour classes of the structure maps; class 0 is outside the page."""

_picture = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
"""An encoded picture as Hugging Face `datasets` stores one."""

MAPS = ("text_mask", "image_mask", "colour", "hierarchy")

ATTAINABLE = (
    *("goal_accuracy", "tone_error", "text_seen"),
    *("alignment_error", "contrast_error", "whitespace_error", "hierarchy_error"),
)

_score = pa.float32()
SCHEMA = pa.schema(
    [
        pa.field("id", pa.string(), nullable=False),
        pa.field("split", pa.string(), nullable=False),
        pa.field("source", pa.string(), nullable=False),
        ("seed", pa.int64()),
        ("design_hash", pa.string()),
        # what a model sees: PNG, 256 x 256
        pa.field("image", _picture, nullable=False),
        *((name, _picture) for name in MAPS),
        ("page_width", pa.int32()),
        ("page_height", pa.int32()),
        # the brief
        ("goal", pa.string()),
        ("format", pa.string()),
        ("tone", _score),
        ("texts", pa.list_(pa.string())),
        # the code
        ("theme", pa.string()),
        ("dsl", pa.string()),
        ("html", pa.string()),
        ("structure", pa.string()),
        ("layout", pa.string()),
        # grammar, 0..1
        *((f"grammar_{name}", _score) for name in ("alignment", "contrast", "whitespace", "hierarchy")),
        # deliberate faults, strength 0..1
        *((f"fault_{name}", _score) for name in ("alignment", "contrast", "crowding", "hierarchy")),
        # difficulty
        ("elements", pa.int32()),
        ("depth", pa.int32()),
        ("columns", pa.int32()),
        # how to draw this very design again
        ("recipe", pa.string()),
        # the best any reader of the page can do on this row, for the ceilings
        ("attainable", pa.struct([(name, _score) for name in ATTAINABLE])),
    ]
)
"""Labels that a source lacks are null."""
