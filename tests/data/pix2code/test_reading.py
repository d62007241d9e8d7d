"""What is wrong with a page is named, counted and left out; the others are kept."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.data.pix2code.pages import code, drawn, picture, write, write_list
from unrender.config import UserError
from unrender.data.pix2code.importing import Import, find
from unrender.data.pix2code.reading import parse
from unrender.design import pix2code

CODES = {
    "empty": (" \n", "empty_code", "holds no code"),
    "still open": (code(1).rstrip().removesuffix("}"), "unbalanced_braces", "1 braces are still open"),
    "closed too often": (code(1) + "}", "unbalanced_braces", "never opened"),
    "unknown": (code(1).replace("btn-active", "btn-blue"), "unknown_token", "Token 2, 'btn-blue'"),
    "header below": (code(1).removeprefix("header") + "header {\nbtn-active\n}", "syntax", "expected 'header'"),
    "half a row": ("row {\ndouble {\ntext\n}\n}\n", "syntax", "expected 'double'"),
    "mixed row": ("row {\ndouble {\ntext\n}\nsingle {\ntext\n}\n}\n", "syntax", "expected 'double', found 'single'"),
    "not text": (b"row {\xff}", "not_text", "at byte 5"),
}  # fmt: skip


@pytest.mark.parametrize("name", CODES)
def test_a_broken_code_is_named_and_the_rest_is_kept(name, tmp_path):
    gui, rule, says = CODES[name]
    write(tmp_path / "train", "good", 0)
    write(tmp_path / "train", "bad", 1, gui)
    source, rows = drawn(tmp_path)
    assert [row["id"] for split in rows.values() for row in split] == ["train-good"]
    assert [(f.rule, f.file) for f in source.findings] == [(rule, "train/bad.gui")]
    assert says in source.findings[0].sentence
    assert source.summary()["rules"] == {rule: 1}
    assert source.summary()["quarantined"] == [
        {"page": "train/bad.gui", "rule": rule, "sentence": source.findings[0].sentence}
    ]


@pytest.mark.parametrize("ending", [".gui", ".png"])
def test_a_missing_partner_is_named(ending, tmp_path):
    write(tmp_path / "train", "good", 0)
    write(tmp_path / "train", "bad", 1)
    (tmp_path / "train" / f"bad{ending}").unlink()
    source, rows = drawn(tmp_path)
    assert [row["id"] for row in rows["train"]] == ["train-good"]
    assert [finding.rule for finding in source.findings] == ["missing_file"]
    assert ending in source.findings[0].sentence and not source.findings[0].file.endswith(ending)


@pytest.mark.parametrize("data", [b"<html>", picture(1)[:300], b""])
def test_a_screenshot_that_cannot_be_read_is_named(data, tmp_path):
    write(tmp_path / "train", "good", 0)
    write(tmp_path / "train", "bad", 1)
    (tmp_path / "train" / "bad.png").write_bytes(data)
    source, rows = drawn(tmp_path)
    assert [row["id"] for row in rows["train"]] == ["train-good"]
    assert [finding.rule for finding in source.findings] == ["picture_broken"]
    assert str(tmp_path) not in json.dumps(source.summary())


def test_copies_are_left_out_within_a_split_and_across(tmp_path):
    for place, index in (("train/a", 0), ("train/b", 0), ("val/c", 0), ("val/d", 1), ("test/e", 2)):
        folder, name = place.split("/")
        write(tmp_path / folder, name, index)
    source, rows = drawn(tmp_path)
    assert {split: [row["id"] for row in made] for split, made in rows.items()} == {
        "train": ["train-a"], "val": ["val-d"], "test": ["test-e"],
    }  # fmt: skip
    assert [(f.rule, f.file) for f in source.findings] == [
        ("duplicate", "train/b.gui"), ("duplicate_across", "val/c.gui"),
    ]  # fmt: skip


def test_one_code_may_have_two_pictures_and_is_counted_across_splits(tmp_path):
    write(tmp_path / "train", "a", 0)
    write(tmp_path / "val", "b", 3)
    write(tmp_path / "test", "c", 1, code(0))
    write(tmp_path / "test", "d", 2, code(0).replace("\n", "  "))
    source, rows = drawn(tmp_path)
    assert not source.findings and len(rows["test"]) == 2
    assert source.summary()["codes_that_train_shows"] == {"val": 0, "test": 2}
    assert source.summary()["distinct_codes"]["test"] == 1
    assert {row["dsl"] for row in rows["test"]} == {code(0)}


LINES = {
    "no json": (b"{", "bad_line", "Line 2 is no JSON"),
    "deep": (b"[" * 100_000, "bad_line", "Line 2 is no JSON"),
    "not text": (b'{"id": "\xff"}', "bad_line", "Line 2 is no JSON"),
    "a list": (b"[]", "bad_line", "Line 2 holds no object"),
    "no code": (b'{"id": "b"}', "bad_line", "Line 2 has no text gui"),
    "numbers": (b'{"id": 1, "gui": 2}', "bad_line", "no text id and gui"),
    "empty": (b'{"id": "b", "gui": ""}', "empty_code", "Line 2: It holds no code"),
    "unknown": (b'{"id": "b", "gui": "row { quad }"}', "unknown_token", "Line 2: Token 2"),
    "twice": (json.dumps({"id": "a", "gui": code(5)}).encode(), "repeated_page", "the id 'a' of line 1"),
}  # fmt: skip


@pytest.mark.parametrize("name", LINES)
def test_a_bad_line_of_a_list_is_named_with_its_place(name, tmp_path):
    line, rule, says = LINES[name]
    write_list(tmp_path / "train_pages.jsonl", {"a": 0, "z": 3})
    first, last = (tmp_path / "train_pages.jsonl").read_bytes().splitlines()
    (tmp_path / "train_pages.jsonl").write_bytes(b"\n".join([first, line, b"", last]))
    write(tmp_path / "valid", "v", 1)
    source = Import(tmp_path)
    assert sorted(job.name for jobs in find(source).values() for job in jobs) == ["a", "v", "z"]
    assert [(f.rule, f.file, f.line) for f in source.findings] == [(rule, "train_pages.jsonl", 2)]
    assert says in source.findings[0].sentence and source.quarantined[0]["line"] == 2


def test_nothing_usable_is_one_sentence(tmp_path):
    with pytest.raises(UserError, match="no such folder"):
        find(Import(tmp_path / "none"))
    with pytest.raises(UserError, match="holds no page"):
        find(Import(tmp_path))
    write(tmp_path, "a", 0, "row {")
    with pytest.raises(UserError, match=r"a.gui: At its end, 1 braces"):
        find(Import(tmp_path))


def test_a_folder_of_a_list_that_is_no_split_is_named(tmp_path):
    write(tmp_path / "train", "a", 0)
    write_list(tmp_path / "other_pages.jsonl", {"b": 1})
    source = Import(tmp_path)
    assert [job.name for jobs in find(source).values() for job in jobs] == ["a"]
    assert [(f.rule, f.file) for f in source.findings] == [("stray_file", "other_pages.jsonl")]


@given(st.text() | st.lists(st.sampled_from(pix2code.vocabulary())).map(" ".join))
def test_any_text_is_a_canonical_code_or_a_named_fault(text):
    found, fault = parse(text)
    assert bool(found) != bool(fault)
    if found:
        assert parse(found) == (found, None)
