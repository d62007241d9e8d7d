"""Log the shipped model files to MLflow as pyfuncs, with signature, input example and alias."""

import base64
import io
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from unrender import tracking
from unrender.artifacts import why_left_out

if TYPE_CHECKING:
    import pandas as pd

HERE = Path(__file__).parent
PACKAGES = ("torch", "numpy", "pandas", "pillow", "safetensors", "pydantic", "pyyaml", "jaxtyping", "scipy", "psutil")
PACKAGES += ("pyarrow", "rich", "blitz-py")
READS, DRAWS = ("encoder", "abstractor"), ("decoder", "refiner")
READY, LATEST = "champion", "latest-trained"


def register(models: Path, ready: bool, enabled: bool) -> None:
    """A new version of `unrender-read` and of `unrender-draw`, on the experiment's run. `latest-trained` names it, and
    `champion` too if the verdict was READY. One whose networks were left out is left out as well."""
    if not enabled:
        return
    import pandas as pd

    aliases = [LATEST, READY] if ready else [LATEST]
    page = pd.DataFrame({"image": [blank_page()]})
    brief = pd.DataFrame({"goal": ["sell"], "format": ["poster"], "tone": [0.5], "seed": [1]})
    for code, example, kinds in (("reading", page, READS), ("drawing", brief, DRAWS)):
        files = [models / f"{kind}.safetensors" for kind in kinds]
        if not any(map(why_left_out, files)):
            _register(code, example, files, aliases)


def _register(code: str, example: "pd.DataFrame", files: list[Path], aliases: list[str]) -> None:
    """A new version of a model, made from a file beside this one and not pickled. The package is copied beside it; its
    signature comes from running it on `example`."""
    name = f"unrender-{code.removesuffix('ing')}"
    with tracking.sentences():
        client, _, run = tracking.open_store()
        import mlflow

        mlflow.set_tracking_uri(tracking.store_uri())
        mlflow.set_registry_uri(tracking.store_uri())
        with mlflow.start_run(run_id=run, log_system_metrics=False):
            logged = mlflow.pyfunc.log_model(
                name=name,
                python_model=str(HERE / f"{code}.py"),
                artifacts={path.stem: str(path) for path in files},
                input_example=example,
                code_paths=[str(HERE.parent)],
                pip_requirements=[f"{package}=={version(package)}" for package in PACKAGES],
                registered_model_name=name,
            )
        for alias in aliases:
            client.set_registered_model_alias(name, alias, str(logged.registered_model_version))


def blank_page() -> str:
    """A white page as a PNG in base64."""
    from PIL import Image

    file = io.BytesIO()
    Image.new("RGB", (64, 48), "white").save(file, "PNG")
    return base64.b64encode(file.getvalue()).decode()
