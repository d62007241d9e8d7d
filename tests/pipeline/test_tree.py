"""Habits of the whole tree."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TRACKED = subprocess.check_output(["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, text=True).splitlines()
SOURCES = [name for name in TRACKED if name.startswith(("src/", "stages/", "scripts/")) and name.endswith(".py")]
TEXT = (".py", ".toml", ".yaml", ".yml", ".md", ".lock", ".json", ".sh", "Makefile", "run", ".html", ".css", ".txt")

# Hosts that belong to one machine's configuration, and paths that exist on one machine.
FOREIGN = re.compile(
    r"https?://(?!127\.0\.0\.1)[^\s/\"']*(?:pypi|pythonhosted|artifactory|nexus|registry)[^\s\"']*|/(?:root|work)/\w"
)


@pytest.mark.parametrize("name", [name for name in SOURCES if name.startswith("src/")])
def test_files_stay_small(name):
    assert len((ROOT / name).read_text().splitlines()) < 300


@pytest.mark.parametrize("name", SOURCES)
def test_nothing_swallows_every_error(name):
    assert not re.search(r"except\s*(Exception|BaseException)?\s*:", (ROOT / name).read_text())


def test_no_registry_hosts_and_no_machine_paths():
    this = Path(__file__).relative_to(ROOT).as_posix()
    for name in TRACKED:
        if name != this and name.endswith(TEXT) and (ROOT / name).exists():
            found = FOREIGN.search((ROOT / name).read_text(encoding="utf-8"))
            assert not found, f"{name}: {found and found[0]}"


def test_no_large_file_is_in_git():
    for name in TRACKED:
        path = ROOT / name
        assert not path.exists() or path.stat().st_size < 2**20, name


def test_rooms_import_downwards_only():
    done = subprocess.run(["lint-imports", "--no-logo"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
