"""The loss of the decoder of boxes: by hand, and what must not touch it."""

from math import log

import pytest
import torch
from torch import Generator, Tensor, nn

from unrender.data.boxes import KINDS
from unrender.diffusion.schedule import Schedule
from unrender.models.box_decoder import CHANNELS, COLOURS, as_boxes
from unrender.objectives.boxes import EDGE_WEIGHT, BoxObjective

SCHEDULE = Schedule.of("cosine", "x0")
COUNTS = torch.tensor([3, 1, 8, 5])


def batch(seed: int = 0) -> dict[str, Tensor]:
    g = Generator().manual_seed(seed)
    return {
        "kind": torch.randint(0, len(KINDS), (4, 8), generator=g),
        "colour": torch.randint(1, COLOURS, (4, 8), generator=g),
        "box": torch.rand(4, 8, 4, generator=g),
        "count": COUNTS,
        "goal": torch.arange(4),
        "format": torch.arange(4),
        "tone": torch.rand(4, generator=g),
        "frame": torch.tensor([0.0, 0.25, 1.0, 0.75]).expand(4, 4),
    }


class Listener(nn.Module):
    """Keeps what it was given, and says 0."""

    def forward(self, x: Tensor, t: Tensor, *more: Tensor, before: Tensor | None = None) -> Tensor:
        self.x, self.t, self.more, self.before = x, t, more, before
        return torch.zeros_like(x)


class Knowing(Listener):
    """Is sure of every name, and takes the noise out of what it sees; wrong beyond `count`."""

    def __init__(self, pages: dict[str, Tensor]):
        super().__init__()
        self.x0 = as_boxes(pages["kind"], pages["colour"], pages["box"])

    def forward(self, x: Tensor, t: Tensor, *more: Tensor, before: Tensor | None = None) -> Tensor:
        super().forward(x, t, *more, before=before)
        alpha, sigma = (factor[t][:, None, None, None] for factor in (SCHEDULE.alpha, SCHEDULE.sigma))
        v = (alpha * x - self.x0) / sigma
        said = torch.cat([100 * self.x0[:, :-4], v[:, -4:]], 1)
        beyond = torch.arange(8) >= COUNTS[:, None]
        return torch.where(beyond[:, None, :, None], torch.randn(4, CHANNELS, 8, 1), said)


def test_who_knows_the_boxes_loses_nothing():
    pages = batch()
    found = BoxObjective(SCHEDULE, 0.5)(Knowing(pages), pages, Generator().manual_seed(1))
    assert found["loss"].item() == pytest.approx(0, abs=1e-4)


def test_who_knows_nothing_loses_the_logarithm_of_the_choices():
    listener = Listener()
    found = BoxObjective(SCHEDULE, 0.5)(listener, batch(), Generator().manual_seed(1))
    assert found["kind"].item() == pytest.approx(log(len(KINDS)), rel=1e-5)
    assert found["colour"].item() == pytest.approx(log(COLOURS), rel=1e-5)
    parts = found["kind"] + found["colour"] + EDGE_WEIGHT * found["edges"]
    assert found["loss"].item() == pytest.approx(parts.item())


def test_the_network_is_told_the_sheet_and_the_time():
    listener, pages = Listener(), batch()
    BoxObjective(SCHEDULE, 0.0)(listener, pages, Generator().manual_seed(1))
    goal, form, tone, sheet = listener.more
    assert torch.equal(goal, pages["goal"]) and torch.equal(form, pages["format"]) and torch.equal(tone, pages["tone"])
    assert torch.equal(sheet[:, :4], pages["frame"]) and torch.equal(sheet[:, 4], COUNTS.float())
    assert listener.t.tolist() == sorted(listener.t.tolist())  # a stratum each


def test_a_wrong_box_that_does_not_count_costs_nothing():
    pages = batch()
    other = pages | {"kind": pages["kind"].clone(), "colour": pages["colour"].clone()}
    other["kind"][:, -1] = (other["kind"][:, -1] + 1) % len(KINDS)  # of the third page all eight count
    listener = Listener()
    one = BoxObjective(SCHEDULE, 0.0)(listener, {k: v[[0, 1, 3]] for k, v in pages.items()}, Generator().manual_seed(1))
    two = BoxObjective(SCHEDULE, 0.0)(listener, {k: v[[0, 1, 3]] for k, v in other.items()}, Generator().manual_seed(1))
    assert one["loss"].item() == pytest.approx(two["loss"].item())


def test_half_of_the_steps_go_on_from_what_was_expected():
    pages, knowing = batch(), Knowing(batch())
    told = []
    for seed in range(40):
        BoxObjective(SCHEDULE, 0.0)(knowing, pages, Generator().manual_seed(seed))
        told.append(knowing.before is not None)
        if knowing.before is not None:
            assert torch.allclose(knowing.before[2], knowing.x0[2], atol=1e-3)  # all eight count
    assert 10 <= sum(told) <= 30
