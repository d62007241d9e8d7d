"""params.yaml -> data/dataset (Parquet shards + manifest), data/contact_sheets (a picture per split).

Designs are drawn, or example folders imported; then data/dataset/import.json says what was wrong with them.
"""

import sys
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationInfo, field_validator

from unrender import config, tracking
from unrender.artifacts import write_json
from unrender.data import shards, synthesise
from unrender.data.contact_sheet import save_contact_sheet
from unrender.data.examples import importing
from unrender.progress import counted

DATASET = Path("data/dataset")
SHEETS = Path("data/contact_sheets")


class Render(config.Section):
    engine: Literal["blitz", "chromium"] = Field(description="The embedded renderer, or Chromium through Playwright.")


class Splits(config.Section):
    train: int = Field(ge=1)
    val: int = Field(ge=1)
    test: int = Field(ge=1)
    test_composition: int = Field(ge=1, description="Row structures that training never shows.")
    test_theme: int = Field(ge=1, description="Palettes and typefaces that training never shows.")


class Data(config.Section):
    source: Literal["synthetic", "examples"] = Field(description="Designs are drawn, or example folders imported.")
    path: str | None = Field(
        default=None,
        validate_default=True,
        description="Folder of the example folders, absolute or below the project. DVC does not watch it: when it has "
        "changed, run `dvc repro -f generate`.",
    )
    splits: Splits = Field(description="Designs per split, where they are drawn.")
    fault_rate: float = Field(ge=0, le=1, description="Chance of each deliberate fault, where designs are drawn.")

    @field_validator("path")
    @classmethod
    def _needed(cls, path: str | None, info: ValidationInfo) -> str | None:
        if not path and info.data.get("source") != "synthetic":
            raise ValueError(f"source: {info.data.get('source')} needs the folder to import")
        return path


class Params(config.Section):
    base: config.Base
    render: Render
    data: Data
    tracking: config.Tracking = config.Tracking()


def main() -> None:
    params = config.load(Params)
    with tracking.stage("generate", config.flatten(params.data), params.tracking.enabled) as run:
        written = drawn(params) if params.data.source == "synthetic" else imported(params)
        facts = {"source": params.data.source, "seed": params.base.seed, "engine": params.render.engine}
        shards.write_manifest(DATASET, written, **facts)
        for split in written:
            run.artifact(SHEETS / f"{split}.png", "contact_sheets")


def drawn(params: Params) -> dict[str, list[dict]]:
    """Synthetic designs: the shards of every split."""
    seed, faults, engine = params.base.seed, params.data.fault_rate, params.render.engine
    return {
        split: write(split, counted(synthesise.rows(split, count, seed, faults, engine), count, split))
        for split, count in params.data.splits
    }


def imported(params: Params) -> dict[str, list[dict]]:
    """Example folders: the shards of every split of which an example can be used. UserError if there is none."""
    source = importing.Import(config.project_root() / str(params.data.path))
    written = {}
    for split, folders in importing.find(source).items():
        rows = source.draw(split, counted(folders, len(folders), split))
        if (first := next(rows, None)) is not None:
            written[split] = write(split, chain([first], rows))
    write_json(DATASET / "import.json", source.summary())
    print(f"{source.sentence()} See {DATASET / 'import.json'}.", file=sys.stderr)
    if not written:
        raise config.UserError(f"No example of {source.folder} can be used; {DATASET / 'import.json'} says why.")
    return written


def write(split: str, rows: Iterator[dict]) -> list[dict]:
    """The shards of one split, and its contact sheet."""
    entries = shards.write_split(DATASET, split, rows)
    save_contact_sheet(
        SHEETS / f"{split}.png", shards.iterate_shards([DATASET / entry["file"] for entry in entries], ["image"])
    )
    return entries


if __name__ == "__main__":
    config.run_stage(main)
