import pytest
import torch
from torch import Generator, Tensor, nn

from unrender.diffusion.schedule import Schedule
from unrender.models.decoder import UNKNOWN
from unrender.objectives.diffusion import DecoderObjective, denoising_loss

COSINE = Schedule.of("cosine", "v")
MEAN, STD = torch.linspace(0.2, 0.7, 8).view(8, 1, 1), torch.linspace(0.1, 0.5, 8).view(8, 1, 1)
PREDICTIONS = ("epsilon", "v", "x0")


def seeded(seed: int = 0) -> Generator:
    return Generator().manual_seed(seed)


class Listener(nn.Module):
    """Keeps what it was given, and says 0."""

    def forward(self, x: Tensor, t: Tensor, *more: Tensor) -> Tensor:
        self.x, self.t, self.more = x, t, more
        return 0 * x


class Knowing(Listener):
    """Knows the pictures, so the noise too."""

    def __init__(self, schedule: Schedule, x0: Tensor):
        super().__init__()
        self.schedule, self.x0 = schedule, x0

    def forward(self, x: Tensor, t: Tensor, *more: Tensor) -> Tensor:
        alpha, sigma = (factor[t][:, None, None, None] for factor in (self.schedule.alpha, self.schedule.sigma))
        return self.schedule.target(self.x0, (x - alpha * self.x0) / sigma, t)


def briefs(count: int) -> dict[str, Tensor]:
    g = seeded(5)
    return {
        "x0": torch.rand(count, 8, 4, 4, generator=g),
        "goal": torch.randint(0, 6, (count,), generator=g),
        "format": torch.randint(0, 4, (count,), generator=g),
        "tone": torch.rand(count, generator=g),
        "frame": torch.tensor([0.0, 0.25, 1.0, 0.75]).expand(count, 4),
    }


@pytest.mark.parametrize("gamma", [None, 5.0])
@pytest.mark.parametrize("prediction", PREDICTIONS)
def test_who_knows_the_pages_loses_nothing(prediction: str, gamma: float | None) -> None:
    schedule, batch = Schedule.of("cosine", prediction), briefs(6)
    objective = DecoderObjective(schedule, MEAN, STD, drop=0.5, min_snr_gamma=gamma)
    knowing = Knowing(schedule, (batch["x0"] - MEAN) / STD)
    assert objective(knowing, batch, seeded())["loss"].item() == pytest.approx(0, abs=1e-6)
    assert objective(Listener(), batch, seeded())["loss"].item() > 0.01


@pytest.mark.parametrize("gamma", [None, 5.0])
def test_the_loss_by_hand(gamma: float | None) -> None:
    """Of pictures that are 2 everywhere and a network that says 0: the mean over the times of 4 x weight."""
    schedule, listener = Schedule.of("cosine", "x0"), Listener()
    found = denoising_loss(schedule, torch.full((50, 1, 2, 2), 2.0), seeded(), listener, gamma)
    assert found.item() == pytest.approx(4 * schedule.weight(listener.t, gamma).mean().item(), rel=1e-5)


def test_an_error_in_one_pixel_counts_as_one_of_many() -> None:
    """0.5 off in one of 8 numbers of one of 2 pictures: 0.25 / 16."""
    x0 = torch.zeros(2, 2, 2, 2)
    knowing = Knowing(COSINE, x0)

    def say(x: Tensor, t: Tensor) -> Tensor:
        said = knowing(x, t)
        said[0, 0, 0, 0] += 0.5
        return said

    assert denoising_loss(COSINE, x0, seeded(), say).item() == pytest.approx(0.25 / 16)


def times(count: int, seed: int) -> Tensor:
    listener = Listener()
    denoising_loss(COSINE, torch.zeros(count, 1, 1, 1), seeded(seed), listener)
    return listener.t


@pytest.mark.parametrize("count", [1, 2, 10, 50])
def test_every_stratum_of_time_has_its_example(count: int) -> None:
    for seed in range(20):
        t = times(count, seed)
        assert (t * count // 1000).tolist() == list(range(count))


def test_over_many_batches_every_time_comes_up() -> None:
    seen = torch.cat([times(40, seed) for seed in range(300)])
    assert torch.bincount(seen, minlength=1000).min() > 0
    assert seen.float().mean().item() == pytest.approx(499.5, abs=1)


def test_what_is_seen_is_the_picture_with_noise_of_unit_variance() -> None:
    x0, listener = torch.full((400, 1, 8, 8), 0.5), Listener()
    denoising_loss(COSINE, x0, seeded(), listener)
    alpha, sigma = (factor[listener.t][:, None, None, None] for factor in (COSINE.alpha, COSINE.sigma))
    noise = (listener.x - alpha * x0) / sigma
    assert noise.mean().item() == pytest.approx(0, abs=0.02)
    assert noise.std().item() == pytest.approx(1, abs=0.02)


def hidden(count: int, drop: float) -> Tensor:
    """Which parts of which briefs the network was not told, (3, n)."""
    batch, listener = briefs(count), Listener()
    DecoderObjective(COSINE, MEAN, STD, drop)(listener, batch, seeded())
    given = [batch[name] for name in ("goal", "format", "tone")]
    for told, true in zip(listener.more[:3], given, strict=True):
        assert told.dtype == true.dtype
        assert ((told == true) | (told == UNKNOWN)).all()
    return torch.stack([told == UNKNOWN for told in listener.more[:3]])


def test_briefs_are_hidden_as_a_whole_and_in_part() -> None:
    """drop = 0.2: a part is hidden with 1 - 0.8^2 = 0.36, all of a brief with 0.2 + 0.8 * 0.2^3, none with 0.8^4."""
    found = hidden(20_000, 0.2)
    assert found.float().mean(1).tolist() == pytest.approx([0.36] * 3, abs=0.015)
    assert found.all(0).float().mean().item() == pytest.approx(0.2064, abs=0.015)
    assert (~found).all(0).float().mean().item() == pytest.approx(0.4096, abs=0.015)


def test_no_brief_is_hidden_where_none_shall_be() -> None:
    assert not hidden(1000, 0.0).any()


def test_the_batch_itself_is_left_alone() -> None:
    batch = briefs(50)
    kept = {name: values.clone() for name, values in batch.items()}
    DecoderObjective(COSINE, MEAN, STD, 0.9)(Listener(), batch, seeded())
    assert all(torch.equal(batch[name], kept[name]) for name in kept)


def test_where_the_page_lies_is_never_hidden() -> None:
    batch, listener = briefs(50), Listener()
    DecoderObjective(COSINE, MEAN, STD, 0.9)(listener, batch, seeded())
    assert torch.equal(listener.more[3], batch["frame"])


def test_the_generator_alone_decides() -> None:
    losses = []
    for seed in (1, 1, 2):
        torch.manual_seed(len(losses))
        losses.append(DecoderObjective(COSINE, MEAN, STD, 0.5)(Listener(), briefs(4), seeded(seed))["loss"].item())
    assert losses[0] == losses[1] != losses[2]


def test_gradients_reach_the_network() -> None:
    class Scale(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.factor = nn.Parameter(torch.ones(()))

        def forward(self, x: Tensor, t: Tensor, *more: Tensor) -> Tensor:
            return self.factor * x

    model = Scale()
    DecoderObjective(COSINE, MEAN, STD, 0.1)(model, briefs(4), seeded())["loss"].backward()
    assert model.factor.grad.abs() > 0
