from itertools import pairwise

import pytest
import torch
from torch import Generator, Tensor

from unrender.diffusion.samplers import SAMPLERS, Denoiser, ddim, ddpm, dpm_solver, times
from unrender.diffusion.schedule import Schedule

MEAN, STD = 0.4, 0.3
SCHEDULE = Schedule.of("cosine", "v")
SHAPE = (2000, 1, 2, 2)


def gaussian(schedule: Schedule = SCHEDULE) -> Denoiser:
    """The best denoiser of x_0 ~ N(MEAN, STD^2): its mean, given x_t."""

    def denoise(x: Tensor, t: Tensor) -> Tensor:
        alpha, sigma = (factor[t][:, None, None, None] for factor in (schedule.alpha, schedule.sigma))
        return MEAN + alpha * STD**2 / (alpha**2 * STD**2 + sigma**2) * (x - alpha * MEAN)

    return denoise


def noise(seed: int = 0, shape: tuple[int, ...] = SHAPE) -> Tensor:
    return torch.randn(shape, generator=Generator().manual_seed(seed))


def draw(sampler: str, steps: int, start: Tensor, seed: int = 1, schedule: Schedule = SCHEDULE) -> Tensor:
    return SAMPLERS[sampler](gaussian(schedule), start, schedule, steps, Generator().manual_seed(seed))


@pytest.mark.parametrize("betas", ["linear", "cosine"])
@pytest.mark.parametrize(("sampler", "steps"), [("ddim", 200), ("dpm_solver", 50), ("ddpm", 500)])
def test_samples_have_the_mean_and_the_spread_of_the_data(sampler: str, steps: int, betas: str) -> None:
    found = draw(sampler, steps, noise(), schedule=Schedule.of(betas, "v"))
    assert found.mean().item() == pytest.approx(MEAN, abs=0.015)  # of 8000 numbers: 0.3 / 89 is one standard error
    assert found.std().item() == pytest.approx(STD, rel=0.05)


def test_ddim_follows_the_one_path_from_noise_to_data() -> None:
    """A Gaussian stays one along the way, so noise z must end as MEAN + STD z."""
    start = noise()
    assert torch.allclose(draw("ddim", 1000, start), MEAN + STD * start, atol=0.01)


@pytest.mark.parametrize(("steps", "share"), [(10, 0.7), (20, 0.3), (40, 0.1)])
def test_second_order_beats_first_and_the_more_so_the_more_steps(steps: int, share: float) -> None:
    start = noise()
    exact = draw("ddim", 1000, start)
    first, second = ((draw(name, steps, start) - exact).abs().mean().item() for name in ("ddim", "dpm_solver"))
    assert second < share * first


@pytest.mark.parametrize("sampler", ["ddim", "dpm_solver"])
def test_deterministic_samplers_are(sampler: str) -> None:
    start = noise(shape=(4, 1, 2, 2))
    first = draw(sampler, 8, start, seed=1)
    assert torch.equal(first, draw(sampler, 8, start, seed=2))
    assert not torch.equal(first, draw(sampler, 8, noise(5, (4, 1, 2, 2)), seed=1))


def test_ddpm_depends_on_its_generator_only() -> None:
    start = noise(shape=(4, 1, 2, 2))
    first = draw("ddpm", 8, start, seed=1)
    torch.manual_seed(7)
    assert torch.equal(first, draw("ddpm", 8, start, seed=1))
    assert not torch.equal(first, draw("ddpm", 8, start, seed=2))


@pytest.mark.parametrize("sampler", SAMPLERS)
@pytest.mark.parametrize("steps", [1, 2, 7])
def test_who_always_expects_the_same_gets_it(sampler: str, steps: int) -> None:
    def denoise(x: Tensor, t: Tensor) -> Tensor:
        return torch.full_like(x, 0.25)

    start = noise(shape=(2, 3, 4, 4))
    assert (SAMPLERS[sampler](denoise, start, SCHEDULE, steps, Generator()) == 0.25).all()


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_noise_is_left_as_it_was_and_examples_do_not_mix(sampler: str) -> None:
    start = noise(shape=(3, 1, 2, 2))
    kept = start.clone()
    found = draw(sampler, 6, start)
    assert torch.equal(start, kept)
    start[2] = 9.0
    assert torch.equal(draw(sampler, 6, start)[:2], found[:2])


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_the_denoiser_is_asked_once_at_each_time_for_every_example(sampler: str) -> None:
    asked = []

    def denoise(x: Tensor, t: Tensor) -> Tensor:
        asked.append(t.tolist())
        return 0 * x

    SAMPLERS[sampler](denoise, noise(shape=(2, 1, 2, 2)), SCHEDULE, 5, Generator())
    assert asked == [[999] * 2, [799] * 2, [599] * 2, [399] * 2, [199] * 2]


def test_eta_leads_from_ddim_to_ddpm() -> None:
    start, seeded = noise(shape=(4, 1, 2, 2)), lambda: Generator().manual_seed(3)
    assert torch.equal(
        ddim(gaussian(), start, SCHEDULE, 9, seeded(), eta=1.0), ddpm(gaussian(), start, SCHEDULE, 9, seeded())
    )
    assert torch.equal(
        ddim(gaussian(), start, SCHEDULE, 9, seeded(), eta=0.0), ddim(gaussian(), start, SCHEDULE, 9, seeded())
    )


def test_one_step_of_dpm_solver_is_one_of_ddim() -> None:
    """The first step has no step before it, the last is the answer itself: of two, both are of first order."""
    start, g = noise(shape=(4, 1, 2, 2)), Generator()
    assert torch.allclose(
        dpm_solver(gaussian(), start, SCHEDULE, 2, g), ddim(gaussian(), start, SCHEDULE, 2, g), atol=1e-5
    )


@pytest.mark.parametrize("steps", [1, 2, 3, 7, 16, 250, 667, 999, 1000])
def test_times_go_from_the_last_one_down(steps: int) -> None:
    found = times(SCHEDULE, steps)
    assert (len(found), found[0]) == (steps, 999)
    assert all(later < now for now, later in pairwise(found))
    assert found[-1] == round(1000 / steps) - 1


@pytest.mark.parametrize("steps", [-1, 0, 1001])
def test_more_steps_than_times_or_none_are_refused(steps: int) -> None:
    with pytest.raises(ValueError, match=f"steps is {steps}; it must be 1 to 1000"):
        times(SCHEDULE, steps)
