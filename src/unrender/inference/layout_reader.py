"""Read section layouts from screenshots and documents with the shipped network."""

import hashlib
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from unrender.data.batches import stack
from unrender.data.layout_pages import inputs
from unrender.design.section_tree import Document, Reading
from unrender.evaluation.layout_loading import load_layout
from unrender.models.layout import Layout
from unrender.models.layout_reading import read, readings
from unrender.render.frame import fit
from unrender.render.screenshot import to_rgb


class LayoutReader:
    """The network, ready to read. `digest` names its weights."""

    def __init__(self, model: Layout, digest: str) -> None:
        self.model, self.digest = model, digest

    @classmethod
    def load(cls, path: Path) -> "LayoutReader":
        """From a .safetensors file; nothing is unpickled. UserError when it is missing, damaged or foreign."""
        model = load_layout(path)
        return cls(model, hashlib.sha256(path.read_bytes()).hexdigest()[:16])

    def read(self, image: Image.Image, document: Document) -> Reading:
        """What every node is; boxes in px of the image, which may have any size and mode."""
        picture = to_rgb(image)
        frame, _ = fit(picture)
        item = inputs(document, picture.size, len(document))
        item["image"] = np.ascontiguousarray(np.asarray(frame).transpose(2, 0, 1))
        batch = stack([item])
        with torch.inference_mode():
            return readings(read(self.model, batch), batch["node"], [picture.size])[0]
