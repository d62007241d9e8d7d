"""Example folders: whatever is in them is read or named, and what is written is read back as it was."""

import json
import shutil
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from tests.data.example_folders import (
    COPIES,
    REPEATED,
    SWAPPED,
    TRAIN,
    document,
    drawn,
    layout,
    picture,
    published,
    write,
)
from tests.data.spoiling import make, rows_of
from tests.stage_runs import laid_out, run
from unrender.config import UserError
from unrender.data import pictures, shards
from unrender.data.examples.exporting import export
from unrender.data.examples.importing import Import, find, home_split
from unrender.design.section_tree import flatten, labels, walk


def rules(source: Import, level: str = "") -> list[str]:
    return [finding.rule for finding in source.findings if level in ("", finding.level)]


@pytest.fixture(scope="module")
def set_of_30(tmp_path_factory):
    return published(tmp_path_factory.mktemp("published"))


# --- a published set -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def imported(set_of_30):
    return drawn(set_of_30)


def test_no_example_of_the_published_set_is_lost(imported):
    source, rows = imported
    assert [row["id"] for row in rows["train"]] == [f"train-example_{number:02d}" for number in range(1, TRAIN + 1)]
    assert rows["val"] == rows["test"] == []
    assert source.examples == TRAIN + 5 + 7


def test_every_fault_of_the_published_set_is_named(imported):
    source, _ = imported
    named = {rule: [f for f in source.findings if f.rule == rule] for rule in rules(source)}
    assert set(named) == {"swapped_files", "repeated_key", "duplicate_across"}
    swapped = [f.file for f in named["swapped_files"] if f.file.startswith("train")]
    assert swapped == [f"train/example_{index + 1:02d}/structure.json" for index in SWAPPED]
    copies = {f.file.rpartition("/")[0]: f.sentence for f in named["duplicate_across"]}
    for split, indices in COPIES.items():
        for index in indices:
            assert f"train/example_{index + 1:02d}." in copies.pop(f"{split}/example_{index + 1:02d}")
    assert not copies
    assert len(source.quarantined) == 12
    repeated = {f.file.split("/")[1]: f.sentence for f in named["repeated_key"] if f.file.startswith("train")}
    assert set(repeated) == {f"example_{index + 1:02d}" for index in REPEATED}
    assert all("'div.column' 3 times" in text and "div.grid.wide[" in text for text in repeated.values())


def test_repeated_children_are_kept_in_order_and_each_is_pointed_to(imported):
    row = imported[1]["train"][REPEATED[0]]
    structure, tree = json.loads(row["structure"]), json.loads(row["layout"])
    grid = structure["children"][0]["children"][0]["children"][0]["children"][0]
    assert [child["classes"] for child in grid["children"]] == [["column"]] * 3
    found = {node["type"]: node for node in walk(tree["structure"])}
    wrappers = [column["children"][0] for column in found["grid"]["children"]]
    assert [wrapper["source"] for wrapper in wrappers] == [[child["id"]] for child in grid["children"]]
    below = [[inner["source"][0] for inner in wrapper["children"]] for wrapper in wrappers]
    assert below == [[inner["id"] for inner in child["children"]] for child in grid["children"]]
    assert (row["elements"], row["depth"], row["columns"]) == (16, 5, 3)


def test_swapped_files_give_what_they_give_unswapped(imported, tmp_path):
    right = write(tmp_path / "train" / "a", picture(SWAPPED[0]), document(SWAPPED[0]), layout(SWAPPED[0])).parent.parent
    row = drawn(right)[1]["train"][0]
    assert {name: row[name] for name in ("structure", "layout", "image")} == {
        name: imported[1]["train"][SWAPPED[0]][name] for name in ("structure", "layout", "image")
    }


def test_a_document_and_its_layout_by_hand(imported):
    row = imported[1]["train"][3]
    structure, found = json.loads(row["structure"]), json.loads(row["layout"])
    nodes = flatten(structure)
    assert nodes.ids == tuple(f"n{number}" for number in range(13))
    assert nodes.parents.tolist() == [-1, 0, 1, 2, 3, 4, 5, 4, 3, 3, 1, 10, 10]
    assert nodes.tags == tuple("main header div div div div h1 img a a div div svg".split())
    assert nodes.classes[4] == ("grid", "wide") and nodes.classes[9] == ("button", "is-second", "w-button")
    assert {ids: flags for ids, flags in zip(nodes.ids, nodes.flags, strict=True) if flags} == {
        "n3": ("d:flex",), "n4": ("col:2", "d:grid"), "n11": ("p:absolute",),
    }  # fmt: skip
    assert (nodes.characters.tolist(), nodes.words.tolist()) == (
        [0, 0, 0, 0, 0, 0, 11, 0, 2, 4, 0, 0, 0], [0, 0, 0, 0, 0, 0, 2, 0, 1, 1, 0, 0, 0],
    )  # fmt: skip
    assert [index for index, shows in enumerate(nodes.pictured) if shows] == [7, 12]
    assert found["props"] == {"background_image": [], "background_video": [], "background_overlay": ["n11"]}
    assert [(e["type"], e["source"]) for e in walk(found["structure"])] == [
        ("section", ["n1", "n2", "n3"]),
        ("grid", ["n4"]), ("column", []), ("wrapper", ["n5"]), ("heading", ["n6"]), ("column", []), ("image", ["n7"]),
        ("freedom", []), ("icon", ["n12"]), ("button", ["n8"]), ("button", ["n9"]),
    ]  # fmt: skip
    assert (row["page_width"], row["page_height"], row["goal"], row["html"]) == (384, 200, None, None)
    assert labels(nodes, found).owners[:4].tolist() == [0, 1, 1, 1]


# --- folders ---------------------------------------------------------------------------------------


def test_folders_that_are_none_are_one_sentence(tmp_path):
    with pytest.raises(UserError, match="no such folder"):
        find(Import(tmp_path / "absent"))
    with pytest.raises(UserError, match="holds no example folder"):
        find(Import(tmp_path))
    with pytest.raises(UserError, match="is one example"):
        find(Import(write(tmp_path / "one", picture(0), document(0), layout(0))))


def test_examples_beside_the_splits_are_named(tmp_path):
    write(tmp_path / "train" / "a", picture(0), document(0), layout(0))
    write(tmp_path / "extra" / "b", picture(1), document(1), layout(1))
    source, rows = drawn(tmp_path)
    assert list(rows) == ["train"]
    assert [(f.rule, f.file) for f in source.findings] == [("stray_folder", "extra")]


def test_without_splits_the_screenshot_decides_and_copies_stay_together(tmp_path):
    for index in range(60):
        write(tmp_path / f"page-{index}", picture(index, 120, 32), document(index), layout(index))
    shutil.copytree(tmp_path / "page-7", tmp_path / "page-7b")
    source, rows = drawn(tmp_path)
    assert {split: len(found) for split, found in rows.items()} == dict(source.rows)
    assert source.rows.total() == 60 and 36 <= source.rows["train"] <= 58
    assert rules(source).count("duplicate") == 1 and source.quarantined[0]["example"] == "page-7b"
    assert home_split(tmp_path / "page-7b") == home_split(tmp_path / "page-7")
    shutil.rmtree(tmp_path / "page-0")
    rest = drawn(tmp_path)[1]
    assert all(row in rows[split] for split, found in rest.items() for row in found)  # nobody moved


def test_ids_are_unique(tmp_path):
    for index, name in enumerate(["a", "train-a", "train-train-a"]):
        write(tmp_path / "train" / name, picture(index), document(index), layout(index))
    ids = [row["id"] for row in drawn(tmp_path)[1]["train"]]
    assert len(set(ids)) == 3


# --- out and in again ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    return make(tmp_path_factory.mktemp("dataset") / "data")


KEPT = ("id", "split", "structure", "layout", "page_width", "page_height")


def test_our_own_rows_come_back_as_they_went(dataset, tmp_path):
    before = {row["id"]: row for split in shards.known_splits(dataset) for row in rows_of(dataset, split)}
    done = export(tmp_path, before.values())
    assert (done.written, done.skipped) == (len(before), 0)
    source, rows = drawn(tmp_path)
    after = {row["id"]: row for found in rows.values() for row in found}
    assert not source.findings and set(after) == set(before)
    for name, row in after.items():
        assert {column: row[column] for column in KEPT} == {column: before[name][column] for column in KEPT}
        np.testing.assert_array_equal(pictures.decode(row["image"]), pictures.decode(before[name]["image"]))


def test_imported_rows_come_back_too(imported, tmp_path):
    export(tmp_path, imported[1]["train"])
    again = drawn(tmp_path)[1]["train"]
    assert again == imported[1]["train"]


def test_export_replaces_whole_folders_and_counts_what_it_skips(dataset, tmp_path):
    row = rows_of(dataset, "val")[0]
    (tmp_path / "val" / row["id"]).mkdir(parents=True)
    (tmp_path / "val" / row["id"] / "old.txt").touch()
    done = export(tmp_path, [row, row | {"layout": None}, row | {"structure": None}])
    assert (done.written, done.skipped) == (1, 2)
    names = sorted(path.name for path in (tmp_path / "val").rglob("*"))
    assert names == sorted([row["id"], "layout.json", "screenshot.png", "structure.json"])
    with pytest.raises(UserError, match="cannot be the name of a folder"):
        export(tmp_path, [row | {"id": "../out"}])


def test_a_page_of_other_proportions_is_named(dataset, tmp_path):
    row = rows_of(dataset, "val")[0]
    export(tmp_path, [row])
    path = tmp_path / "val" / row["id"] / "screenshot.png"
    Image.new("RGB", (50, 700)).save(path)
    source, rows = drawn(tmp_path)
    assert rules(source) == ["page_size"]
    assert (rows["val"][0]["page_width"], rows["val"][0]["page_height"]) == (50, 700)


def test_export_command(dataset, tmp_path):
    (tmp_path / "dvc.yaml").write_text("stages: {}\n")
    command = [sys.executable, "-m", "unrender.cli", "export", "out", "--dataset", str(dataset), "--limit", "2"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout == "10 exported -> out\n"
    assert len(list(tmp_path.glob("out/*/*/layout.json"))) == 10
    done = subprocess.run([*command, "--split", "dev"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 2 and "no split 'dev'" in done.stderr


# --- the stages ----------------------------------------------------------------------------------

PARAMS = """
base: {seed: 0}
render: {engine: blitz}
data:
  source: examples
  path: PATH
  fault_rate: 0.3
  splits: {train: 1, val: 1, test: 1, test_composition: 1, test_theme: 1}
validate: {fix: true, max_error_rate: 0.0, sample: 4, near_duplicate: 3}
tracking: {enabled: false}
"""


def stage(project, name: str, path: str) -> subprocess.CompletedProcess:
    return run(laid_out(project, PARAMS.replace("PATH", path)), name)


def test_a_published_set_goes_through_generate_and_validate(tmp_path, set_of_30):
    done = stage(tmp_path, "generate", str(set_of_30))
    assert done.returncode == 0, done.stderr
    assert "30 of 42 examples imported, 12 left out" in done.stderr
    manifest = shards.read_manifest(tmp_path / "data/dataset")
    assert manifest["source"] == "examples" and {k: v["rows"] for k, v in manifest["splits"].items()} == {"train": 30}
    report = json.loads((tmp_path / "data/dataset/import.json").read_text())
    assert report["rows"] == {"train": 30} and len(report["quarantined"]) == 12
    assert (tmp_path / "data/contact_sheets/train.png").exists()

    done = stage(tmp_path, "validate", str(set_of_30))
    assert done.returncode == 0, done.stderr
    assert "30 of 30 rows hold: 0 repaired, 0 quarantined" in done.stderr
    found = json.loads((tmp_path / "metrics/dataset.json").read_text())
    assert found["rows"] == {"train": 30} and found["ceiling"] == found["floor"] == {}
    assert set(found["spread"].values()) == set(found["class_balance"]["goal"].values()) == {None}
    assert (tmp_path / "data/validation/report.html").exists()


def test_mistakes_of_the_params_are_one_sentence(tmp_path):
    for path, says in [("null", "data.path"), ("absent", "no such folder")]:
        done = stage(tmp_path, "generate", path)
        assert done.returncode == 2 and done.stderr.startswith("error: ") and done.stderr.count("\n") == 1
        assert says in done.stderr


def test_an_import_without_a_usable_example_says_where_to_look(tmp_path):
    write(tmp_path / "mine" / "train" / "a", b"", document(0), layout(0))
    done = stage(tmp_path, "generate", "mine")
    assert done.returncode == 2
    assert "can be used; data/dataset/import.json says why." in done.stderr
    assert json.loads((tmp_path / "data/dataset/import.json").read_text())["rules"] == {"picture_broken": 1}
