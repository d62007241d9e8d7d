"""Imported pages that one network alone can learn from: the pipeline runs through and says what it left out. Slow."""

import json

import pytest

from scripts import smoke
from tests.data.pix2code.pages import write, write_list
from tests.pipeline.conftest import Project
from unrender.artifacts import why_left_out
from unrender.overlay import lay_over

pytestmark = pytest.mark.slow

WITHOUT = ("encoder", "abstractor", "decoder", "finetune", "innovate", "layout")


@pytest.fixture(scope="module")
def imported(tmp_path_factory, root) -> Project:
    """The clone after one `dvc repro` on pages in pix2code's form."""
    folder = tmp_path_factory.mktemp("left_out")
    web, clone, over = folder / "web", folder / "clone", folder / "over.yaml"
    for split, first, count in (("train", 0, 24), ("test", 100, 8)):
        for index in range(first, first + count):
            write(web / split, f"page{index}", index)
    write_list(web / "val_pages.jsonl", {f"page{index}": index for index in range(200, 208)})
    smoke.copy_checkout(root, clone)
    smoke.shrink(clone)
    over.write_text(f"data:\n  source: pix2code\n  path: {web}\n")
    lay_over(clone / "params.yaml", over)
    project = Project(clone)
    project.run("dvc", "repro")
    return project


def test_the_coder_is_judged_and_the_others_are_left_out(imported):
    found = json.loads((imported.folder / "metrics/readiness.json").read_text())
    assert tuple(found["left_out"]) == tuple(sorted(WITHOUT))
    rooms = {name.partition(".")[0] for name in found["checks"]}
    assert rooms == {"coder", "data"}
    assert found["checks"]["coder.parse_rate"]["passed"]
    for name in WITHOUT:
        assert "nothing to learn" in (why_left_out(imported.folder / f"metrics/{name}.json") or "")
    report = (imported.folder / "metrics/report.html").read_text()
    assert "encoder was left out: " in report and 'id="coder"' in report


def test_use_of_what_was_left_out_is_refused_in_one_sentence(imported, tmp_path):
    done = imported.run("python", "-m", "unrender.cli", "draw", "-n", "1", "-o", str(tmp_path), check=False)
    assert done.returncode == 2
    assert done.stderr.startswith("error: ") and "models/decoder.safetensors was left out: data/clean: " in done.stderr
    assert done.stderr.count("\n") == 1


def test_dvc_can_show_it(imported):
    shown = json.loads(imported.run("dvc", "metrics", "show", "--json").stdout)
    assert "exact_match" in json.dumps(shown)
    drawn = json.loads(imported.run("dvc", "plots", "show", "--json").stdout)
    assert "coder" in json.dumps(drawn)
