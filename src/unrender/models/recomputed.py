"""Drawing that gradients pass through without keeping what every step of the sampler computed."""

import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.utils.checkpoint import checkpoint

from unrender.models.drawing import Guided


class Recomputed(Guided):
    """As Guided; backward, each step is computed again (Chen et al. 2016): memory for one step, not for all."""

    def __call__(self, x: Float[Tensor, "n c h w"], t: Int[Tensor, " n"]) -> Float[Tensor, "n c h w"]:
        """The x_0 that is expected at x_t."""
        x0 = checkpoint(self._step, x, t, self.before, use_reentrant=False)
        self.before = torch.cat([x0, x0])
        return x0

    def _step(self, x: Tensor, t: Tensor, before: Tensor | None) -> Tensor:
        self.before = before  # the second time, that of a later step is there
        return super().__call__(x, t)
