import math

import pytest
import torch
from torch import Generator, Tensor, nn

from unrender.models.refiner import Answer
from unrender.objectives.refiner import RefinerObjective

MEAN, STD = torch.linspace(0.2, 0.7, 8).view(8, 1, 1), torch.linspace(0.1, 0.5, 8).view(8, 1, 1)


def seeded(seed: int = 0) -> Generator:
    return Generator().manual_seed(seed)


def pages(count: int) -> dict[str, Tensor]:
    g = seeded(6)
    cells = torch.stack([torch.randint(0, most, (count, 4, 4), generator=g) for most in (28, 28, 10)], -1)
    return {"latent": torch.rand(count, 8, 4, 4, generator=g), "cells": cells.to(torch.int16)}


class Teller(nn.Module):
    """Keeps what it was given; says the truth, as sure as asked."""

    def __init__(self, sure: float):
        super().__init__()
        self.sure = sure

    def forward(self, latent: Tensor, cells: Tensor, known: Tensor) -> Answer:
        self.latent, self.known = latent, known
        truth = cells[~known]
        mixed = truth[:, 0] != truth[:, 1]
        said = (nn.functional.one_hot(truth[:, part], most) for part, most in ((0, 28), (1, 28), (2, 10)))
        ground, ink, pattern = (self.sure * one.float() for one in said)
        return Answer(ground, ink, pattern[mixed])


def test_who_knows_the_cells_loses_nothing() -> None:
    found = RefinerObjective(MEAN, STD, 0.1)(Teller(1000.0), pages(6), seeded())
    assert found["loss"].item() == pytest.approx(0, abs=1e-6)


def test_who_knows_nothing_loses_what_chance_does() -> None:
    teller = Teller(0.0)
    batch = pages(6)
    found = RefinerObjective(MEAN, STD, 0.1)(teller, batch, seeded())
    truth = batch["cells"][~teller.known]
    mixed = (truth[:, 0] != truth[:, 1]).float().mean().item()
    assert found["ground"].item() == pytest.approx(math.log(28), rel=1e-5)
    assert found["ink"].item() == pytest.approx(math.log(28), rel=1e-5)
    assert found["pattern"].item() == pytest.approx(mixed * math.log(10), rel=1e-5)
    assert found["loss"].item() == pytest.approx(sum(found[name].item() for name in ("ground", "ink", "pattern")))


def test_pages_of_one_colour_have_no_pattern_to_lose() -> None:
    batch = pages(2) | {"cells": torch.zeros(2, 4, 4, 3, dtype=torch.int16)}
    found = RefinerObjective(MEAN, STD, 0.1)(Teller(0.0), batch, seeded())
    assert found["pattern"].item() == 0
    assert math.isfinite(found["loss"].item())


def test_from_nothing_to_nearly_all_is_known() -> None:
    teller = Teller(0.0)
    RefinerObjective(MEAN, STD, 0.1)(teller, pages(200), seeded())
    share = teller.known.float().mean((1, 2))
    assert share.min() < 0.05
    assert share.max() > 0.95
    assert share.mean().item() == pytest.approx(0.5, abs=0.02)


def test_the_network_sees_the_standardised_latent() -> None:
    batch, teller = pages(3), Teller(0.0)
    RefinerObjective(MEAN, STD, 0.0)(teller, batch, seeded())
    assert torch.allclose(teller.latent, (batch["latent"] - MEAN) / STD, atol=1e-5)


def test_the_latent_is_spoilt_by_up_to_the_jitter() -> None:
    batch, exact, spoilt = pages(300), Teller(0.0), Teller(0.0)
    for teller, jitter in ((exact, 0.0), (spoilt, 0.5)):
        RefinerObjective(MEAN, STD, jitter)(teller, batch, seeded())
    off = (spoilt.latent - exact.latent).square().mean((1, 2, 3)).sqrt()  # of 128 numbers a page
    assert off.mean().item() == pytest.approx(0.25, abs=0.03)
    assert off.min() < 0.05
    assert 0.45 < off.max() < 0.65


def test_the_generator_alone_decides() -> None:
    known = []
    for seed in (1, 1, 2):
        torch.manual_seed(len(known))
        teller = Teller(0.0)
        RefinerObjective(MEAN, STD, 0.1)(teller, pages(4), seeded(seed))
        known.append(teller.known)
    assert torch.equal(known[0], known[1])
    assert not torch.equal(known[0], known[2])
