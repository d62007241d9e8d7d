"""The stage as DVC runs it: exit codes, and reports that survive a failure."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.data.spoiling import make, rewrite

PARAMS = """
base: {{seed: 0}}
validate: {{fix: {fix}, max_error_rate: {rate}, sample: 4, near_duplicate: 3}}
tracking: {{enabled: false}}
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("project")
    (folder / "dvc.yaml").write_text("stages: {}\n")
    make(folder / "data" / "dataset")
    return folder


def validate(root: Path, project: Path, fix: bool, rate: float) -> subprocess.CompletedProcess:
    (project / "params.yaml").write_text(PARAMS.format(fix=str(fix).lower(), rate=rate))
    return subprocess.run(
        [sys.executable, str(root / "stages" / "validate.py")], cwd=project, capture_output=True, text=True, check=False
    )


def test_exit_codes_thresholds_and_reports(root, project):
    done = validate(root, project, fix=False, rate=0)
    assert done.returncode == 0, done.stderr
    assert "24 of 24 rows hold" in done.stderr
    metrics = json.loads((project / "metrics/dataset.json").read_text())
    assert metrics["rows"] == {"train": 8, "val": 4, "test": 4, "test_composition": 4, "test_theme": 4}
    assert metrics["distinct_images"] == 1.0 and metrics["findings"] == {}
    assert (
        set(metrics["ceiling"])
        == set(metrics["floor"])
        == set(json.loads((project / "metrics/evidence/dataset.json").read_text()))
    )
    first = {path.name: path.read_bytes() for path in (project / "data/validation").iterdir()}

    validate(root, project, fix=False, rate=0)
    assert first == {path.name: path.read_bytes() for path in (project / "data/validation").iterdir()}

    rewrite(project / "data/dataset", {"val": lambda rows: rows[1].update(tone=3.0)})
    done = validate(root, project, fix=True, rate=0.01)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "1 of 24 rows (4.17%) break a rule" in done.stderr and "out_of_range (1)" in done.stderr
    report = json.loads((project / "data/validation/report.json").read_text())
    assert not report["passed"] and report["findings"][0]["id"] == "val-000001"
    line = json.loads((project / "data/validation/quarantine.jsonl").read_text().splitlines()[0])
    assert {key: line[key] for key in ("id", "split", "file", "row", "rule")} == {
        "id": "val-000001", "split": "val", "file": "val-00000.parquet", "row": 1, "rule": "out_of_range",
    }  # fmt: skip
    assert line["sentence"] and line["remedy"]

    assert validate(root, project, fix=True, rate=0.05).returncode == 0
    page = (project / "data/validation/report.html").read_text()
    assert "val-000001" in page and "data:image/png;base64," in page
    assert "http://" not in page and "https://" not in page and "<script" not in page

    (project / "data/dataset/train-00000.parquet").write_bytes(b"nonsense")
    done = validate(root, project, fix=True, rate=1)
    assert done.returncode == 1
    assert "train-00000.parquet is not a Parquet file" in done.stderr
    assert not json.loads((project / "data/validation/report.json").read_text())["passed"]
    assert not (project / "data/clean").exists()
