"""Where files lie, and which split their pages belong to."""

import pytest

from tests.data.pix2code.pages import code, write, write_list
from unrender.data.pix2code.importing import Import, find


def names(source: Import) -> dict[str, list[str]]:
    return {split: [job.name for job in jobs] for split, jobs in find(source).items()}


@pytest.mark.parametrize(
    ("codes", "pictures"),
    [("", ""), ("gui", "png"), ("gui", "images"), ("gui", ""), ("", "screenshots")],
)
@pytest.mark.parametrize("outside", [True, False])
def test_mixed_and_separate_folders_inside_splits_or_around_them(codes, pictures, outside, tmp_path):
    for split, count in (("train", 3), ("val", 1), ("test", 2)):
        for index in range(count):
            parts = [(split, kind) if outside else (kind, split) for kind in (codes, pictures)]
            places = [tmp_path.joinpath(*filter(None, part)) for part in parts]
            write(places[0], f"p{index}", index + 10 * count, pictures=places[1])
    source = Import(tmp_path)
    assert names(source) == {"train": ["p0", "p1", "p2"], "val": ["p0"], "test": ["p0", "p1"]}
    assert not source.findings


@pytest.mark.parametrize(("val", "test"), [("val", "test"), ("valid", "eval"), ("validation", "evaluation")])
def test_two_held_out_folders_are_val_and_test(val, test, tmp_path):
    for index, folder in enumerate(("train", val, test)):
        write(tmp_path / folder, folder, index)
    write_list(tmp_path / f"{test}_pages.jsonl", {"listed": 5, test: 2})
    assert names(Import(tmp_path)) == {"train": ["train"], "val": [val], "test": [test, "listed"]}


@pytest.mark.parametrize("held_out", ["valid", "eval"])
def test_a_single_held_out_folder_tests_with_its_screenshots_and_validates_with_its_list(held_out, tmp_path):
    write(tmp_path / "train", "a", 0)
    write(tmp_path / held_out, "b", 1)
    write_list(tmp_path / "train_pages.jsonl", {"a": 0, "c": 2})
    write_list(tmp_path / f"{held_out}_pages.jsonl", {"d": 3, "b": 1})
    source = Import(tmp_path)
    assert names(source) == {"train": ["a", "c"], "val": ["d"], "test": ["b"]}
    assert [job.screenshot is None for job in find(source)["train"]] == [False, True]


@pytest.mark.parametrize("listed", [True, False])
def test_without_a_second_kind_of_held_out_pages_a_tenth_of_train_validates(listed, tmp_path):
    write_list(tmp_path / "train_pages.jsonl", {f"t{index}": index for index in range(300)})
    if listed:
        write_list(tmp_path / "valid_pages.jsonl", {"v": 700})
    else:
        write(tmp_path / "valid", "v", 700)
    found = names(Import(tmp_path))
    assert found["test"] == ["v"]
    assert 15 <= len(found["val"]) <= 45 and len(found["train"]) + len(found["val"]) == 300


def test_without_folders_of_splits_the_code_decides_and_copies_of_it_stay_together(tmp_path):
    for index in range(60):
        write(tmp_path, f"p{index}", index)
        write(tmp_path, f"q{index}", 1000 + index, code(index))
    found = {split: {name[1:] for name in made} for split, made in names(Import(tmp_path)).items()}
    assert set(found) == {"train", "val", "test"} and len(found["train"]) > 36
    assert sum(len(made) for made in found.values()) == 60


def test_a_page_beside_folders_of_splits_and_a_name_used_twice_are_said(tmp_path):
    write(tmp_path / "train", "a", 0)
    write(tmp_path / "train" / "gui", "a", 1, pictures=tmp_path / "train" / "gui")
    write(tmp_path, "b", 2)
    source = Import(tmp_path)
    assert names(source) == {"train": ["a"]}
    assert sorted((f.rule, f.file) for f in source.findings) == [
        ("repeated_page", "train/gui/a.gui"), ("repeated_page", "train/gui/a.png"), ("stray_file", "b.gui"),
    ]  # fmt: skip
