"""Muon (Jordan et al. 2024, "Muon: An optimizer for hidden layers in neural networks"): matrices move by steps that are
orthogonal, so that every direction a layer can change in counts alike, not only the few that gradients are full of.

torch.optim has it for matrices alone; here kernels of convolutions are matrices too, of outputs x all they see. And
it computes in bfloat16, which many processors only emulate.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn

from unrender.models.nn.precision import bfloat16_pays

STEP = 0.4
"""Root mean square of a step's entries, as a share of lr. AdamW's is .2 to .4 of it (Liu et al. 2025, "Muon is scalable
for LLM training", section 2.2), so that both go by one learning rate."""
MOMENTUM = 0.95
LEAST = 16
"""Sides of a matrix below which it is left to AdamW: what maps to a few numbers has few directions to even out."""
QUINTIC = (3.4445, -4.7750, 2.0315)  # a polynomial that drives all of 0..1 toward 1 (Jordan et al.), five times over
ROUNDS = 5


class Muon(torch.optim.Optimizer):
    """Moves matrices and kernels; momentum is Nesterov's, weight decay is decoupled."""

    def __init__(self, weights: Iterable[Tensor], lr: float, weight_decay: float):
        super().__init__(weights, {"lr": lr, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self) -> None:  # ty: ignore[incompatible-method-override]
        """Move by the gradients at hand."""
        for group in self.param_groups:
            for weight in group["params"]:
                if weight.grad is not None:
                    ahead = self._ahead(weight, weight.grad)
                    matrix = ahead.flatten(1)
                    weight.mul_(1 - group["lr"] * group["weight_decay"])
                    length = group["lr"] * STEP * max(matrix.shape) ** 0.5
                    weight.add_(orthogonal(matrix).view(ahead.shape), alpha=-length)

    def _ahead(self, weight: Tensor, gradient: Tensor) -> Tensor:
        """The gradient as momentum makes it."""
        state = self.state[weight]
        if not state:
            state["momentum"] = torch.zeros_like(gradient)
        momentum = state["momentum"].lerp_(gradient, 1 - MOMENTUM)
        return gradient.lerp(momentum, MOMENTUM)


def orthogonal(matrix: Float[Tensor, "m n"]) -> Float[Tensor, "m n"]:
    """What has its singular vectors, and singular values of .7 to 1.2: near the U V' of its U S V'."""
    dtype = torch.bfloat16 if bfloat16_pays(matrix.device.type) else torch.float32
    tall = matrix.shape[0] > matrix.shape[1]
    x = (matrix.T if tall else matrix).to(dtype)
    x = x / (x.norm() + 1e-7)
    a, b, c = QUINTIC
    for _ in range(ROUNDS):
        square = x @ x.T
        x = a * x + (b * square + c * (square @ square)) @ x
    return (x.T if tall else x).to(matrix.dtype).contiguous()


class Together:
    """Several optimizers that are used as one."""

    def __init__(self, *optimizers: torch.optim.Optimizer):
        self.optimizers = optimizers

    @property
    def param_groups(self) -> list[dict[str, Any]]:
        return [group for each in self.optimizers for group in each.param_groups]

    def zero_grad(self, set_to_none: bool = True) -> None:
        for each in self.optimizers:
            each.zero_grad(set_to_none)

    def step(self) -> None:
        for each in self.optimizers:
            each.step()

    def state_dict(self) -> dict[str, Any]:
        return {str(place): each.state_dict() for place, each in enumerate(self.optimizers)}

    def load_state_dict(self, states: Mapping[str, Any]) -> None:
        for place, each in enumerate(self.optimizers):
            each.load_state_dict(states[str(place)])


def hidden(model: nn.Module) -> list[nn.Parameter]:
    """Weights of linear layers, convolutions and recurrent cells that map LEAST numbers or more to as many: neither
    embeddings nor what is learnt place by place."""
    layers = (
        module for module in model.modules() if isinstance(module, nn.Linear | nn.Conv1d | nn.Conv2d | nn.RNNCellBase)
    )
    weights = (weight for layer in layers for weight in layer.parameters(recurse=False) if weight.ndim > 1)
    return [weight for weight in weights if weight.requires_grad and min(weight.flatten(1).shape) >= LEAST]
