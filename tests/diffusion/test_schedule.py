from math import cos, pi

import pytest
import torch
from torch import Tensor

from unrender.diffusion.schedule import MOST, Schedule

BETAS, PREDICTIONS = ("linear", "cosine"), ("epsilon", "v", "x0")


def pair(count: int = 4) -> tuple[Tensor, Tensor]:
    """Pictures and noise."""
    g = torch.Generator().manual_seed(0)
    return torch.rand(count, 3, 4, 4, generator=g) * 2 - 1, torch.randn(count, 3, 4, 4, generator=g)


def at(time: int, count: int = 4) -> Tensor:
    return torch.full((count,), time)


@pytest.mark.parametrize("betas", BETAS)
def test_variance_stays_one_and_the_signal_only_fades(betas: str) -> None:
    schedule = Schedule.of(betas, "v")
    assert len(schedule) == 1000
    assert torch.allclose(schedule.alpha**2 + schedule.sigma**2, torch.ones(1000), atol=1e-6)
    assert (schedule.alpha.diff() < 0).all()
    assert (schedule.sigma.diff() >= 0).all()  # in float32 the last ones are 1
    assert schedule.alpha.dtype == schedule.sigma.dtype == torch.float32


def test_linear_by_hand() -> None:
    """beta is 1e-4 at first, 0.02 at last, and rises by 0.0199 / 999 a step."""
    schedule = Schedule.of("linear", "v")
    assert schedule.alpha[0].item() ** 2 == pytest.approx(0.9999)
    assert schedule.sigma[0].item() == pytest.approx(0.01)
    assert schedule.alpha[1].item() ** 2 == pytest.approx(0.9999 * (1 - 1e-4 - 0.0199 / 999))
    assert (schedule.alpha[999] / schedule.alpha[998]).item() ** 2 == pytest.approx(0.98, abs=1e-5)


@pytest.mark.parametrize("time", [0, 1, 499, 998])
def test_cosine_by_hand(time: int) -> None:
    """alpha_t^2 = f(t + 1) / f(0), as long as beta is not clipped: the products telescope."""

    def f(place: float) -> float:
        return cos((place / 1000 + 0.008) / 1.008 * pi / 2) ** 2

    assert Schedule.of("cosine", "v").alpha[time].item() ** 2 == pytest.approx(f(time + 1) / f(0), rel=1e-5)


def test_the_last_beta_of_cosine_is_clipped() -> None:
    alpha = Schedule.of("cosine", "v").alpha
    assert alpha[999].item() > 0
    assert (alpha[999] / alpha[998]).item() ** 2 == pytest.approx(0.001, rel=1e-3)


@pytest.mark.parametrize(("betas", "least", "most"), [("linear", 0.01, 0.0064), ("cosine", 0.0065, 0.0001)])
def test_at_first_nearly_the_picture_at_last_nearly_noise(betas: str, least: float, most: float) -> None:
    schedule, (x0, noise) = Schedule.of(betas, "v"), pair()
    first, last = (schedule.noised(x0, noise, at(time)) for time in (0, 999))
    assert (first - x0).abs().max() <= least * noise.abs().max() + 1e-4
    assert (last - noise).abs().max() <= most + 1e-4


def test_each_example_has_its_own_time() -> None:
    schedule, (x0, noise) = Schedule.of("cosine", "v"), pair(2)
    both = schedule.noised(x0, noise, torch.tensor([10, 900]))
    assert torch.equal(both[:1], schedule.noised(x0[:1], noise[:1], at(10, 1)))
    assert torch.equal(both[1:], schedule.noised(x0[1:], noise[1:], at(900, 1)))


@pytest.mark.parametrize("betas", BETAS)
@pytest.mark.parametrize("prediction", PREDICTIONS)
@pytest.mark.parametrize("time", [0, 300, 700, 999])
def test_the_right_answer_leads_back_to_the_picture(betas: str, prediction: str, time: int) -> None:
    if prediction == "epsilon":
        time = min(time, 900)  # at the end x_t has next to nothing of the picture left
    schedule, (x0, noise) = Schedule.of(betas, prediction), pair()
    x = schedule.noised(x0, noise, at(time))
    found = schedule.denoised(schedule.target(x0, noise, at(time)), x, at(time))
    assert torch.allclose(found, x0, atol=1e-4 if prediction == "epsilon" else 1e-5)


def test_targets_by_hand() -> None:
    """alpha = 0.6, sigma = 0.8, picture 1, noise 2: x_t is 2.2, the velocity 0.6 * 2 - 0.8 * 1 = 0.4."""
    factors = torch.tensor([0.6]), torch.tensor([0.8])
    x0, noise, t = torch.ones(1, 1, 1, 1), torch.full((1, 1, 1, 1), 2.0), at(0, 1)
    assert Schedule(*factors, "v").noised(x0, noise, t).item() == pytest.approx(2.2)
    found = {name: Schedule(*factors, name).target(x0, noise, t).item() for name in PREDICTIONS}
    assert found == pytest.approx({"epsilon": 2.0, "v": 0.4, "x0": 1.0})


@pytest.mark.parametrize(
    ("prediction", "gamma", "weights"),
    [  # signal to noise 24, 1 and 1/24
        ("epsilon", None, [1, 1, 1]),
        ("epsilon", 5.0, [5 / 24, 1, 1]),
        ("v", None, [1, 1, 1]),
        ("v", 5.0, [5 / 25, 1 / 2, 1 / 25]),
        ("x0", None, [MOST, 2, 25 / 24]),
        ("x0", 5.0, [5, 1, 1 / 24]),
    ],
)
def test_weights_by_hand(prediction: str, gamma: float | None, weights: list[float]) -> None:
    shares = torch.tensor([0.96, 0.5, 0.04])
    schedule = Schedule(shares.sqrt(), (1 - shares).sqrt(), prediction)
    assert schedule.weight(torch.arange(3), gamma).tolist() == pytest.approx(weights, rel=1e-4)


@pytest.mark.parametrize("time", [100, 500, 800])
def test_with_a_gamma_it_does_not_matter_what_is_predicted(time: int) -> None:
    """The same error of the picture costs the same, said as picture, noise or velocity."""
    x0, noise = pair()
    costs = []
    for prediction in PREDICTIONS:
        schedule = Schedule.of("cosine", prediction)
        x = schedule.noised(x0, noise, at(time))
        wrong = x0 + 0.1
        noise_of_wrong = (x - schedule.alpha[time] * wrong) / schedule.sigma[time]
        error = schedule.target(wrong, noise_of_wrong, at(time)) - schedule.target(x0, noise, at(time))
        costs.append(schedule.weight(at(time), 5.0)[0].item() * error.square().mean().item())
    assert costs == pytest.approx([costs[0]] * 3, rel=1e-3)


def test_a_schedule_moves_to_a_device_as_a_whole() -> None:
    schedule = Schedule.of("linear", "epsilon")
    moved = schedule.to(torch.device("meta"))
    assert (moved.alpha.device.type, moved.sigma.device.type, moved.prediction) == ("meta", "meta", "epsilon")
    assert schedule.alpha.device.type == "cpu"
    assert torch.equal(schedule.to(torch.device("cpu")).alpha, schedule.alpha)
