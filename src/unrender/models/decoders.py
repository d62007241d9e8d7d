"""What each space of drawing needs: the decoder of a config, and the pages that it learns from."""

from pathlib import Path

import torch

from unrender.data.boxes import BoxDataset
from unrender.data.latents import DrawnDataset
from unrender.models.box_decoder import BoxDecoder
from unrender.models.canvas_decoder import CanvasDecoder
from unrender.models.decoder import Config, Decoder

Pages = BoxDataset | DrawnDataset


def decoder_for(config: Config) -> Decoder:
    """With fresh weights."""
    return BoxDecoder(config) if config.space == "boxes" else CanvasDecoder(config)


def pages_for(config: Config, folder: Path, split: str) -> Pages:
    """A split as what is denoised, with its briefs. UserError when it has no fully labelled page."""
    return BoxDataset(folder, split) if config.space == "boxes" else DrawnDataset(folder, split, config.space)


def acquaint(model: Decoder, train: Pages) -> None:
    """Tell a new decoder what pages of train are like: sheets, and moments of what is not boxes."""
    goal, form, ratio = (torch.from_numpy(values) for values in (train.goal, train.format, train.ratio))
    if isinstance(train, DrawnDataset):
        model.standardise(*train.moments())
        model.learn_sheets(goal, form, ratio)
    else:
        model.learn_sheets(goal, form, ratio, torch.from_numpy(train.count).float())
