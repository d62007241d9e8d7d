"""`unrender-read`: a page image in, what it is for and how good it is out. MLflow executes this file to serve it."""

import base64
import binascii
import tempfile
from pathlib import Path
from typing import Any

import pandas as pd
from mlflow.models import set_model
from mlflow.pyfunc import PythonModel

from unrender.config import UserError
from unrender.inference.reader import Reader, Reading
from unrender.render.screenshot import open_screenshot


class PageReader(PythonModel):
    """Encoder and abstractor."""

    def load_context(self, context: Any) -> None:
        """Load the networks once."""
        self.reader = Reader.load(Path(context.artifacts["encoder"]), Path(context.artifacts["abstractor"]))

    def predict(self, context: Any, model_input: pd.DataFrame, params: dict | None = None) -> pd.DataFrame:
        """`image` holds a picture file in base64. ValueError names the row of one that cannot be read."""
        with tempfile.TemporaryDirectory() as folder:
            return pd.DataFrame([self.row(n, text, Path(folder)) for n, text in enumerate(model_input["image"])])

    def row(self, number: int, text: str, folder: Path) -> dict[str, str | float]:
        """One page."""
        path = folder / f"row {number}"
        try:
            path.write_bytes(base64.b64decode(text, validate=True))
            return flat(self.reader.read(open_screenshot(path).picture))
        except binascii.Error as error:
            raise ValueError(f"row {number}: image is not base64: {error}") from None
        except UserError as error:
            raise ValueError(str(error).replace(str(path), path.name)) from None


def flat(reading: Reading) -> dict[str, str | float]:
    """A reading as one row of words and numbers."""
    found, inside = reading.meaning, reading.inside()
    assert found is not None  # load_context gave the reader an abstractor
    (goal, sure), (form, sure_of_form) = (next(iter(chances.items())) for chances in (found.goal, found.format))
    return {
        "goal": goal,
        "goal_confidence": sure,
        "format": form,
        "format_confidence": sure_of_form,
        "tone": found.tone,
        **{f"grammar_{name}": value for name, value in found.grammar.items()},
        "text_share": float((reading.text[inside] > 0.5).mean()),
        "image_share": float((reading.image[inside] > 0.5).mean()),
    }


set_model(PageReader())
