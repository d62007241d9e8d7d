"""Shards: what goes in comes out, in pieces, and others can read them."""

import json

import pandas as pd
import pyarrow.parquet as pq
import pytest

from unrender.config import UserError
from unrender.data import shards, synthesise
from unrender.data.schema import SCHEMA


@pytest.fixture(scope="module")
def made() -> list[dict]:
    return list(synthesise.rows("train", 7, 0, 0.3, "blitz", workers=1))


@pytest.fixture
def folder(tmp_path, made):
    entries = {
        "train": shards.write_split(tmp_path, "train", made, rows_per_shard=3),
        "val": shards.write_split(tmp_path, "val", []),
    }
    shards.write_manifest(tmp_path, entries, source="synthetic", seed=0)
    return tmp_path


def test_round_trip(folder, made):
    back = list(shards.iterate(folder, "train"))
    assert [row["id"] for row in back] == [row["id"] for row in made]
    exact = ("image", "colour", "dsl", "html", "structure", "layout", "texts", "seed", "elements", "recipe")
    assert all(row[name] == first[name] for row, first in zip(back, made, strict=True) for name in exact)
    assert back[0]["tone"] == pytest.approx(made[0]["tone"], abs=1e-6)
    assert shards.read_table(folder, "train").schema.equals(SCHEMA)


def test_shards_hold_as_many_rows_as_asked(folder):
    manifest = shards.read_manifest(folder)
    assert [entry["rows"] for entry in manifest["splits"]["train"]["shards"]] == [3, 3, 1]
    assert manifest["splits"]["train"]["rows"] == 7
    assert all(
        shards.sha256(folder / entry["file"]) == entry["sha256"] for entry in manifest["splits"]["train"]["shards"]
    )


def test_an_empty_split_has_a_schema(folder):
    assert shards.read_table(folder, "val").num_rows == 0
    assert shards.known_splits(folder) == ["train", "val"]


def test_same_rows_same_bytes(folder, tmp_path, made):
    again = shards.write_split(tmp_path / "again", "train", made, rows_per_shard=3)
    assert again == shards.read_manifest(folder)["splits"]["train"]["shards"]


def test_other_readers(folder, made):
    path = folder / "train-00000.parquet"
    frame = pd.read_parquet(path)
    assert frame["dsl"].tolist() == [row["dsl"] for row in made[:3]]
    assert pq.read_table(path, columns=["id"]).num_rows == 3


def test_duckdb(folder):
    duckdb = pytest.importorskip("duckdb")
    assert duckdb.sql(f"select count(*) from '{folder}/train-*.parquet'").fetchone() == (7,)


def test_hugging_face_datasets(folder):
    datasets = pytest.importorskip("datasets")
    read = datasets.Dataset.from_parquet(str(folder / "train-00000.parquet"))
    assert read.cast_column("image", datasets.Image())[0]["image"].size == (256, 256)


def test_bad_manifests_are_named(folder):
    path = folder / shards.MANIFEST
    with pytest.raises(UserError, match="no split 'test'"):
        shards.shard_paths(folder, "test")
    path.write_text(json.dumps({"schema_version": 99, "splits": {}}))
    with pytest.raises(UserError, match="schema version 99"):
        shards.read_manifest(folder)
    path.write_text('{"splits": ')
    with pytest.raises(UserError, match=r"manifest\.json, line 1: not JSON"):
        shards.read_manifest(folder)
    path.unlink()
    with pytest.raises(UserError, match=r"manifest\.json is missing"):
        shards.read_manifest(folder)


def test_bad_shards_are_named(folder):
    (folder / "train-00001.parquet").write_bytes(b"not parquet at all")
    with pytest.raises(UserError, match=r"train-00001\.parquet is not a readable Parquet file"):
        shards.read_table(folder, "train")
    (folder / "train-00001.parquet").unlink()
    with pytest.raises(UserError, match=r"train-00001\.parquet is named in the manifest but missing"):
        shards.read_table(folder, "train")
