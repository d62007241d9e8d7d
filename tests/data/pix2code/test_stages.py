"""pix2code's pages through generate, validate and fit_tokenizer, run as DVC runs them."""

import json
import subprocess
import sys

import pytest

from tests.data.pix2code.pages import write, write_list
from unrender.data import shards

PARAMS = """
base: {seed: 0}
render: {engine: blitz}
data:
  source: pix2code
  path: PATH
  renders: 2
  fault_rate: 0.3
  splits: {train: 1, val: 1, test: 1, test_composition: 1, test_theme: 1}
validate: {fix: true, max_error_rate: 0.0, sample: 4, near_duplicate: 3}
tokenizer: {kind: word, vocab_size: 300}
tracking: {enabled: false}
"""


@pytest.fixture
def project(tmp_path):
    (tmp_path / "dvc.yaml").write_text("stages: {}\n")
    return tmp_path


def stage(root, project, name: str, path: str) -> subprocess.CompletedProcess:
    (project / "params.yaml").write_text(PARAMS.replace("PATH", path))
    command = [sys.executable, str(root / "stages" / f"{name}.py")]
    return subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)


def test_pages_become_a_dataset_that_holds_and_can_be_tokenised(root, project):
    write(project / "web" / "train", "a", 0)
    write(project / "web" / "train", "broken", 1, "row {")
    write(project / "web" / "valid", "t", 2)
    write_list(project / "web" / "train_pages.jsonl", {"a": 0, "b": 1})
    write_list(project / "web" / "valid_pages.jsonl", {"v": 3})
    done = stage(root, project, "generate", "web")
    assert done.returncode == 0, done.stderr
    assert "4 pages: 2 screenshots and 4 renders. Found: unbalanced_braces (1)." in done.stderr
    manifest = shards.read_manifest(project / "data/dataset")
    assert manifest["source"] == "pix2code"
    assert {k: v["rows"] for k, v in manifest["splits"].items()} == {"train": 4, "val": 1, "test": 1}
    report = json.loads((project / "data/dataset/import.json").read_text())
    assert report["sources"]["train"] == {"pix2code": 1, "pix2code-rendered": 3}

    done = stage(root, project, "validate", "web")
    assert done.returncode == 0, done.stderr
    assert "6 of 6 rows hold: 0 repaired, 0 quarantined, 0 warnings" in done.stderr
    done = stage(root, project, "fit_tokenizer", "web")
    assert done.returncode == 0, done.stderr
    found = json.loads((project / "metrics/tokenizer.json").read_text())
    assert found["test"]["texts"] == 1 and found["test"]["unk_share"] == 0


def test_mistakes_of_the_params_are_one_sentence(root, project):
    for path, says in [("null", "data.path"), ("absent", "no such folder"), (".", "holds no page that can be used")]:
        done = stage(root, project, "generate", path)
        assert done.returncode == 2 and done.stderr.startswith("error: ") and done.stderr.count("\n") == 1
        assert says in done.stderr
