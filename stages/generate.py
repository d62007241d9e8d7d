"""params.yaml -> data/dataset (Parquet shards + manifest), data/contact_sheets (a picture per split).

Designs are drawn, or example folders or pix2code's pages imported; then data/dataset/import.json says what was wrong
with them.
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
from unrender.data.pix2code import importing as pix2code
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
    source: Literal["synthetic", "examples", "pix2code"] = Field(
        description="Designs are drawn, or example folders imported, or pages of pix2code's web set (.gui and .png)."
    )
    path: str | None = Field(
        default=None,
        validate_default=True,
        description="Folder of what is imported, absolute or below the project. DVC does not watch it: when it has "
        "changed, run `dvc repro -f generate`.",
    )
    splits: Splits = Field(description="Designs per split, where they are drawn.")
    fault_rate: float = Field(ge=0, le=1, description="Chance of each deliberate fault, where designs are drawn.")

    genuine: bool = Field(
        default=True, description="pix2code: train on screenshots where there are some. false: all of train is drawn."
    )
    renders: int = Field(
        default=1, ge=1, description="pix2code: rows per page of train, each drawn in another look but the screenshot."
    )

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
        written = MADE[params.data.source](params)
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
    found = importing.find(source).items()
    return kept(source, {split: source.draw(split, counted(folders, len(folders), split)) for split, folders in found})


def coded(params: Params) -> dict[str, list[dict]]:
    """Pages of pix2code: the shards of every split of which a page can be used. UserError if there is none."""
    folder, data = config.project_root() / str(params.data.path), params.data
    source = pix2code.Import(folder, params.base.seed, params.render.engine, data.genuine, data.renders)
    found = pix2code.find(source).items()
    return kept(source, {split: counted(source.draw(split, jobs), len(jobs), split) for split, jobs in found})


MADE = {"synthetic": drawn, "examples": imported, "pix2code": coded}


def kept(source: importing.Import | pix2code.Import, splits: dict[str, Iterator[dict]]) -> dict[str, list[dict]]:
    """The shards of the splits that have rows, and import.json. UserError if none has."""
    written = {}
    for split, rows in splits.items():
        if (first := next(rows, None)) is not None:
            written[split] = write(split, chain([first], rows))
    write_json(DATASET / "import.json", source.summary())
    print(f"{source.sentence()} See {DATASET / 'import.json'}.", file=sys.stderr)
    if not written:
        raise config.UserError(f"Nothing in {source.folder} can be used; {DATASET / 'import.json'} says why.")
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
