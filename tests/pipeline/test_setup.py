"""scripts/setup.sh on machines that lack something: one clear sentence, a non-zero exit, no traceback."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

TOOLS = ["sh", "dirname", "cat", "cksum", "df", "awk", "tail", "grep", "rm", "mkdir", "uname", "git"]


@pytest.fixture
def machine(tmp_path, root):
    """A project folder and a PATH that holds the base tools and nothing else. Gives (run, bin)."""
    (tmp_path / "project" / "scripts").mkdir(parents=True)
    shutil.copy(root / "scripts" / "setup.sh", tmp_path / "project" / "scripts")
    (tmp_path / "project" / "requirements.lock").write_text("")
    (tmp_path / "project" / "pyproject.toml").write_text("")
    binaries = tmp_path / "bin"
    binaries.mkdir()
    for tool in TOOLS:
        (binaries / tool).symlink_to(shutil.which(tool) or pytest.skip(f"no {tool}"))

    def run(**env):
        command = ["sh", "scripts/setup.sh"]
        env = {
            "PATH": str(binaries),
            "HOME": str(tmp_path),
            "TMPDIR": str(tmp_path),
            "PIP_CONFIG_FILE": os.devnull,
            **env,
        }
        return subprocess.run(command, cwd=tmp_path / "project", env=env, capture_output=True, text=True, timeout=120)

    return run, binaries


def script(path: Path, text: str) -> None:
    path.unlink(missing_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


def assert_one_sentence(done, *words):
    assert done.returncode != 0
    lines = done.stderr.strip().splitlines()
    assert len(lines) == 1, done.stderr
    assert lines[0].startswith("error: ")
    for word in words:
        assert word in lines[0]


def test_no_python(machine):
    run, _ = machine
    assert_one_sentence(run(), "Python 3.11 or newer is needed", "found: none")


def test_old_python(machine):
    run, binaries = machine
    script(binaries / "python3", 'if [ "$1" = --version ]; then echo Python 3.9.2; else exit 1; fi')
    assert_one_sentence(run(), "Python 3.11 or newer is needed", "Python 3.9.2")


def test_a_newer_python_beside_an_old_one_is_found(machine):
    run, binaries = machine
    script(binaries / "python3", "exit 1")
    script(binaries / "python3.12", 'case "$2" in *venv*) exit 1;; esac')
    assert_one_sentence(run(), "python3.12 has no venv module")


def test_no_venv_module(machine):
    run, binaries = machine
    script(binaries / "python3", 'case "$2" in *venv*) exit 1;; esac')
    assert_one_sentence(run(), "no venv module", "apt-get install python3-venv")


def test_no_git(machine):
    run, binaries = machine
    script(binaries / "python3", "exit 0")
    (binaries / "git").unlink()
    assert_one_sentence(run(), "git is needed")


def test_little_disk(machine):
    run, binaries = machine
    script(binaries / "python3", "exit 0")
    script(binaries / "df", "echo head; echo disk 100 90 10 90% /")
    assert_one_sentence(run(), "The disk has 10 MB left", "8000 MB")


def test_the_disk_fills_on_the_way(machine):
    run, binaries = machine
    full = "echo 'OSError: [Errno 28] No space left on device' >&2; exit 1"
    script(binaries / "python3", f'case "$*" in "-m venv"*) {full};; esac')
    assert_one_sentence(run(), "The disk filled up while making .venv")


@pytest.mark.slow
def test_no_network(machine):
    run, binaries = machine
    (binaries / "python3").symlink_to(sys.base_prefix + "/bin/python3")
    done = run(PIP_INDEX_URL="http://127.0.0.1:9/simple")
    assert_one_sentence(done, "The package index could not be reached while installing uv")


def test_nothing_to_do(machine, root):
    """With a matching stamp, set-up ends at once, needing no Python at all."""
    run, binaries = machine
    project = binaries.parent / "project"
    (project / ".venv").mkdir()
    inputs = [project / name for name in ("requirements.lock", "pyproject.toml", "scripts/setup.sh")]
    content = f"{project}\n".encode() + b"".join(path.read_bytes() for path in inputs)
    stamp = subprocess.run(["cksum"], input=content, capture_output=True, check=True).stdout
    (project / ".venv" / "installed").write_bytes(stamp)
    assert run().returncode == 0
    (project / "requirements.lock").write_text("# changed\n")
    assert run().returncode != 0
