"""Log the shipped model files to MLflow as pyfuncs, with signature, input example and alias."""

import base64
import io
from importlib.metadata import version
from pathlib import Path

from unrender import tracking

HERE = Path(__file__).parent
PACKAGES = ("torch", "numpy", "pandas", "pillow", "safetensors", "pydantic", "pyyaml", "jaxtyping", "scipy", "psutil")
PACKAGES += ("pyarrow", "rich", "blitz-py")
READY, LATEST = "champion", "latest-trained"


def register(models: Path, ready: bool, enabled: bool) -> None:
    """A new version of `unrender-read` and of `unrender-draw`, on the experiment's run. `latest-trained` names it, and
    `champion` too if the verdict was READY."""
    if not enabled:
        return
    import pandas as pd

    page = pd.DataFrame({"image": [blank_page()]})
    brief = pd.DataFrame({"goal": ["sell"], "format": ["poster"], "tone": [0.5], "seed": [1]})
    aliases = [LATEST, READY] if ready else [LATEST]
    requirements = [f"{name}=={version(name)}" for name in PACKAGES]
    for name, example, files in (
        ("reading", page, ("encoder", "abstractor")),
        ("drawing", brief, ("decoder", "refiner")),
    ):
        tracking.register(
            f"unrender-{name.removesuffix('ing')}",
            code=HERE / f"{name}.py",
            package=HERE.parent,
            artifacts={file: models / f"{file}.safetensors" for file in files},
            example=example,
            requirements=requirements,
            aliases=aliases,
        )


def blank_page() -> str:
    """A white page as a PNG in base64."""
    from PIL import Image

    file = io.BytesIO()
    Image.new("RGB", (64, 48), "white").save(file, "PNG")
    return base64.b64encode(file.getvalue()).decode()
