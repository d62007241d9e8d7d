"""Folders: resumable, whole or absent, and a bad file does not stop the rest."""

import json

import pytest
from PIL import Image

from unrender.config import UserError
from unrender.inference import batch
from unrender.inference.batch import Outcome, read_files
from unrender.inference.files import find_images, output_folders


def run(reader, source, out) -> Outcome:
    files, outcome = find_images(source), Outcome()
    seen = list(read_files(reader, files, output_folders(files, source, out), outcome, batch_size=2))
    assert seen == files
    return outcome


def test_reads_all_names_the_bad_one_and_skips_on_the_second_run(reader, folder, tmp_path):
    out = tmp_path / "out"
    first = run(reader, folder, out)
    assert (first.read, first.skipped) == (3, 0)
    assert [path.name for path in first.failed] == ["broken.png"]
    written = {path: path.stat().st_mtime_ns for path in out.rglob("*.png")}
    assert len(written) == 15

    second = run(reader, folder, out)
    assert (second.read, second.skipped, len(second.failed)) == (0, 3, 1)
    assert {path: path.stat().st_mtime_ns for path in out.rglob("*.png")} == written


def test_a_changed_page_or_model_is_read_again(reader, folder, tmp_path):
    out = tmp_path / "out"
    run(reader, folder, out)
    Image.new("RGB", (50, 50), "green").save(folder / "a.png")
    assert run(reader, folder, out).read == 1
    other = type(reader)(reader.model, "another digest")
    assert run(other, folder, out).read == 3


def test_a_killed_run_leaves_no_half_reading(reader, folder, tmp_path, monkeypatch):
    out, calls = tmp_path / "out", []

    def interrupted(picture, reading):
        calls.append(picture)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return picture

    monkeypatch.setattr(batch, "overlay", interrupted)
    with pytest.raises(KeyboardInterrupt):
        run(reader, folder, out)
    monkeypatch.undo()
    assert all((path.parent / "reading.json").exists() for path in out.rglob("*.png"))
    assert run(reader, folder, out).skipped == 1


def test_the_record_counts_in_pixels_of_the_page(reader, folder, tmp_path):
    run(reader, folder, tmp_path / "out")
    record = json.loads((tmp_path / "out/a/reading.json").read_text())
    assert (record["width"], record["height"], record["model"]) == (60, 40, reader.digest)
    assert sum(record["colours"].values()) == pytest.approx(1, abs=0.03)
    for left, top, width, height in record["text"]["boxes"] + record["image"]["boxes"]:
        assert left >= 0 and top >= 0 and left + width <= 61 and top + height <= 41


def test_output_inside_the_source_is_not_read_again(reader, folder):
    run(reader, folder, folder)
    assert run(reader, folder, folder).skipped == 3


def test_same_stem_does_not_share_a_folder(tmp_path):
    source = tmp_path / "pages"
    source.mkdir()
    files = [source / name for name in ("a.jpg", "a.png", "b.png")]
    assert output_folders(files, source, tmp_path) == [tmp_path / "a.jpg", tmp_path / "a.png", tmp_path / "b"]


def test_nothing_to_read_is_said(tmp_path):
    with pytest.raises(UserError, match="no such file"):
        find_images(tmp_path / "absent")
    with pytest.raises(UserError, match="no image"):
        find_images(tmp_path)


def test_no_folder_holds_another_or_a_file_that_is_read(tmp_path):
    """A folder that is written whole replaces what was there."""
    source = tmp_path / "x"
    source.mkdir()
    files = [source / name for name in ("x.png", "sub.png", "sub/a.png")]
    assert output_folders(files, source, tmp_path / "out") == [
        tmp_path / "out" / name for name in ("x", "sub.png", "sub/a")
    ]
    with pytest.raises(UserError, match="folder of files to read; choose another"):
        output_folders(files, source, tmp_path)  # x/x.png would go to x
    (tmp_path / "page").touch()
    with pytest.raises(UserError, match="is a file; choose another"):
        output_folders([tmp_path / "page"], tmp_path / "page", tmp_path)
