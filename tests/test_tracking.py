"""Runs land in one store, under the right parent, whoever starts them and from where."""

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from PIL import Image

from unrender import tracking
from unrender.config import UserError

WORKER = """
import sys
from unrender import tracking
with tracking.stage(sys.argv[1], {"lr": 0.1}, enabled=True) as run:
    for step in range(600):
        run.log(step, {"loss": 1 / (1 + step)})
"""


@pytest.fixture
def project(tmp_path, monkeypatch):
    """An empty project: no store yet, nothing inherited from the caller's environment."""
    for name in [name for name in os.environ if name.startswith(("MLFLOW_", "DVC_", "RANK"))]:
        monkeypatch.delenv(name)
    root = tmp_path / "project"
    root.mkdir()
    (root / "dvc.yaml").write_text("stages: {}\n")
    (root / "params.yaml").write_text("lr: 0.1\n")
    monkeypatch.chdir(root)
    return root


@pytest.fixture(scope="session")
def made_store(tmp_path_factory):
    """A store whose tables exist: making them takes seconds, so it is done once."""
    folder = tmp_path_factory.mktemp("store")
    env = os.environ | {"MLFLOW_TRACKING_URI": f"sqlite:///{folder}/mlflow.db", "MLFLOW_EXPERIMENT_NAME": "other"}
    subprocess.run([sys.executable, "-c", WORKER, "x"], check=True, cwd=folder, env=env)
    return folder / "mlflow.db"


@pytest.fixture
def store(project, made_store):
    """The same, in the project."""
    (project / ".mlflow").mkdir()
    (project / ".mlflow" / "mlflow.db").write_bytes(made_store.read_bytes())
    return project


def runs(root):
    """{name: run} of the project's store."""
    from mlflow import MlflowClient

    client = MlflowClient(f"sqlite:///{root}/.mlflow/mlflow.db")
    experiment = client.get_experiment_by_name(tracking.EXPERIMENT)
    assert experiment is not None
    found = client.search_runs([experiment.experiment_id])
    return {run.info.run_name: run for run in found}


def parent_of(run):
    return run.data.tags["mlflow.parentRunId"]


@pytest.mark.slow
def test_four_processes_on_an_empty_folder(project):
    def work(name):
        return subprocess.run([sys.executable, "-c", WORKER, name], capture_output=True, text=True, cwd=project)

    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(work, "abcd"))
    assert [one.returncode for one in done] == [0] * 4, done[0].stderr + done[1].stderr
    found = runs(project)
    assert len(found) == 5 and {parent_of(found[name]) for name in "abcd"} == {
        run.info.run_id for name, run in found.items() if name not in "abcd"
    }
    assert all(found[name].info.status == "FINISHED" for name in "abcd")
    assert all(found[name].data.metrics["loss"] == pytest.approx(1 / 600) for name in "abcd")


def test_nesting_metrics_and_files(store):
    (store / "manifest.json").write_text('{"rows": 3}')
    with tracking.stage("train", {"optim": {"lr": 0.1}}, enabled=True) as run:
        run.log(0, {"loss": 2.0})
        run.log(1, {"loss": 1.0})
        run.tags({"device": "cpu"})
        run.image("pages", Image.new("RGB", (4, 4)))
        run.artifact(store / "manifest.json", "data")
        run.input("clean", store / "manifest.json")
    tracking.summary({"test": {"iou": 0.5}}, {"optim": {"lr": 0.1}}, [store / "params.yaml"], enabled=True)
    found = runs(store)
    train = found.pop("train")
    ((name, parent),) = found.items()
    assert name.startswith("repro-") and parent_of(train) == parent.info.run_id
    assert train.data.params == {"optim.lr": "0.1"} == parent.data.params
    assert train.data.metrics["loss"] == 1.0 and train.data.tags["device"] == "cpu"
    assert parent.data.metrics == {"test/iou": 0.5}
    assert (train.info.status, parent.info.status) == ("FINISHED", "FINISHED")
    kept = store / ".mlflow" / "artifacts" / train.info.run_id / "artifacts"
    assert (kept / "pages.png").exists() and (kept / "data" / "manifest.json").exists()
    assert train.inputs.dataset_inputs[0].dataset.name == "clean"


def test_a_dvc_experiment_in_a_copy_lands_in_the_projects_store(store, tmp_path, monkeypatch):
    """What DVC does for --temp and --queue: another folder, DVC_ROOT at the user's checkout."""
    copy = tmp_path / "copy"
    copy.mkdir()
    (copy / "params.yaml").write_text("lr: 0.2\n")
    monkeypatch.chdir(copy)
    monkeypatch.setenv("DVC_ROOT", str(store))
    monkeypatch.setenv("DVC_EXP_BASELINE_REV", "abc")
    monkeypatch.setenv("MLFLOW_RUN_ID", "0" * 32)  # a stray export must not capture the run
    for name in ("soaked-ibex", "dusty-wren"):
        monkeypatch.setenv("DVC_EXP_NAME", name)
        with tracking.stage(f"train-{name}", {}, enabled=True):
            pass
        with tracking.stage(f"evaluate-{name}", {}, enabled=True):
            pass
    found = runs(store)
    assert len(found) == 6 and list(copy.iterdir()) == [copy / "params.yaml"]
    for name in ("soaked-ibex", "dusty-wren"):
        assert parent_of(found[f"train-{name}"]) == parent_of(found[f"evaluate-{name}"]) == found[name].info.run_id
        assert found[name].data.tags["dvc.baseline_rev"] == "abc"


def test_other_params_are_another_parent(store):
    for text in ("lr: 0.1\n", "lr: 0.2\n"):
        (store / "params.yaml").write_text(text)
        tracking.summary({"iou": 0.5}, {"lr": text}, [], enabled=True)
    assert len(runs(store)) == 2


def test_a_failed_stage_is_marked_and_a_killed_one_is_closed(store):
    with pytest.raises(ZeroDivisionError), tracking.stage("train", {}, enabled=True):
        raise ZeroDivisionError
    assert runs(store)["train"].info.status == "FAILED"
    client, experiment, parent = tracking.open_store()
    killed = client.create_run(experiment, tags={"mlflow.parentRunId": parent}, run_name="train").info.run_id
    with tracking.stage("train", {}, enabled=True):
        assert client.get_run(killed).info.status == "KILLED"


def test_points_are_sent_in_batches():
    class Client:
        sent: list[int] = []

        def log_batch(self, run_id, metrics):
            self.sent.append(len(metrics))

    run = tracking.Run(Client(), "id")  # ty: ignore[invalid-argument-type]
    for step in range(999):
        run.log(step, {"a": 0.0})
    assert Client.sent == []
    run.log(999, {"a": 0.0, "b": 0.0})
    assert Client.sent == [1000, 1]
    run.log(1000, {"a": 0.0})
    run.flush()
    assert Client.sent == [1000, 1, 1]


def test_off_costs_nothing(project):
    code = (
        "import sys\nfrom unrender import tracking\n"
        "with tracking.stage('x', {}, enabled=False) as run:\n"
        "    run.log(0, {'a': 1.0}); run.tags({}); run.image('a', None); run.artifact('nowhere'); run.input('a', 'b')\n"
        "tracking.summary({}, {}, [], enabled=False)\n"
        "print({'mlflow', 'sqlalchemy', 'pandas'} & set(sys.modules))"
    )
    assert subprocess.check_output([sys.executable, "-c", code], text=True, cwd=project) == "set()\n"
    assert not (project / ".mlflow").exists()


def test_only_the_first_process_of_a_group_logs(project, monkeypatch):
    monkeypatch.setenv("RANK", "1")
    with tracking.stage("train", {}, enabled=True) as run:
        assert type(run) is tracking.Silent
    assert not (project / ".mlflow").exists()


def test_a_silent_server_is_a_sentence(project, monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")
    start = time.monotonic()
    with pytest.raises(UserError, match="does not answer"), tracking.stage("train", {}, enabled=True):
        pass
    assert time.monotonic() - start < 10


def test_a_moved_store_is_a_sentence(store, tmp_path, monkeypatch):
    tracking.summary({}, {}, [], enabled=True)
    moved = tmp_path / "moved"
    store.rename(moved)
    monkeypatch.chdir(moved)
    with pytest.raises(UserError, match="Move the folder back, or remove"):
        tracking.summary({}, {}, [], enabled=True)
