"""Stages -> MLflow. The only file that imports mlflow, and only when tracking is enabled.

One DVC experiment is one parent run; each stage is a run nested in it, and the last stage writes the metrics
worth comparing on the parent. The store is $MLFLOW_TRACKING_URI, else a sqlite file under the project root, so that
experiments DVC runs in throw-away copies land in the same place. Runs are addressed by id through the client:
no global "active run", and an MLFLOW_RUN_ID in the environment has no say.
"""

import contextlib
import fcntl
import hashlib
import json
import os
import subprocess
import time
import urllib.error
import urllib.request
import warnings
from collections.abc import Generator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from unrender.config import UserError, flatten, project_root

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from PIL.Image import Image

EXPERIMENT = "unrender"
PARENT_KEY = "unrender.key"
FLUSH_SECONDS, FLUSH_POINTS = 10.0, 1000  # 1000 is the most that one log_batch takes
SERVER_SECONDS = 5  # how long a tracking server may take to answer at all


class Silent:
    """What a stage logs to when tracking is off. Its methods are those of Run."""

    def log(self, step: int, scalars: Mapping[str, float]) -> None:
        """Add one point to each curve."""

    def artifact(self, path: str | Path, folder: str | None = None) -> None:
        """Keep a copy of a file."""

    def image(self, name: str, image: "Image") -> None:
        """Keep a picture, as `name`.png."""

    def tags(self, tags: Mapping[str, Any]) -> None:
        """Label the run."""

    def input(self, name: str, manifest: str | Path) -> None:
        """Say which dataset was read, by its manifest file."""


class Run(Silent):
    """A run in the store. Points are buffered: a call costs microseconds, a batch of 1000 about 0.1 s."""

    def __init__(self, client: "MlflowClient", run_id: str):
        self.client, self.run_id = client, run_id
        self._points: list = []
        self._flushed = time.monotonic()

    def log(self, step: int, scalars: Mapping[str, float]) -> None:
        from mlflow.entities import Metric

        now = int(time.time() * 1000)
        self._points += [Metric(key, float(value), now, step) for key, value in scalars.items()]
        if len(self._points) >= FLUSH_POINTS or time.monotonic() - self._flushed > FLUSH_SECONDS:
            self.flush()

    def flush(self) -> None:
        """Send the buffered points."""
        while self._points:
            self.client.log_batch(self.run_id, metrics=self._points[:FLUSH_POINTS])
            del self._points[:FLUSH_POINTS]
        self._flushed = time.monotonic()

    def artifact(self, path: str | Path, folder: str | None = None) -> None:
        self.client.log_artifact(self.run_id, str(path), folder)

    def image(self, name: str, image: "Image") -> None:
        self.client.log_image(self.run_id, image, artifact_file=f"{name}.png")

    def tags(self, tags: Mapping[str, Any]) -> None:
        from mlflow.entities import RunTag

        self.client.log_batch(self.run_id, tags=[RunTag(key, str(value)) for key, value in tags.items()])

    def input(self, name: str, manifest: str | Path) -> None:
        from mlflow.entities import Dataset, DatasetInput

        content = Path(manifest).read_bytes()
        source = json.dumps({"url": str(manifest)})
        digest = hashlib.sha256(content).hexdigest()[:16]
        dataset = Dataset(name, digest, "local", source, profile=content.decode())
        self.client.log_inputs(self.run_id, datasets=[DatasetInput(dataset)])


@contextlib.contextmanager
def stage(name: str, params: Mapping[str, Any], enabled: bool) -> Generator[Silent, None, None]:
    """A run for this stage, nested in the experiment's parent run. Only the first process of a group logs."""
    if not enabled or os.environ.get("RANK", "0") != "0":
        yield Silent()
        return
    with sentences():
        client, experiment, parent = open_store()
        _close_killed(client, experiment, parent, name)
        run = Run(client, _create(client, experiment, name, {"mlflow.parentRunId": parent}))
        client.log_batch(run.run_id, params=_params(params))
        with _system_metrics(run.run_id), _ending(run):
            yield run


def summary(
    metrics: Mapping[str, Any], params: Mapping[str, Any], artifacts: Sequence[str | Path], enabled: bool
) -> None:
    """Write on the parent run what is compared between experiments, and end it. `metrics` may be nested."""
    if not enabled:
        return
    with sentences():
        client, _, parent = open_store()
        run = Run(client, parent)
        client.log_batch(parent, params=_params(params))
        run.log(0, {key.replace(".", "/"): value for key, value in flatten(metrics).items()})
        run.flush()
        if Path("dvc.lock").exists():
            run.tags({"dvc.lock": hashlib.sha256(Path("dvc.lock").read_bytes()).hexdigest()[:12]})
        for path in artifacts:
            run.artifact(path)
        client.set_terminated(parent, "FINISHED")


# --- store ---------------------------------------------------------------------------------------


def store_uri() -> str:
    """$MLFLOW_TRACKING_URI, else the project's own sqlite file."""
    if uri := os.environ.get("MLFLOW_TRACKING_URI"):
        return uri
    return f"sqlite:///{project_root().resolve()}/.mlflow/mlflow.db"


def open_store() -> "tuple[MlflowClient, str, str]":
    """Client, experiment id and parent run id, made if missing. Under a lock: MLflow's own set-up races."""
    uri = store_uri()
    if uri.startswith("http"):
        _require_answer(uri)
    with _lock(_home(uri) / "lock"):
        from mlflow import MlflowClient

        client = MlflowClient(uri)
        experiment = _experiment(client, uri)
        return client, experiment, _parent(client, experiment)


def _home(uri: str) -> Path:
    """The folder of a sqlite store; for any other, the project's own .mlflow."""
    if uri.startswith("sqlite:///"):
        return Path(uri.removeprefix("sqlite:///")).resolve().parent
    return project_root().resolve() / ".mlflow"


@contextlib.contextmanager
def _lock(path: Path) -> Generator[None, None, None]:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _experiment(client: "MlflowClient", uri: str) -> str:
    name = os.environ.get("MLFLOW_EXPERIMENT_NAME", EXPERIMENT)
    artifacts = (_home(uri) / "artifacts").as_uri() if uri.startswith("sqlite") else None
    found = client.get_experiment_by_name(name)
    if found is None:
        return client.create_experiment(name, artifact_location=artifacts)
    if artifacts and found.artifact_location != artifacts:  # MLflow fixes it for good, as an absolute path
        raise UserError(
            f"The MLflow store {uri} was made for {found.artifact_location}, but is now at {artifacts}. "
            "Move the folder back, or remove .mlflow to start a new store."
        )
    return found.experiment_id


def _parent(client: "MlflowClient", experiment: str) -> str:
    """The run of this DVC experiment; for a plain repro, of this params.yaml on this commit."""
    name = os.environ.get("DVC_EXP_NAME")
    baseline = os.environ.get("DVC_EXP_BASELINE_REV") or _head()
    content = Path("params.yaml").read_bytes() if Path("params.yaml").exists() else b""
    params = hashlib.sha256(content).hexdigest()[:12]  # an MLflow param never changes, so new params, new run
    key = f"{name or 'workspace'}|{baseline}|{params}"
    found = client.search_runs([experiment], f"tags.`{PARENT_KEY}` = '{key}'", max_results=1)
    if found:
        client.update_run(found[0].info.run_id, status="RUNNING")
        return found[0].info.run_id
    tags = {PARENT_KEY: key, "dvc.exp_name": name or "", "dvc.baseline_rev": baseline}
    return _create(client, experiment, name or f"repro-{params}", tags | {"mlflow.source.git.commit": baseline})


def _create(client: "MlflowClient", experiment: str, name: str, tags: dict[str, str]) -> str:
    return client.create_run(experiment, tags=tags, run_name=name).info.run_id


def _close_killed(client: "MlflowClient", experiment: str, parent: str, name: str) -> None:
    """A stage that was killed could not end its run; this attempt takes over."""
    query = f"tags.`mlflow.parentRunId` = '{parent}' and attributes.status = 'RUNNING'"
    for run in client.search_runs([experiment], query):
        if run.info.run_name == name:
            client.set_terminated(run.info.run_id, "KILLED")


def _head() -> str:
    done = subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else "no-commit"


def _params(params: Mapping[str, Any]) -> list:
    from mlflow.entities import Param

    return [Param(key, str(value)[:6000]) for key, value in flatten(params).items()]


# --- manners -------------------------------------------------------------------------------------


def _quieten() -> None:
    """Before mlflow is imported: no telemetry, no minutes of retries, no migration chatter."""
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "3")
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_TIMEOUT", "20")
    os.environ.setdefault("MLFLOW_LOGGING_LEVEL", "ERROR")
    os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
    warnings.filterwarnings("ignore", "Hint: Inferred schema contains integer")  # a seed is never missing


def _require_answer(uri: str) -> None:
    try:
        with urllib.request.urlopen(f"{uri.rstrip('/')}/health", timeout=SERVER_SECONDS):
            return
    except urllib.error.HTTPError:
        return  # it answers; a proxy may well hide /health
    except (OSError, ValueError) as error:
        reason = getattr(error, "reason", error)
    raise UserError(
        f"The MLflow server {uri} does not answer ({reason}). Start it, correct MLFLOW_TRACKING_URI, "
        "or set tracking.enabled: false."
    )


@contextlib.contextmanager
def sentences() -> Generator[None, None, None]:
    """A store that fails half-way is the user's to mend, so it gets a sentence."""
    _quieten()
    from mlflow.exceptions import MlflowException

    try:
        yield
    except MlflowException as error:
        raise UserError(f"The MLflow store {store_uri()} failed: {error}. Mend it and run again.") from error


@contextlib.contextmanager
def _system_metrics(run_id: str) -> Generator[None, None, None]:
    from mlflow.system_metrics.system_metrics_monitor import SystemMetricsMonitor

    monitor = SystemMetricsMonitor(run_id, tracking_uri=store_uri())
    monitor.start()
    try:
        yield
    finally:
        monitor.finish()


@contextlib.contextmanager
def _ending(run: Run) -> Generator[None, None, None]:
    """Flush, then end the run as what it was: finished, failed or interrupted."""
    status = "FAILED"
    try:
        yield
        status = "FINISHED"
    except KeyboardInterrupt:
        status = "KILLED"
        raise
    finally:
        run.flush()
        run.client.set_terminated(run.run_id, status)
