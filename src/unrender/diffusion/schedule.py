"""How noise grows with time: x_t = alpha_t x_0 + sigma_t noise, alpha^2 + sigma^2 = 1, t = 0 .. T - 1."""

from dataclasses import dataclass
from itertools import pairwise
from math import cos, pi
from typing import Literal

import torch
from jaxtyping import Float, Int
from torch import Tensor

Betas = Literal["linear", "cosine"]
Prediction = Literal["epsilon", "v", "x0"]

T = 1000
"""Steps of the forward process."""
MOST = 3.0
"""The largest weight of an error of x_0: the loss of v weighs it by 1 / sigma^2, which has no bound."""


@dataclass(frozen=True)
class Schedule:
    """Both factors at every time, in float32. `prediction` says what a network gives: the noise, the picture itself,
    or the velocity v = alpha noise - sigma x_0 (Salimans and Ho 2022, section 4)."""

    alpha: Float[Tensor, " t"]
    sigma: Float[Tensor, " t"]
    prediction: Prediction

    @classmethod
    def of(cls, betas: Betas, prediction: Prediction, steps: int = T) -> "Schedule":
        """linear: beta from 1e-4 to 0.02 (Ho et al. 2020, section 4). cosine: Nichol and Dhariwal 2021, equation 17."""
        product = torch.cumprod(1 - BETAS[betas](steps), 0)
        return cls(product.sqrt().float(), (1 - product).sqrt().float(), prediction)

    def __len__(self) -> int:
        return len(self.alpha)

    def noised(
        self, x0: Float[Tensor, "b c h w"], noise: Float[Tensor, "b c h w"], t: Int[Tensor, " b"]
    ) -> Float[Tensor, "b c h w"]:
        """x_t."""
        return _at(self.alpha, t) * x0 + _at(self.sigma, t) * noise

    def target(
        self, x0: Float[Tensor, "b c h w"], noise: Float[Tensor, "b c h w"], t: Int[Tensor, " b"]
    ) -> Float[Tensor, "b c h w"]:
        """What the network should say at x_t."""
        if self.prediction == "epsilon":
            return noise
        if self.prediction == "x0":
            return x0
        return _at(self.alpha, t) * noise - _at(self.sigma, t) * x0

    def denoised(
        self, said: Float[Tensor, "b c h w"], x: Float[Tensor, "b c h w"], t: Int[Tensor, " b"]
    ) -> Float[Tensor, "b c h w"]:
        """The x_0 that the network's answer at x_t amounts to."""
        alpha, sigma = _at(self.alpha, t), _at(self.sigma, t)
        if self.prediction == "x0":
            return said
        return (x - sigma * said) / alpha if self.prediction == "epsilon" else alpha * x - sigma * said

    def weight(self, t: Int[Tensor, " b"], gamma: float | None) -> Float[Tensor, " b"]:
        """Factor of the squared error of what is predicted. With a gamma: Min-SNR (Hang et al. 2023, equation 5 and
        appendix), as if x_0 were scored with min(SNR, gamma). Without: 1; for x_0, what makes it the loss of v, which
        otherwise would not care for details, up to a factor of MOST."""
        snr = (self.alpha[t] / self.sigma[t]).square()
        if self.prediction == "x0":
            return (snr + 1).clamp_max(MOST) if gamma is None else snr.clamp_max(gamma)
        if gamma is None:
            return torch.ones_like(snr)
        return snr.clamp_max(gamma) / (snr if self.prediction == "epsilon" else snr + 1)

    def to(self, device: torch.device) -> "Schedule":
        """The same schedule on a device."""
        return Schedule(self.alpha.to(device), self.sigma.to(device), self.prediction)


def _linear(steps: int) -> Float[Tensor, " t"]:
    return torch.linspace(1e-4, 0.02, steps, dtype=torch.float64)


def _cosine(steps: int, offset: float = 0.008, largest: float = 0.999) -> Float[Tensor, " t"]:
    left = [cos((i / steps + offset) / (1 + offset) * pi / 2) ** 2 for i in range(steps + 1)]
    return torch.tensor([min(1 - b / a, largest) for a, b in pairwise(left)], dtype=torch.float64)


BETAS = {"linear": _linear, "cosine": _cosine}


def _at(values: Float[Tensor, " t"], t: Int[Tensor, " b"]) -> Float[Tensor, "b 1 1 1"]:
    return values[t][:, None, None, None]
