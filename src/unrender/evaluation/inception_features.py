"""What Inception-v3 sees in a page: the features under a published FID (Heusel et al. 2017), given its weights.

They come in no package, so they are the user's to bring.
"""

from functools import partial
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from jaxtyping import Float32, UInt8
from torch import Tensor

from unrender.evaluation.features import in_batches
from unrender.models.nn.foreign_weights import fill
from unrender.models.nn.inception import Inception

SIZE = 299  # px
HELD = "the weights of Inception-v3 that FID is computed with, under torchvision's names (pt_inception-2015-12-05)"


def load_inception(path: Path) -> Inception:
    """The network, ready to look. UserError as in `fill`."""
    with torch.device("meta"):  # no time and no random numbers go into weights that are replaced at once
        network = Inception()
    network.to_empty(device="cpu")
    fill(network, path, HELD)
    return network.eval().to(memory_format=torch.channels_last)


def inception_features(
    network: Inception, images: UInt8[np.ndarray, "n h w 3"], batch_size: int = 8
) -> Float32[np.ndarray, "n 2048"]:
    """The layer before the classifier, averaged over the picture; 0 or more."""
    return in_batches(partial(_features, network), images, batch_size)


@torch.inference_mode()
def _features(network: Inception, pixels: UInt8[Tensor, "b 3 h w"]) -> Float32[np.ndarray, "b 2048"]:
    """Resized without a filter, as FID does; pages are smaller than SIZE, so nothing aliases."""
    x = F.interpolate(pixels.float(), (SIZE, SIZE), mode="bilinear", align_corners=False)
    return network(x / 127.5 - 1).numpy()
