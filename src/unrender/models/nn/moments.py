"""What is denoised, brought to zero mean and unit variance."""

import torch
from jaxtyping import Float
from torch import Tensor, nn


class Standardised(nn.Module):
    """A network that carries the moments of what train shows: `mean` and `std`, (c, 1, 1)."""

    mean: Tensor
    std: Tensor

    def __init__(self, channels: int):
        super().__init__()
        self.register_buffer("mean", torch.zeros(channels, 1, 1))
        self.register_buffer("std", torch.ones(channels, 1, 1))

    def standardise(self, mean: Float[Tensor, "c 1 1"], std: Float[Tensor, "c 1 1"]) -> None:
        """Take the moments."""
        self.mean.copy_(mean)
        self.std.copy_(std)
