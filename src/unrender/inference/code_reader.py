"""Write the code of screenshots with the shipped coder, and the page that it becomes."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from unrender.design.languages import Language
from unrender.design.stand_in import Compiled
from unrender.evaluation.code_loading import load_coder
from unrender.models.code_writing import Search, Written, write
from unrender.models.coder import Coder
from unrender.render.frame import fit
from unrender.render.screenshot import to_rgb


@dataclass(frozen=True)
class PageCode:
    """The code of a page: its canonical text, what it becomes on a canvas (width, least height in CSS px), and how it
    was written."""

    text: str
    page: Compiled
    canvas: tuple[int, int]
    written: Written


class CodeReader:
    """The network, ready to write. `digest` names its weights."""

    def __init__(self, model: Coder, language: Language, digest: str, search: Search = Search()):  # noqa: B008
        self.model, self.language, self.digest, self.search = model, language, digest, search

    @classmethod
    def load(cls, path: Path, search: Search = Search()) -> "CodeReader":  # noqa: B008
        """From a .safetensors file; nothing is unpickled. UserError when it is missing, damaged or foreign, or writes
        other words than this code knows."""
        model, language = load_coder(path)
        return cls(model, language, hashlib.sha256(path.read_bytes()).hexdigest()[:16], search)

    def read(self, image: Image.Image) -> PageCode:
        """One picture of any size and mode. Alone, so that nothing depends on what else is read: in a batch, sums are
        rounded otherwise."""
        frame, _ = fit(to_rgb(image))
        pixels = torch.from_numpy(np.ascontiguousarray(np.asarray(frame).transpose(2, 0, 1)))[None]
        with torch.inference_mode():
            (written,) = write(self.model, pixels, self.language.automaton, self.search)
        text = self.language.text(written.words)
        canvas = self.language.canvas(written.words[0], image.size)
        return PageCode(text, self.language.compiled(text, canvas), canvas, written)
