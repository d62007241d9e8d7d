"""The shipped coder and its baseline."""

from pathlib import Path

from unrender.artifacts import load_model
from unrender.config import UserError
from unrender.design.languages import Language, named
from unrender.evaluation.loading import built
from unrender.models.coder import Coder, Config


def load_coder(path: Path, kind: str = "coder") -> tuple[Coder, Language]:
    """The network in eval mode, and what it writes. UserError if the file is none, or its language is not that of this
    code."""
    file = load_model(path, kind)
    again = f"Train it again: `dvc repro train_{kind}`."
    try:
        language = named(str(file.labels.get("language")))
    except KeyError:
        raise UserError(f"{path} writes a language that is not known here. {again}") from None
    words = language.automaton.words
    if file.labels.get("words") != words:
        raise UserError(f"{path} was trained with other words. {again}")
    return built(file, path, lambda config: Coder(config, len(words)), Config), language
