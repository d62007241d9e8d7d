"""`unrender innovate` as people type it: what it writes, the same bytes twice, and mistakes in one sentence."""

import csv
import subprocess
import sys
import time

import numpy as np
import pytest
from PIL import Image

from tests.objectives.small_drawing import save_drawing


def innovate(*arguments, cwd) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "unrender.cli", "innovate", *map(str, arguments)]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    folder = tmp_path_factory.mktemp("project")
    (folder / "dvc.yaml").write_text("stages: {}\n")
    save_drawing(folder / "models")
    return folder


def contents(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_pages_before_and_after_with_all_that_led_there(project):
    brief = "--goal", "event", "--format", "poster", "--tone", "0.8", "-n", "2", "--steps", "1"
    done = innovate(*brief, "--seed", "1", "-o", "out", cwd=project)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("2 pages, predicted grammar ") and "out/sheet.png" in done.stdout
    found = contents(project / "out")
    each = "before.png", "after.png", "search.gif"
    assert sorted(found) == sorted([*(f"{i:04d}/{name}" for i in range(2) for name in each), "scores.csv", "sheet.png"])
    assert not (project / "out/.unfinished").exists()
    before = np.asarray(Image.open(project / "out/0000/before.png"))
    assert before.shape == (256, 256, 3) and before.std() > 0
    rows = list(csv.DictReader((project / "out/scores.csv").open()))
    assert [(row["page"], row["step"]) for row in rows] == [("0", "0"), ("0", "1"), ("1", "0"), ("1", "1")]
    assert {(row["goal"], row["format"], row["tone"], row["seed"]) for row in rows} == {("event", "poster", "0.8", "1")}

    assert innovate(*brief, "--seed", "1", "-o", "again", cwd=project).returncode == 0
    assert contents(project / "again") == found


def test_a_killed_search_goes_on_from_the_pages_it_had_found(project):
    command = [sys.executable, "-m", "unrender.cli", "innovate", "-n", "9", "--steps", "1", "-o", "killed"]
    with subprocess.Popen(command, cwd=project, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        while not (found := list((project / "killed").glob(".unfinished/*/0000.npz"))):
            assert process.poll() is None, "it ended without leaving what it had found"
            time.sleep(0.01)
        process.kill()
    with np.load(found[0]) as file:
        marked = {"pages": np.zeros_like(file["pages"]), "scores": file["scores"]}
    np.savez_compressed(found[0], **marked)
    other = project / "killed/.unfinished/other"
    other.mkdir()

    done = innovate("-n", "9", "--steps", "1", "-o", "killed", cwd=project)
    assert done.returncode == 0, done.stderr
    kept, searched = (np.asarray(Image.open(project / f"killed/{i:04d}/before.png")) for i in (0, 8))
    assert not kept.any() and searched.any()
    assert list((project / "killed/.unfinished").iterdir()) == [other]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--goal", "sel", "-o", "out"], "--goal"),
        (["--format", "flyer", "-o", "out"], "--format"),
        (["-o", "dvc.yaml"], "cannot be used as a folder"),
        (["-o", "out", "--models", "nowhere"], "nowhere/decoder.safetensors does not exist"),
    ],
)
def test_mistakes_are_one_sentence(project, arguments, says):
    done = innovate(*arguments, cwd=project)
    assert done.returncode == 2
    assert done.stderr.startswith("error: ") and says in done.stderr
    assert done.stderr.count("\n") == 1
