"""DVC and MLflow as people use them, on the real pipeline with tiny params. Slow: every test trains."""

import dataclasses
import json
import re

import pytest

pytestmark = pytest.mark.slow

LR = "layout.optim.lr"  # little hangs on it: what is tested is how runs are kept, not what they learn


def parents_and_children(runs):
    """{parent's name: names of its stages}."""
    names = {run.info.run_id: run.info.run_name for run in runs if "mlflow.parentRunId" not in run.data.tags}
    families = {name: set() for name in names.values()}
    for run in runs:
        if parent := run.data.tags.get("mlflow.parentRunId"):
            families[names[parent]].add(run.info.run_name)
    return families


def test_a_second_repro_does_nothing(finished):
    out = finished.run("dvc", "repro").stdout
    assert "Running stage" not in out
    assert "up to date" in out
    assert finished.run("git", "status", "--porcelain").stdout == ""


def test_make_repro_ends_with_the_verdict_even_when_nothing_ran(finished):
    *_, last = finished.run("python", "scripts/repro.py").stdout.splitlines()
    assert re.match(r"(READY: all|NOT READY: \d+ of) \d+ checks", last)


def test_plain_repro_is_one_parent_with_its_stages(finished):
    families = parents_and_children(finished.runs())
    plain = {name: stages for name, stages in families.items() if name.startswith("repro-")}
    (stages,) = plain.values()
    assert {"generate", "train_encoder", "evaluate_encoder"} <= stages


def test_a_typo_is_named_before_any_work(finished):
    path = finished.folder / "params.yaml"
    good = path.read_text()
    try:
        path.write_text(re.sub(r"\blr:", "lrr:", good, count=1))
        done = finished.run("python", "scripts/repro.py", check=False)
    finally:
        path.write_text(good)
    assert done.returncode == 2
    assert "unknown key encoder.optim.lrr. Did you mean encoder.optim.lr?" in done.stderr
    assert "Running stage" not in done.stdout
    unknown = finished.run("dvc", "exp", "run", "-S", "encoder.optim.lrr=1", check=False)
    assert unknown.returncode != 0
    assert "lrr" in unknown.stderr


def test_a_wrong_type_is_named_by_the_first_stage_that_runs(finished):
    done = finished.run("dvc", "exp", "run", "--temp", "-S", f"{LR}=fast", check=False)
    assert done.returncode != 0
    assert LR in done.stdout + done.stderr


def test_every_way_to_run_lands_in_one_store(finished):
    """exp run in the workspace, in a temporary copy, and queued with two workers."""
    finished.run("dvc", "exp", "run", "-n", "here", "-S", f"{LR}=0.0011")
    finished.run("git", "checkout", "--quiet", ".")
    finished.run("dvc", "checkout")
    finished.run("dvc", "exp", "run", "--temp", "-n", "aside", "-S", f"{LR}=0.0012")
    for index in (3, 4):
        finished.run("dvc", "exp", "run", "--queue", "-n", f"queued-{index}", "-S", f"{LR}=0.001{index}")
    finished.run("dvc", "exp", "run", "--run-all", "-j", "2")
    families = parents_and_children(finished.runs())
    for name in ("here", "aside", "queued-3", "queued-4"):
        assert {"train_layout", "evaluate_layout"} <= families[name], families
        assert "generate" not in families[name]
    parents = {run.info.run_name: run for run in finished.runs() if "mlflow.parentRunId" not in run.data.tags}
    for index, name in enumerate(("here", "aside", "queued-3", "queued-4"), start=1):
        assert float(parents[name].data.params[LR]) == float(f"0.001{index}")
        assert "test/box_iou" in " ".join(parents[name].data.metrics)
        assert parents[name].info.status == "FINISHED"
    assert finished.run("git", "status", "--porcelain").stdout == ""
    shown = json.loads(finished.run("dvc", "exp", "show", "--json").stdout)
    assert all(name in json.dumps(shown) for name in ("here", "aside", "queued-3", "queued-4"))
    params = finished.run("dvc", "params", "diff", "HEAD", "queued-3", "--md").stdout
    assert LR in params
    metrics = finished.run("dvc", "metrics", "diff", "HEAD", "queued-3", "--md").stdout
    assert "given.box_iou_with_sizes" in metrics  # moves with every weight, however little was learnt


@pytest.mark.parametrize("with_data", [True, False])
def test_a_stale_lock_is_noticed_with_and_without_data(finished, tmp_path, with_data):
    project = finished
    if not with_data:
        finished.run("git", "clone", "--quiet", ".", str(tmp_path / "bare"))
        project = dataclasses.replace(finished, folder=tmp_path / "bare")
    assert project.run("python", "scripts/fresh.py").stdout == "dvc.lock: fresh\n"
    path = project.folder / "src" / "unrender" / "artifacts.py"
    good = path.read_text()
    try:
        path.write_text(good + "\n")
        done = project.run("python", "scripts/fresh.py", check=False)
    finally:
        path.write_text(good)
    assert done.returncode == 2
    assert "dvc.lock is stale" in done.stderr


def test_every_plot_in_dvc_yaml_finds_its_data(finished, tmp_path):
    page = tmp_path / "page.html"
    page.write_text("<body>{plot_divs}</body>")
    done = finished.run("dvc", "plots", "show", "--html-template", str(page), "--out", str(tmp_path / "plots"))
    assert "could not" not in done.stderr
    assert "failed" not in done.stderr
    html = (tmp_path / "plots" / "index.html").read_text()
    assert html.count("vegaEmbed(") >= 2
    assert html.count("<img") >= 5
