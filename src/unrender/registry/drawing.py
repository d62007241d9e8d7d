"""`unrender-draw`: a brief in, a page as a PNG in base64 out. MLflow executes this file to serve it."""

import base64
import io
from pathlib import Path
from typing import Any

import pandas as pd
from mlflow.models import set_model
from mlflow.pyfunc import PythonModel
from PIL import Image

from unrender.design.brief import number_of
from unrender.evaluation.drawing import Artist, Ask


class PageArtist(PythonModel):
    """Decoder and refiner."""

    def load_context(self, context: Any) -> None:
        """Load the networks once."""
        self.artist = Artist.load(Path(context.artifacts["decoder"]), Path(context.artifacts["refiner"]))

    def predict(self, context: Any, model_input: pd.DataFrame, params: dict | None = None) -> pd.DataFrame:
        """`goal` and `format` are words, `tone` is 0..1, `seed` a whole number. ValueError names the row of others."""
        briefs = model_input[["goal", "format", "tone", "seed"]].itertuples(index=False)
        return pd.DataFrame([{"image": self.png(*checked(n, *brief))} for n, brief in enumerate(briefs)])

    def png(self, ask: Ask, seed: int) -> str:
        """One page."""
        (page,) = self.artist.draw([ask], seed)
        file = io.BytesIO()
        Image.fromarray(page).save(file, "PNG")
        return base64.b64encode(file.getvalue()).decode()


def checked(number: int, goal: str, form: str, tone: float, seed: int) -> tuple[Ask, int]:
    """A row as a brief."""
    try:
        number_of("goal", goal), number_of("format", form)
        if not 0 <= tone <= 1:
            raise ValueError(f"tone is {tone}, but must be 0 to 1")
    except ValueError as error:
        raise ValueError(f"row {number}: {error}") from None
    return Ask(goal, form, float(tone)), int(seed)


set_model(PageArtist())
