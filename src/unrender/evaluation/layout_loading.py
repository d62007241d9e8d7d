"""The shipped layout network."""

from pathlib import Path

from unrender.artifacts import load_model
from unrender.config import UserError
from unrender.design.section_tree import KINDS
from unrender.evaluation.loading import built
from unrender.models.layout import Config, Layout


def load_layout(path: Path) -> Layout:
    """The network in eval mode. UserError if the file is none, or it or its types are not those of this code."""
    file = load_model(path, "layout")
    if file.labels.get("kinds") != list(KINDS):
        raise UserError(f"{path} was trained with other element types. Train it again: `dvc repro train_layout`.")
    return built(file, path, Layout, Config)
