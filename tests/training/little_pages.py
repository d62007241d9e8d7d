"""A tiny dataset of rectangles in the project's own format, and what else the training tests share."""

from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from unrender.data.pictures import encode
from unrender.data.shards import write_manifest, write_split
from unrender.design.swatches import RGB, SWATCHES
from unrender.render.frame import ARTBOARD

SIDE = 64


def page(seed: int, side: int = SIDE) -> dict[str, np.ndarray]:
    """A page with a margin, a panel, lines of text and one picture; the maps are exact."""
    rng = np.random.default_rng(seed)
    ground, panel, ink = rng.choice(np.arange(1, len(SWATCHES)), 3, replace=False)
    maps = {name: np.zeros((side, side), np.uint8) for name in ("text_mask", "image_mask", "colour", "hierarchy")}
    image = np.full((side, side, 3), ARTBOARD, np.uint8)

    def paint(top: int, left: int, bottom: int, right: int, colour: int) -> None:
        image[top:bottom, left:right] = RGB[SWATCHES[colour]]
        maps["colour"][top:bottom, left:right] = colour

    paint(0, 4, side, side - 4, ground)
    paint(6, 8, side // 2, side - 8, panel)
    for line in range(rng.integers(1, 4)):
        top, right = 8 + 6 * line, int(rng.integers(side // 2, side - 10))
        image[top : top + 3, 10:right:2] = RGB[SWATCHES[ink]]
        maps["text_mask"][top : top + 3, 10:right] = 255
        maps["hierarchy"][top : top + 3, 10:right] = 220
    top, left = (int(value) for value in rng.integers(side // 2, side - 20, 2))
    image[top : top + 12, left : left + 14] = rng.integers(0, 256, (12, 14, 3))
    maps["image_mask"][top : top + 12, left : left + 14] = 255
    maps["hierarchy"][top : top + 12, left : left + 14] = 90
    return {"image": image, **maps}


def write_pages(folder: Path, train: int = 12, val: int = 4, side: int = SIDE) -> Path:
    """A dataset folder with splits train and val. Difficulty (elements) falls with the row number."""
    splits = {}
    for split, count in (("train", train), ("val", val)):
        rows = [
            {
                "id": f"{split}-{i:06d}",
                "split": split,
                "source": "test",
                "elements": count - i,
                **{name: encode(pixels) for name, pixels in page(i + 1000 * (split == "val"), side).items()},
            }
            for i in range(count)
        ]
        splits[split] = write_split(folder, split, rows)
    write_manifest(folder, splits)
    return folder


class Points:
    """Examples for a network of a few numbers: y = 2 x_0 - x_1."""

    def __init__(self, count: int = 24):
        self.x = np.random.default_rng(0).normal(size=(count, 2)).astype(np.float32)
        self.difficulty = (100 * np.abs(self.x).sum(1)).astype(int).tolist()

    def __len__(self) -> int:
        return len(self.x)

    def __getitem__(self, index: int) -> dict[str, np.ndarray]:
        x = self.x[index]
        return {"x": x, "y": np.array([2 * x[0] - x[1]], np.float32)}


def small_net(seed: int = 0) -> nn.Module:
    """With batch norm (buffers) and dropout (randomness), the two things that break a resume."""
    torch.manual_seed(seed)
    return nn.Sequential(nn.Linear(2, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Dropout(0.1), nn.Linear(16, 1))


def squared_error(model: nn.Module, batch: dict[str, Tensor], generator: torch.Generator) -> dict[str, Tensor]:
    """With noise on the input while training."""
    noise = torch.randn(batch["x"].shape, generator=generator) * 0.01 * model.training
    loss = (model(batch["x"] + noise) - batch["y"]).square().mean()
    return {"loss": loss, "twice": 2 * loss}
