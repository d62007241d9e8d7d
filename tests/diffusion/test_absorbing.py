"""Names that are hidden, and told again from the surest to the least sure."""

from itertools import pairwise

import pytest
import torch
from torch import Generator

from unrender.diffusion.absorbing import chosen, cosine_shares, hidden, revealed


def seeded(seed: int = 0) -> Generator:
    return Generator().manual_seed(seed)


def test_each_name_is_hidden_with_the_chance_of_its_page():
    t = torch.tensor([0.0, 0.3, 1.0])
    found = hidden(t, 20_000, seeded())
    assert not found[0].any() and found[2].all()
    assert found[1].float().mean() == pytest.approx(0.3, abs=0.02)  # six standard deviations
    pairs = (found[1, 1:] & found[1, :-1]).float().mean()
    assert pairs == pytest.approx(0.09, abs=0.02)  # each by itself
    assert torch.equal(found, hidden(t, 20_000, seeded())) and not torch.equal(found, hidden(t, 20_000, seeded(1)))


def test_the_least_sure_ones_stay_unknown():
    unknown = torch.tensor([[True, True, True, True, False], [False, True, True, False, False]])
    sure = torch.tensor([[0.9, 0.1, 0.5, 0.2, 0.0], [0.0, -3.0, -2.0, 0.0, 0.0]])
    assert revealed(unknown, sure, 0.5).tolist() == [
        [False, True, False, True, False],
        [False, True, False, False, False],
    ]
    assert revealed(unknown, sure, 0.3).tolist() == [[False, True, False, False, False], [False] * 5]  # 1.2 and 0.6
    assert torch.equal(revealed(unknown, sure, 1.0), unknown)
    assert not revealed(unknown, sure, 0.0).any()


def test_as_many_stay_unknown_as_may_even_if_all_are_as_sure():
    unknown = torch.rand(7, 40, generator=seeded()) < 0.6
    for share in (0.0, 0.25, 0.9):
        found = revealed(unknown, torch.zeros(7, 40), share)
        assert (found <= unknown).all()
        assert found.sum(1).tolist() == [int(count * share) for count in unknown.sum(1).tolist()]


@pytest.mark.parametrize("steps", [1, 2, 7, 50])
def test_the_share_that_is_hidden_falls_to_nothing(steps):
    shares = cosine_shares(steps)
    assert len(shares) == steps and shares[-1] == 0
    assert all(1 > before > after for before, after in pairwise(shares))


def test_few_names_are_told_at_first():
    assert cosine_shares(3) == pytest.approx([3**0.5 / 2, 0.5, 0])


def test_names_are_drawn_by_their_probability():
    shares = torch.tensor([0.5, 0.3, 0.15, 0.05, 0.0])
    draws = 40_000
    found = chosen(shares.log().expand(2, draws // 2, 5), seeded())
    counts = found.flatten().bincount(minlength=5).float()
    assert counts[4] == 0
    distance = ((counts - draws * shares)[:4].square() / (draws * shares)[:4]).sum()
    assert distance < 21.1  # chi-square of three degrees: once in 10,000
    assert torch.equal(found, chosen(shares.log().expand(2, draws // 2, 5), seeded()))


def test_without_luck_the_likeliest_is_chosen():
    logits = torch.randn(3, 50, 6, generator=seeded())
    assert torch.equal(chosen(logits, None), logits.argmax(2))
    assert torch.equal(chosen(1e6 * logits, seeded()), logits.argmax(2))
    assert not torch.equal(chosen(logits, seeded()), logits.argmax(2))
