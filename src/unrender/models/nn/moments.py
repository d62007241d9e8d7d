"""What a network is given, brought to zero mean and unit variance."""

import torch
from jaxtyping import Float
from torch import Tensor, nn


class Standardised(nn.Module):
    """A network that carries the moments of what train shows: `mean` and `std`, of one shape."""

    mean: Tensor
    std: Tensor

    def __init__(self, *shape: int):
        super().__init__()
        self.register_buffer("mean", torch.zeros(shape))
        self.register_buffer("std", torch.ones(shape))

    def standardise(self, mean: Float[Tensor, "*s"], std: Float[Tensor, "*s"]) -> None:
        """Take the moments."""
        self.mean.copy_(mean)
        self.std.copy_(std)
