# ruff: noqa: E501 (sentences and markup read better on one line)
"""What a rule says, and every rule by name."""

from dataclasses import dataclass, field

Key = tuple[str, int]
"""Where a row lies: (shard file, row in that file)."""


@dataclass(frozen=True)
class Rule:
    """`level`: "fatal" (the dataset cannot be used), "error" (the row cannot be used) or "warning"."""

    level: str
    says: str
    remedy: str


_AGAIN = "Run `dvc repro -f generate`, or restore the file with `dvc checkout`."
_FIX = "Set validate.fix: true to have it {}, or correct the row at its source."
_ROW = "Correct or remove the row at its source; it is kept out of data/clean until then."

RULES: dict[str, Rule] = {
    # the files
    "manifest": Rule("fatal", "The manifest is there, is JSON and has this schema version", _AGAIN),
    "missing_file": Rule("fatal", "Every shard of the manifest exists", _AGAIN),
    "unreadable_file": Rule("fatal", "Every shard is a whole Parquet file", _AGAIN),
    "missing_column": Rule("fatal", "Every column of the schema is there", "Add the column (null where the source lacks it) or run `dvc repro -f generate`."),
    "column_type": Rule("fatal", "Every column has its type", "Write the column with the type of unrender.data.schema."),
    "empty_split": Rule("fatal", "Every split has rows", "Give the split rows (data.splits in params.yaml), or leave it out of the manifest."),
    "zero_rows": Rule("fatal", "The dataset has rows", "Generate or import some rows first: `dvc repro -f generate`."),
    "manifest_rows": Rule("fatal", "The manifest counts rows as the shards do", _FIX.format("counted anew")),
    "manifest_hash": Rule("fatal", "The manifest's hash of a shard is its hash", "Someone changed the file: restore it with `dvc checkout`, or set validate.fix: true to accept what it holds, row by row."),
    # one row
    "null_value": Rule("error", "No label is missing where the source has it", _ROW),
    "split_column": Rule("error", "A row says the split it lies in", _ROW),
    "repeated_id": Rule("error", "Ids occur once", _ROW),
    "picture_broken": Rule("error", "Pictures decode", _ROW),
    "picture_size": Rule("error", "Pictures are 256 x 256", _ROW),
    "picture_mode": Rule("error", "The image is RGB, maps are grey", _FIX.format("converted")),
    "mask_values": Rule("error", "Masks hold only 0 and 255", _ROW),
    "colour_ids": Rule("error", "Colour ids are swatches", _ROW),
    "letterbox": Rule("error", "The page lies where its size puts it, on the artboard", _FIX.format("painted again from its HTML")),
    "unknown_class": Rule("error", "Goal and format are known classes", _ROW),
    "out_of_range": Rule("error", "Tone, scores and strengths lie in 0..1", _ROW),
    "unknown_token": Rule("error", "The code uses words of the vocabulary", _ROW),
    "dsl_syntax": Rule("error", "The code parses", _ROW),
    "dsl_form": Rule("error", "Decoding and encoding the code gives the same text", _FIX.format("derived anew")),
    "impossible_brief": Rule("error", "The goal can have these blocks, the tone this type scale", _ROW),
    "design_hash": Rule("error", "The hash is that of the code", _FIX.format("derived anew")),
    "derived_value": Rule("error", "Format, theme and difficulty are those of the code", _FIX.format("derived anew")),
    "html_round_trip": Rule("error", "Brief, theme, tree and faults give this very HTML", _FIX.format("derived anew")),
    "json_broken": Rule("error", "JSON columns are JSON", _FIX.format("derived anew")),
    "repeated_key": Rule("error", "No JSON object repeats a key", _FIX.format("derived anew")),
    "swapped_files": Rule("error", "Structure and layout are not swapped", _FIX.format("put back")),
    "document": Rule("error", "Structure and layout are those of the design", _FIX.format("derived anew")),
    "layout_source": Rule("error", "The layout explains document nodes that exist, each once", _FIX.format("derived anew")),
    # a row against its render
    "render_image": Rule("error", "Painting the HTML again gives the image", _ROW),
    "render_map": Rule("error", "Painting the HTML again gives the maps", _FIX.format("painted again")),
    "render_score": Rule("error", "Measuring the page again gives the scores", _FIX.format("measured again")),
    "swapped_labels": Rule("error", "The labels belong to this image and not to another row's", _FIX.format("put back")),
    # rows against each other
    "duplicate": Rule("error", "No image occurs twice in a split", "Remove one of the two rows at the source."),
    "duplicate_across": Rule("error", "No image occurs in two splits", "Remove one of the two rows at the source: a test on seen pages says nothing."),
    "shared_design": Rule("error", "No design hash occurs in two splits", "Assign splits by design hash."),
    "near_duplicate": Rule("warning", "Images of different splits are not nearly the same", "Look at the pair in data/validation/report.html; remove one if it is the same design."),
    "distinct_images": Rule("warning", "At least 99.9 % of the images are distinct", "Give the generator more variation, or remove copies at the source."),
    "class_balance": Rule("warning", "No class has less than a third of its fair share", "Add designs of the class."),
    "score_spread": Rule("warning", "Each grammar score has a standard deviation of at least 0.10", "Raise data.fault_rate, or vary the designs more: a constant score teaches nothing."),
}  # fmt: skip


@dataclass
class Finding:
    """One breach of a rule. `repair` says what was done about it, empty if nothing."""

    rule: str
    sentence: str
    file: str = ""
    row: int | None = None
    id: str = ""
    repair: str = field(default="")

    @property
    def level(self) -> str:
        return RULES[self.rule].level

    @property
    def key(self) -> Key | None:
        return None if self.row is None else (self.file, self.row)

    @property
    def remedy(self) -> str:
        return RULES[self.rule].remedy

    def as_dict(self) -> dict:
        return {**vars(self), "level": self.level, "remedy": self.remedy}
