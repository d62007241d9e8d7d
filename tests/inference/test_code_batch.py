"""Folders of screenshots and their codes: whole, once, the same bytes, and one bad file never stops the rest."""

import json

import pytest
from PIL import Image

from tests.inference.small_coder import save_coder
from unrender.design.languages import foreign
from unrender.inference import code_batch
from unrender.inference.batch import Outcome
from unrender.inference.code_batch import write_codes
from unrender.inference.code_reader import CodeReader
from unrender.inference.files import find_images, output_folders
from unrender.models.code_writing import Search

WHOLE = {"code.gui", "page.html", "preview.png", "attention.gif", "code.json"}


@pytest.fixture(scope="module")
def reader(tmp_path_factory) -> CodeReader:
    return CodeReader.load(save_coder(tmp_path_factory.mktemp("model") / "coder.safetensors"))


def run(reader, source, out, **options) -> Outcome:
    files, outcome = find_images(source), Outcome()
    assert list(write_codes(reader, files, output_folders(files, source, out), outcome, **options)) == files
    return outcome


def contents(out):
    return {str(path.relative_to(out)): path.read_bytes() for path in sorted(out.rglob("*")) if path.is_file()}


def test_all_are_written_the_bad_one_is_named_and_nothing_is_done_twice(reader, folder, tmp_path):
    out = tmp_path / "out"
    first = run(reader, folder, out)
    assert (first.read, first.skipped, [path.name for path in first.failed]) == (3, 0, ["broken.png"])
    assert {str(path.relative_to(out)) for path in out.rglob("*.*")} == {
        f"{page}/{name}" for page in ("a", "b", "sub/a") for name in WHOLE
    }
    assert "chosen" in first.meanings[folder / "a.png"]
    written = {path: path.stat().st_mtime_ns for path in out.rglob("*.*")}
    second = run(reader, folder, out)
    assert (second.read, second.skipped, len(second.failed)) == (0, 3, 1)
    assert {path: path.stat().st_mtime_ns for path in out.rglob("*.*")} == written


def test_what_is_written_is_what_was_read(reader, folder, tmp_path):
    run(reader, folder, tmp_path)
    with Image.open(folder / "a.png") as file:
        code = reader.read(file)
    assert (tmp_path / "a/code.gui").read_text() == code.text == foreign().canonical(code.text)
    assert (tmp_path / "a/page.html").read_text() == code.page.html
    with Image.open(tmp_path / "a/preview.png") as picture:
        assert picture.size == (800, 460)
    record = json.loads((tmp_path / "a/code.json").read_text())
    assert (record["language"], record["file"], record["model"]) == ("pix2code", "a.png", reader.digest)
    assert (record["words"], record["choices"]) == (len(code.written.words), len(code.written.chosen))
    assert 0 < record["confidence"] < 1


def test_the_same_pages_give_the_same_bytes_in_whatever_company(reader, folder, tmp_path):
    run(reader, folder, tmp_path / "one")
    run(reader, folder, tmp_path / "two")
    assert contents(tmp_path / "one") == contents(tmp_path / "two")
    run(reader, folder / "b.jpg", tmp_path / "alone")
    assert contents(tmp_path / "alone/b") == contents(tmp_path / "one/b")


def test_a_changed_page_model_or_search_is_written_again(reader, folder, tmp_path):
    out = tmp_path / "out"
    run(reader, folder, out)
    Image.new("RGB", (50, 50), "green").save(folder / "a.png")
    assert run(reader, folder, out).read == 1
    assert run(CodeReader(reader.model, reader.language, "other weights"), folder, out).read == 3
    assert run(CodeReader(reader.model, reader.language, "other weights", Search(beam=2)), folder, out).read == 3


def test_without_the_animation_an_old_one_does_not_stay(reader, folder, tmp_path):
    run(reader, folder, tmp_path / "out")
    assert run(reader, folder, tmp_path / "out", gif=False).read == 3
    assert not list(tmp_path.rglob("attention.gif"))
    assert len(list(tmp_path.rglob("preview.png"))) == 3


def test_a_killed_run_leaves_nothing_that_looks_whole(reader, folder, monkeypatch):
    """Nor anything that looks like a page to read, where the output is inside of the source."""
    calls = []

    def interrupted(path, *rest):
        calls.append(path)
        if len(calls) == 2:
            raise KeyboardInterrupt
        path.write_bytes(b"GIF")

    monkeypatch.setattr(code_batch, "save_attention", interrupted)
    with pytest.raises(KeyboardInterrupt):
        run(reader, folder, folder / "out")
    monkeypatch.undo()
    again = run(reader, folder, folder / "out")
    assert (again.read, again.skipped) == (2, 1)


def test_what_else_is_in_a_folder_stays(reader, folder, tmp_path):
    (tmp_path / "out/a").mkdir(parents=True)
    (tmp_path / "out/a/notes.txt").write_text("mine")
    run(reader, folder, tmp_path / "out")
    assert (tmp_path / "out/a/notes.txt").read_text() == "mine"


def test_a_file_in_the_way_is_named_and_the_rest_is_written(reader, folder, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out/sub").write_text("a file")
    found = run(reader, folder, tmp_path / "out")
    assert found.read == 2 and "a file is in the way" in found.failed[folder / "sub/a.png"]
