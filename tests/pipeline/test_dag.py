"""dvc.yaml against the code: what a stage lists is what it reads."""

import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from scripts import deps, schema
from unrender import config
from unrender.overlay import lay_over

ROOT = Path(__file__).parents[2]
DVC = yaml.safe_load((ROOT / "dvc.yaml").read_text())
STAGES = DVC["stages"]
SCRIPTS = [name for name, stage in STAGES.items() if "stages/" in stage["cmd"]]


@pytest.fixture(autouse=True)
def _in_root(monkeypatch):
    monkeypatch.chdir(ROOT)


def entries(stage, *keys):
    """(path, options) of a stage's outs, metrics, plots."""
    for key in keys:
        for entry in stage.get(key, []):
            yield from entry.items() if isinstance(entry, dict) else [(entry, {})]


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_stage_runs_its_own_script_from_its_own_checkout(name):
    assert STAGES[name]["cmd"] == f"PYTHONPATH=src python stages/{name}.py"


@pytest.mark.parametrize("name", SCRIPTS)
def test_deps_are_the_transitive_imports(name):
    listed = [dep for dep in STAGES[name]["deps"] if dep.endswith(".py")]
    assert listed == deps.closure(Path(f"stages/{name}.py")), "run `make fmt`"


def test_every_script_is_a_stage():
    assert sorted(SCRIPTS) == sorted(path.stem for path in Path("stages").glob("*.py"))


@pytest.mark.parametrize("name", SCRIPTS)
def test_params_are_what_the_script_reads(name):
    """All of its Params but tracking and workers, which cannot change a result."""
    values, _ = config.read_yaml(Path("params.yaml"))
    flat = config.flatten(values)
    listed = [key for key in flat for param in STAGES[name].get("params", []) if f"{key}.".startswith(f"{param}.")]
    sections = schema.stage_params(Path(f"stages/{name}.py")).model_fields
    read = [key for key in flat if key.partition(".")[0] in sections and not is_beside_the_result(key)]
    assert sorted(listed) == sorted(read)


def is_beside_the_result(key):
    return key.startswith("tracking.") or key.endswith(".workers")


def test_params_fit_the_schema_and_the_schema_fits_the_code():
    config.check_file("params.yaml")
    assert subprocess.run([sys.executable, "scripts/schema.py", "--check"], check=False).returncode == 0


@pytest.mark.parametrize("over", ["params.smoke.yaml", "params.gpu.yaml"])
def test_what_is_laid_over_fits_the_schema_too(tmp_path, over):
    for name in ("params.yaml", over, config.SCHEMA):
        (tmp_path / name).write_text(Path(name).read_text())
    before, _ = config.read_yaml(tmp_path / "params.yaml")
    lay_over(tmp_path / "params.yaml", tmp_path / over)
    after, _ = config.check_file(tmp_path / "params.yaml")
    changes, _ = config.read_yaml(tmp_path / over)
    assert config.flatten(after) == config.flatten(before) | config.flatten(changes)


@pytest.mark.parametrize("name", SCRIPTS)
def test_outputs_are_ignored_by_git_unless_git_keeps_them(name):
    for path, options in entries(STAGES[name], "outs", "metrics", "plots"):
        ignored = subprocess.run(["git", "check-ignore", "-q", "--no-index", path], check=False).returncode == 0
        assert ignored == options.get("cache", True), path
        assert not options.get("persist"), f"{path}: persist would resume foreign weights"


@pytest.mark.parametrize("name", [name for name in SCRIPTS if name.startswith(("generate", "train"))])
def test_heavy_stages_can_be_restored_from_the_run_cache(name):
    assert all(options.get("cache", True) for _, options in entries(STAGES[name], "outs", "metrics", "plots"))


def test_no_output_is_written_twice():
    paths = [path for stage in STAGES.values() for path, _ in entries(stage, "outs", "metrics", "plots")]
    assert len(paths) == len(set(paths))


def test_closure_follows_packages_and_skips_type_checking(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    package = tmp_path / "src" / "unrender"
    (package / "data").mkdir(parents=True)
    (package / "__init__.py").write_text('"""Only words."""\n')
    (package / "data" / "__init__.py").write_text("x = 1\n")
    (package / "data" / "shards.py").write_text("import unrender.config\n")
    (package / "config.py").write_text("def f():\n    from unrender import late\n")
    (package / "late.py").write_text("from . import beside\nfrom .data import deep\n")
    (package / "beside.py").write_text("y = 1\n")
    (package / "data" / "deep.py").write_text("from ..above import y\n")
    (package / "above.py").write_text("y = 1\n")
    (package / "never.py").write_text("y = 1\n")
    script = tmp_path / "stages.py"
    script.write_text(
        "from typing import TYPE_CHECKING\nfrom unrender.data import shards\n"
        "if TYPE_CHECKING:\n    from unrender import never\n"
    )
    loaded = ["above.py", "beside.py", "config.py", "data/__init__.py", "data/deep.py", "data/shards.py", "late.py"]
    assert deps.closure(Path("stages.py")) == [*(f"src/unrender/{name}" for name in loaded), "stages.py"]


def test_dvc_yaml_is_rewritten_only_in_its_code_deps(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "stages").mkdir()
    (tmp_path / "stages" / "a.py").write_text("x = 1\n")
    text = "stages:\n  a:\n    cmd: PYTHONPATH=src python stages/a.py\n    deps:\n{}    outs:\n      - o # kept\n"
    before = text.format("      - data/in\n      - src/gone.py\n")
    after = text.format("      - data/in\n      - stages/a.py\n")
    assert deps.rewritten(before) == after == deps.rewritten(after)
    assert list(deps.differences(before)) == [
        "stage a lacks stages/a.py",
        "stage a lists src/gone.py without importing it",
    ]
    assert not list(deps.differences(after))
