"""The command as people type it, in a process of its own."""

import json
import subprocess
import sys
import time

import numpy as np
import pytest
from PIL import Image


def unrender(*arguments, cwd) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "unrender.cli", *map(str, arguments)]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)


@pytest.fixture
def project(tmp_path):
    (tmp_path / "dvc.yaml").write_text("stages: {}\n")
    (tmp_path / "metrics").mkdir()
    return tmp_path


def save_verdict(project, **passed: bool) -> None:
    checks = {name: {"passed": ok, "rule": f"rule of {name}", "found": 0.5} for name, ok in passed.items()}
    verdict = {"ready": all(passed.values()), "checks": checks}
    (project / "metrics/readiness.json").write_text(json.dumps(verdict))


def test_help_answers_at_once(tmp_path):
    unrender("--help", cwd=tmp_path)  # compiles what is not compiled yet
    tick = time.perf_counter()
    done = unrender("--help", cwd=tmp_path)
    assert "read" in done.stdout and "gate" in done.stdout
    assert time.perf_counter() - tick < 1.5  # 0.3 s on an idle machine


def test_help_loads_nothing_heavy(tmp_path):
    code = (
        "import sys, unrender.cli; print([m for m in ('torch', 'mlflow', 'numpy', 'PIL', 'rich') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(("passed", "code"), [((True, True), 0), ((True, False), 1)])
def test_gate_exits_with_the_verdict(project, passed, code):
    save_verdict(project, sharp=passed[0], quick=passed[1])
    done = unrender("gate", cwd=project)
    assert done.returncode == code
    assert "rule of quick" in done.stdout
    assert ("NOT READY: 1 of 2" in done.stdout) == bool(code)


def test_gate_trusts_the_checks_not_the_headline(project):
    save_verdict(project, sharp=False)
    forged = json.loads((project / "metrics/readiness.json").read_text()) | {"ready": True}
    (project / "metrics/readiness.json").write_text(json.dumps(forged))
    assert unrender("gate", cwd=project).returncode == 1


@pytest.mark.parametrize("content", [None, "", "[]", '{"ready": true}', '{"ready": true, "checks": {}}'])
def test_gate_without_a_verdict_is_never_ready(project, content):
    if content is not None:
        (project / "metrics/readiness.json").write_text(content)
    done = unrender("gate", cwd=project)
    assert done.returncode != 0
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["read", "absent.png", "-o", "out"], "no such file"),
        (["read", "page.png", "-o", "out"], "models/encoder.safetensors does not exist"),
        (["read", "page.png", "-o", "out", "--model", "page.png"], "not a whole model file"),
        (["read", "page.png", "-o", "dvc.yaml"], "cannot be used as a folder"),
        (["export", "out"], "is not a dataset"),
    ],
)
def test_mistakes_are_one_sentence(project, arguments, says):
    Image.fromarray(np.zeros((20, 20, 3), np.uint8)).save(project / "page.png")
    done = unrender(*arguments, cwd=project)
    assert done.returncode == 2
    assert done.stderr.startswith("error: ") and says in done.stderr
    assert done.stderr.count("\n") == 1
