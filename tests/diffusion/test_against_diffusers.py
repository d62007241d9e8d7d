"""Step by step against the schedulers of diffusers, an oracle that the project itself does not need."""

import pytest
import torch
from torch import Generator, Tensor

from unrender.diffusion.samplers import SAMPLERS, times
from unrender.diffusion.schedule import Schedule

diffusers = pytest.importorskip("diffusers")
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:diffusers.*")

NAMES = {"linear": "linear", "cosine": "squaredcos_cap_v2"}
PREDICTIONS = {"epsilon": "epsilon", "v": "v_prediction", "x0": "sample"}
# Epsilon cannot be had at the end of cosine, where x_t holds 5e-5 of the picture.
CASES = [("linear", "epsilon"), ("linear", "v"), ("cosine", "v"), ("cosine", "x0")]
SHAPE = (2, 3, 4, 4)


def theirs(sampler: str, betas: str, prediction: str):
    settings = {
        "num_train_timesteps": 1000,
        "beta_start": 1e-4,
        "beta_end": 0.02,
        "beta_schedule": NAMES[betas],
        "prediction_type": PREDICTIONS[prediction],
        "timestep_spacing": "trailing",
    }
    if sampler == "dpm_solver":
        return diffusers.DPMSolverMultistepScheduler(
            algorithm_type="dpmsolver++", solver_order=2, final_sigmas_type="zero", **settings
        )
    kind = {"ddpm": diffusers.DDPMScheduler, "ddim": diffusers.DDIMScheduler}[sampler]
    return kind(clip_sample=False, **settings)


def say(x: Tensor, t: Tensor) -> Tensor:
    """A network: smooth, bounded, and different at each time."""
    return (1.3 * x + t[:, None, None, None] / 400).sin()


def our_path(sampler: str, schedule: Schedule, start: Tensor, steps: int) -> list[Tensor]:
    """x before each step, and after the last."""
    path = []

    def denoise(x: Tensor, t: Tensor) -> Tensor:
        path.append(x)
        return schedule.denoised(say(x, t), x, t)

    end = SAMPLERS[sampler](denoise, start, schedule, steps, Generator().manual_seed(1))
    return [*path, end]


def their_path(scheduler, start: Tensor, steps: int) -> list[Tensor]:
    scheduler.set_timesteps(steps)
    g, path = Generator().manual_seed(1), [start]
    options = {} if isinstance(scheduler, diffusers.DPMSolverMultistepScheduler) else {"generator": g}
    for t in scheduler.timesteps:
        said = say(path[-1], t.expand(len(start)))
        path.append(scheduler.step(said, t, path[-1], **options).prev_sample)
    return path


@pytest.mark.parametrize("betas", NAMES)
def test_factors_are_theirs(betas: str) -> None:
    schedule, scheduler = Schedule.of(betas, "v"), theirs("ddpm", betas, "v")
    assert torch.allclose(schedule.alpha**2, scheduler.alphas_cumprod, rtol=1e-4, atol=1e-7)
    x0, noise = torch.randn(2, *SHAPE, generator=Generator().manual_seed(0))
    t = torch.tensor([40, 900])
    assert torch.allclose(schedule.noised(x0, noise, t), scheduler.add_noise(x0, noise, t), atol=1e-5)
    assert torch.allclose(schedule.target(x0, noise, t), scheduler.get_velocity(x0, noise, t), atol=1e-5)


@pytest.mark.parametrize("steps", [3, 16, 30])
def test_times_are_theirs(steps: int) -> None:
    for sampler in SAMPLERS:
        scheduler = theirs(sampler, "linear", "v")
        scheduler.set_timesteps(steps)
        assert times(Schedule.of("linear", "v"), steps) == scheduler.timesteps.tolist(), sampler


@pytest.mark.parametrize("steps", [10, 20])
@pytest.mark.parametrize("sampler", SAMPLERS)
@pytest.mark.parametrize(("betas", "prediction"), CASES)
def test_every_step_is_theirs(sampler: str, betas: str, prediction: str, steps: int) -> None:
    start = torch.randn(SHAPE, generator=Generator().manual_seed(0))
    ours = our_path(sampler, Schedule.of(betas, prediction), start, steps)
    path = their_path(theirs(sampler, betas, prediction), start, steps)
    for number, (one, two) in enumerate(zip(ours, path, strict=True)):
        off = (one - two).abs().max() / two.abs().max()
        assert off < 1e-4, f"after step {number}: {off:.2g}"
