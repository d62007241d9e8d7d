"""Pages and folders of them: found, laid out whole or not at all, once, and one bad page never stops the rest."""

import json
import shutil

import numpy as np
import pytest
import typer
from PIL import Image

from tests.inference.layout_fakes import ByTag
from unrender import cli
from unrender.artifacts import write_json
from unrender.config import UserError
from unrender.design.section_tree import KINDS, Reading, assemble, flatten
from unrender.inference import layout_batch
from unrender.inference.batch import Outcome
from unrender.inference.document_files import MAX_DEPTH
from unrender.inference.layout_batch import ShownPage, lay_out_pages, placed, summary
from unrender.inference.layout_files import PageFiles, find_pages, page_folders

DOCUMENT = {
    "id": "root", "tag": "main",
    "children": [{"id": "s", "tag": "section", "children": [
        {"id": "h", "tag": "h1", "children": [{"id": "t", "tag": "span", "children": []}]},
        {"id": "i", "tag": "img", "src": "x", "children": []},
    ]}],
}  # fmt: skip
HTML = (
    "<style>section{display:flex}</style><section id=s><h1 id=h>Big</h1><img id=i src=x width=30 height=20></section>"
)


@pytest.fixture
def folder(tmp_path):
    source = tmp_path / "pages"
    for name in ("a.png", "sub/b.jpg", "ex/screenshot.png", "lone.png", "bad.png"):
        path = source / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (80, 60), "white").save(path)
    for name in ("a.json", "sub/b.json", "ex/structure.json", "half/structure.json"):
        write_json(source / name, DOCUMENT)
    (source / "bad.json").write_text('{"structure": [], "props": {}}')
    (source / "c.html").write_text(HTML)
    (source / "notes.json").write_text("{}")
    return source


def run(source, out, reader=None) -> Outcome:
    (pages, _), outcome = find_pages(source), Outcome()
    targets = page_folders(pages, source, out)
    assert list(lay_out_pages(reader or ByTag(), pages, targets, outcome)) == [page.path for page in pages]
    return outcome


def contents(out):
    return {str(path.relative_to(out)): path.read_bytes() for path in sorted(out.rglob("*")) if path.is_file()}


def test_a_folder_is_laid_out_its_bad_pages_named_and_nothing_done_twice(folder, tmp_path):
    out = tmp_path / "out"
    first = run(folder, out)
    assert (first.read, first.skipped) == (4, 0)
    assert {path.parent.name + "/" + path.name for path in first.failed} == {"pages/bad.png", "half/screenshot.png"}
    assert "swapped" in first.failed[folder / "bad.png"]
    whole = {"layout.json", "wireframe.png", "layout_reading.json"}
    assert {path.parent.name for path in out.rglob("layout.json")} == {"a", "b", "ex", "c"}
    assert {path.name for path in (out / "sub/b").iterdir()} == whole
    assert {path.name for path in (out / "c").iterdir()} == whole | {"screenshot.png", "structure.json"}

    written = {path: path.stat().st_mtime_ns for path in out.rglob("*.*")}
    second = run(folder, out)
    assert (second.read, second.skipped, len(second.failed)) == (0, 4, 2)
    assert {path: path.stat().st_mtime_ns for path in out.rglob("*.*")} == written


def test_the_same_pages_give_the_same_bytes(folder, tmp_path):
    run(folder, tmp_path / "one")
    run(folder, tmp_path / "two")
    assert contents(tmp_path / "one") == contents(tmp_path / "two")


def test_a_changed_page_document_or_model_is_read_again(folder, tmp_path):
    out = tmp_path / "out"
    run(folder, out)
    Image.new("RGB", (80, 60), "green").save(folder / "a.png")
    write_json(folder / "ex/structure.json", DOCUMENT | {"children": []})
    assert run(folder, out).read == 2
    assert run(folder, out, ByTag("other weights")).read == 4


def test_a_killed_run_leaves_nothing_that_looks_whole(folder, tmp_path, monkeypatch):
    out, calls = tmp_path / "out", []

    def interrupted(picture, layout):
        calls.append(layout)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return picture

    monkeypatch.setattr(layout_batch, "over", interrupted)
    with pytest.raises(KeyboardInterrupt):
        run(folder, out)
    monkeypatch.undo()
    assert len(list(out.rglob("layout_reading.json"))) == 1
    assert run(folder, out).skipped == 1


def test_output_inside_the_source_is_no_page(folder):
    run(folder, folder / "out")
    again = run(folder, folder / "out")
    assert (again.read, again.skipped) == (0, 4)


def test_the_label_of_an_example_is_never_written_over(folder):
    write_json(folder / "ex/layout.json", {"structure": [], "props": {}})
    for source, out in ((folder, folder), (folder / "ex", folder)):
        with pytest.raises(UserError, match="itself"):
            run(source, out)
    assert json.loads((folder / "ex/layout.json").read_text()) == {"structure": [], "props": {}}


def test_the_layout_is_that_of_the_reading_in_px_of_the_page(tmp_path):
    Image.new("L", (8192, 4096), 255).save(tmp_path / "wide.png")  # read at half its size
    write_json(tmp_path / "wide.json", DOCUMENT)
    reader, outcome = ByTag(), Outcome()
    page = PageFiles(tmp_path / "wide.json", tmp_path / "wide.png")
    list(lay_out_pages(reader, [page], [tmp_path / "out"], outcome))
    assert reader.seen == [((4096, 2048), "RGB")]
    layout = json.loads((tmp_path / "out/layout.json").read_text())
    (section,) = layout["structure"]
    assert (section["source"], section["box"]) == (["s"], [2, 2, 4096, 2048])
    heading, image = section["children"]
    assert (heading["source"], heading["box"]) == (["h", "t"], [4, 4, 4096, 2048])
    assert image["type"] == "image"
    assert Image.open(tmp_path / "out/wireframe.png").width == 4096  # a legend below it
    assert outcome.meanings == {tmp_path / "out": "3 elements: section 1, heading 1, image 1"}


def test_on_pages_of_html_elements_lie_where_the_engine_put_them(folder, tmp_path):
    run(folder, tmp_path)
    (section,) = json.loads((tmp_path / "c/layout.json").read_text())["structure"]
    assert section["source"] == ["s"] and section["box"][2] == 1264
    assert section["children"][1]["box"][2] == 30
    assert flatten(json.loads((tmp_path / "c/structure.json").read_text())).ids == ("body", "s", "h", "i")


def test_only_first_nodes_of_elements_that_are_shown_get_the_engines_box():
    document = flatten(DOCUMENT)
    image = Image.new("RGB", (10, 10))
    known = np.full((5, 4), 7.0)
    known[2] = np.nan
    found = placed(ByTag().read(image, document), ShownPage(document, image, boxes=known)).boxes
    assert np.isnan(found[[0, 3]]).all()
    assert found[1].tolist() == found[4].tolist() == [7, 7, 7, 7]
    assert found[2].tolist() == [2, 2, 5, 5]


def test_the_deepest_document_can_be_written(tmp_path):
    tree = {"id": "0", "tag": "section", "children": []}
    for k in range(1, MAX_DEPTH):
        tree = {"id": str(k), "tag": "section", "children": [tree]}
    write_json(tmp_path / "a.json", tree)
    Image.new("RGB", (9, 9)).save(tmp_path / "a.png")
    assert run(tmp_path, tmp_path / "out").read == 1


def test_layers_and_single_elements_are_counted():
    document = flatten(DOCUMENT)
    kinds = np.array([KINDS.index(kind) for kind in ("merged", "section", "merged", "merged", "background_image")])
    layout = assemble(document, Reading(kinds, np.array([0, 1, 1, 1, 4]), np.full((5, 4), np.nan)))
    assert summary(layout) == "1 element: section 1; background_image 1"
    assert summary({"structure": [], "props": {}}) == "0 elements"


def test_pages_are_found_in_order_and_images_alone_are_told(folder):
    pages, alone = find_pages(folder)
    assert [str(page.path.relative_to(folder)) for page in pages] == [
        "a.png", "bad.png", "c.html", "ex/screenshot.png", "half/screenshot.png", "sub/b.jpg",
    ]  # fmt: skip
    assert alone == [folder / "lone.png"]


def test_every_page_has_a_folder_of_its_own(tmp_path):
    pages = [
        PageFiles(tmp_path / "a.html"),
        PageFiles(tmp_path / "a.json", tmp_path / "a.png"),
        PageFiles(tmp_path / "x/structure.json", tmp_path / "x/screenshot.png"),
        PageFiles(tmp_path / "y/b.htm"),
        PageFiles(tmp_path / "structure.json", tmp_path / "screenshot.png"),
    ]
    tmp_path.joinpath("a.html").touch()
    names = [str(path.relative_to("out")) for path in page_folders(pages, tmp_path, tmp_path.__class__("out"))]
    assert names == ["a.html", "a.png", "x", "y/b", tmp_path.name]


@pytest.mark.parametrize(
    ("source", "document", "says"),
    [
        ("absent", None, "no such file"),
        ("a.png", None, "needs its document"),
        ("a.json", "a.png", "where the screenshot belongs"),
        ("c.html", "a.json", "brings its own document"),
        (".", "a.json", "brings its own document"),
        ("empty", None, "holds no page"),
    ],
)
def test_what_cannot_be_laid_out_is_said(folder, source, document, says):
    (folder / "empty").mkdir()
    with pytest.raises(UserError, match=says):
        find_pages(folder / source, document and folder / document)


def test_the_command_says_what_it_found_and_ends_as_read_does(folder, tmp_path, capsys):
    def finish(source):
        (pages, _), outcome = find_pages(source), Outcome()
        work = lay_out_pages(ByTag(), pages, page_folders(pages, source, tmp_path / "out"), outcome)
        cli.finish(work, outcome, tmp_path / "out")

    with pytest.raises(typer.Exit) as ending:
        finish(folder)
    said = capsys.readouterr()
    assert ending.value.exit_code == 1
    assert "ex: 3 elements: section 1, heading 1, image 1\n" in said.out
    assert "4 read, 0 already done, 2 failed" in said.out
    assert said.err.count("error: ") == 2
    for bad in ("bad.json", "half"):
        shutil.rmtree(folder / bad) if (folder / bad).is_dir() else (folder / bad).unlink()
    finish(folder)
    assert "0 read, 4 already done, 0 failed" in capsys.readouterr().out
