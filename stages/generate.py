"""params.yaml -> data/dataset (Parquet shards + manifest), data/contact_sheets (a picture per split)."""

from pathlib import Path
from typing import Literal

from pydantic import Field

from unrender import config, tracking
from unrender.data import shards, synthesise
from unrender.data.contact_sheet import save_contact_sheet
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
    source: Literal["synthetic"] = Field(description="Where designs come from.")
    splits: Splits = Field(description="Designs per split.")
    fault_rate: float = Field(ge=0, le=1, description="Chance of each deliberate fault.")


class Params(config.Section):
    base: config.Base
    render: Render
    data: Data
    tracking: config.Tracking = config.Tracking()


def main() -> None:
    params = config.load(Params)
    with tracking.stage("generate", config.flatten(params.data), params.tracking.enabled) as run:
        written = {split: write(split, count, params) for split, count in params.data.splits}
        facts = {"source": "synthetic", "seed": params.base.seed, "engine": params.render.engine}
        shards.write_manifest(DATASET, written, **facts)
        for split in written:
            run.artifact(SHEETS / f"{split}.png", "contact_sheets")


def write(split: str, count: int, params: Params) -> list[dict]:
    """One split and its contact sheet."""
    rows = synthesise.rows(split, count, params.base.seed, params.data.fault_rate, params.render.engine)
    entries = shards.write_split(DATASET, split, counted(rows, count, split))
    save_contact_sheet(
        SHEETS / f"{split}.png", shards.iterate_shards([DATASET / entry["file"] for entry in entries], ["image"])
    )
    return entries


if __name__ == "__main__":
    config.run_stage(main)
