"""From noise to a sample: ancestral DDPM, DDIM and DPM-Solver++(2M), all driven by one denoiser.

A denoiser maps (x_t, t) to the x_0 it expects; t is one integer per example.
"""

from collections.abc import Callable, Sequence
from itertools import pairwise
from math import exp, log

import torch
from jaxtyping import Float, Int
from torch import Generator, Tensor

from unrender.diffusion.schedule import Schedule

Denoiser = Callable[[Float[Tensor, "b c h w"], Int[Tensor, " b"]], Float[Tensor, "b c h w"]]
Randomness = Generator | Sequence[Generator]
"""One for all, or one per example, so that an example does not depend on its company."""
Sampler = Callable[[Denoiser, Float[Tensor, "b c h w"], Schedule, int, Randomness], Float[Tensor, "b c h w"]]


def times(schedule: Schedule, steps: int) -> list[int]:
    """`steps` times, evenly spaced from the last one down ("trailing": Lin et al. 2024, table 2)."""
    if not 1 <= steps <= len(schedule):
        raise ValueError(f"steps is {steps}; it must be 1 to {len(schedule)}")
    return [round(len(schedule) * (steps - i) / steps) - 1 for i in range(steps)]


def ddpm(
    denoise: Denoiser, x: Float[Tensor, "b c h w"], schedule: Schedule, steps: int, generator: Randomness
) -> Float[Tensor, "b c h w"]:
    """Ancestral sampling (Ho et al. 2020, algorithm 2, with the smaller variance), on a subset of the times."""
    return ddim(denoise, x, schedule, steps, generator, eta=1.0)


def ddim(
    denoise: Denoiser,
    x: Float[Tensor, "b c h w"],
    schedule: Schedule,
    steps: int,
    generator: Randomness,
    eta: float = 0.0,
) -> Float[Tensor, "b c h w"]:
    """Song et al. 2021, equation 12; eta 0 is deterministic, 1 is DDPM (equation 16)."""
    path = times(schedule, steps)
    for now, later in pairwise(path):
        x0 = denoise(x, _all_at(now, x))
        (alpha, sigma), (next_alpha, next_sigma) = _factors(schedule, now), _factors(schedule, later)
        fresh = eta * (next_sigma / sigma) * max(0.0, 1 - (alpha / next_alpha) ** 2) ** 0.5
        kept = max(0.0, next_sigma**2 - fresh**2) ** 0.5
        x = next_alpha * x0 + kept * (x - alpha * x0) / sigma
        if fresh:
            x = x + fresh * noise_like(x, generator)
    return denoise(x, _all_at(path[-1], x))


def dpm_solver(
    denoise: Denoiser, x: Float[Tensor, "b c h w"], schedule: Schedule, steps: int, generator: Randomness
) -> Float[Tensor, "b c h w"]:
    """DPM-Solver++(2M) (Lu et al. 2022, algorithm 2), last step of first order. Deterministic: `generator` is unused.

    In u = log(alpha / sigma): x <- (sigma'/sigma) x - alpha' (exp(-h) - 1) D, D the x_0 extrapolated over two steps.
    """
    before: tuple[Tensor, float] | None = None  # x_0 and log-SNR half of the step before
    path = times(schedule, steps)
    for now, later in pairwise(path):
        x0 = denoise(x, _all_at(now, x))
        (alpha, sigma), (next_alpha, next_sigma) = _factors(schedule, now), _factors(schedule, later)
        u, next_u = log(alpha / sigma), log(next_alpha / next_sigma)
        step, best = next_u - u, x0
        if before is not None:
            ratio = (u - before[1]) / step
            best = x0 + (x0 - before[0]) / (2 * ratio)
        x = (next_sigma / sigma) * x - next_alpha * (exp(-step) - 1) * best
        before = x0, u
    return denoise(x, _all_at(path[-1], x))


def noise_like(x: Float[Tensor, "b c h w"], generator: Randomness) -> Float[Tensor, "b c h w"]:
    """Standard normal, of the shape and on the device of x."""
    if isinstance(generator, Generator):
        return torch.randn(x.shape, generator=generator, device=x.device)
    return torch.stack([torch.randn(x.shape[1:], generator=one, device=x.device) for one in generator])


def _all_at(t: int, x: Float[Tensor, "b c h w"]) -> Int[Tensor, " b"]:
    return torch.full((len(x),), t, device=x.device)


def _factors(schedule: Schedule, t: int) -> tuple[float, float]:
    return float(schedule.alpha[t]), float(schedule.sigma[t])


SAMPLERS: dict[str, Sampler] = {"ddpm": ddpm, "ddim": ddim, "dpm_solver": dpm_solver}
