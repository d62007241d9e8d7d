"""pix2code's pages through generate, validate and fit_tokenizer, run as DVC runs them."""

import json
import subprocess

from tests.data.pix2code.pages import write, write_list
from tests.stage_runs import laid_out, run
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


def stage(project, name: str, path: str) -> subprocess.CompletedProcess:
    return run(laid_out(project, PARAMS.replace("PATH", path)), name)


def test_pages_become_a_dataset_that_holds_and_can_be_tokenised(tmp_path):
    write(tmp_path / "web" / "train", "a", 0)
    write(tmp_path / "web" / "train", "broken", 1, "row {")
    write(tmp_path / "web" / "valid", "t", 2)
    write_list(tmp_path / "web" / "train_pages.jsonl", {"a": 0, "b": 1})
    write_list(tmp_path / "web" / "valid_pages.jsonl", {"v": 3})
    done = stage(tmp_path, "generate", "web")
    assert done.returncode == 0, done.stderr
    assert "4 pages: 2 screenshots and 4 renders. Found: unbalanced_braces (1)." in done.stderr
    manifest = shards.read_manifest(tmp_path / "data/dataset")
    assert manifest["source"] == "pix2code"
    assert {k: v["rows"] for k, v in manifest["splits"].items()} == {"train": 4, "val": 1, "test": 1}
    report = json.loads((tmp_path / "data/dataset/import.json").read_text())
    assert report["sources"]["train"] == {"pix2code": 1, "pix2code-rendered": 3}

    done = stage(tmp_path, "validate", "web")
    assert done.returncode == 0, done.stderr
    assert "6 of 6 rows hold: 0 repaired, 0 quarantined, 0 warnings" in done.stderr
    done = stage(tmp_path, "fit_tokenizer", "web")
    assert done.returncode == 0, done.stderr
    found = json.loads((tmp_path / "metrics/tokenizer.json").read_text())
    assert found["test"]["texts"] == 1 and found["test"]["unk_share"] == 0


def test_mistakes_of_the_params_are_one_sentence(tmp_path):
    for path, says in [("null", "data.path"), ("absent", "no such folder"), (".", "holds no page that can be used")]:
        done = stage(tmp_path, "generate", path)
        assert done.returncode == 2 and done.stderr.startswith("error: ") and done.stderr.count("\n") == 1
        assert says in done.stderr
