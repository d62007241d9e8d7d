"""`unrender code` as people type it: killed and run again, bad files, the same bytes twice."""

import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from PIL import Image

from tests.inference.small_coder import save_coder

COUNT = 16


def command(*arguments) -> list[str]:
    return [sys.executable, "-m", "unrender.cli", "code", *map(str, arguments)]


def code(*arguments, cwd) -> subprocess.CompletedProcess:
    return subprocess.run(command(*arguments), cwd=cwd, capture_output=True, text=True, check=False)


@pytest.fixture
def project(tmp_path):
    (tmp_path / "dvc.yaml").write_text("stages: {}\n")
    (tmp_path / "pages").mkdir()
    save_coder(tmp_path / "models/coder.safetensors")
    for i in range(COUNT):
        pixels = np.random.default_rng(i).integers(0, 256, (30, 50, 3), np.uint8)
        Image.fromarray(pixels).save(tmp_path / f"pages/{i:02d}.png")
    return tmp_path


def contents(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_killed_and_run_again_it_leaves_the_same_bytes(project):
    whole = code("pages", "-o", "whole", cwd=project)
    assert whole.returncode == 0 and f"{COUNT} read, 0 already done, 0 failed -> whole" in whole.stdout

    killed = subprocess.Popen(command("pages", "-o", "out"), cwd=project, stdout=subprocess.DEVNULL)
    deadline = time.monotonic() + 60
    while len(list((project / "out").rglob("attention.gif"))) < 2 and time.monotonic() < deadline:
        time.sleep(0.01)
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    done = len(list((project / "out").rglob("attention.gif")))
    assert 2 <= done < COUNT

    again = code("pages", "-o", "out", cwd=project)
    assert again.returncode == 0 and " 0 failed -> out" in again.stdout
    assert f"{COUNT} read, 0 already" not in again.stdout
    found = {name: content for name, content in contents(project / "out").items() if "/." not in name}
    assert found == contents(project / "whole")


def test_a_bad_file_is_named_and_the_exit_code_says_so(project):
    for path in sorted((project / "pages").iterdir())[3:]:
        path.unlink()
    (project / "pages/bad.png").write_text("no image")
    done = code("pages", "-o", "out", "--no-gif", cwd=project)
    assert done.returncode == 1
    assert done.stderr.startswith("error: ") and "bad.png is not an image" in done.stderr
    assert "3 read, 0 already done, 1 failed" in done.stdout
    assert not list((project / "out").rglob("*.gif"))


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["absent.png", "-o", "out"], "no such file"),
        (["pages", "-o", "out", "--model", "absent.safetensors"], "absent.safetensors does not exist"),
        (["pages/00.png", "-o", "dvc.yaml"], "cannot be used as a folder"),
    ],
)
def test_mistakes_are_one_sentence(project, arguments, says):
    done = code(*arguments, cwd=project)
    assert done.returncode == 2
    assert done.stderr.startswith("error: ") and says in done.stderr and done.stderr.count("\n") == 1
