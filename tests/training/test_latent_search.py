"""Latent search: it climbs, stays on the shell, touches no network, and no page hangs on another."""

import pytest
import torch

from tests.objectives.small_drawing import read, sheets, small_decoder, small_reward
from unrender.config import UserError
from unrender.diffusion.samplers import ddim, noise_like
from unrender.models.drawing import Guided
from unrender.models.recomputed import Recomputed
from unrender.objectives.reward import Read
from unrender.training.latent_search import BARE, FULL, Config, Search, missing, uphill

CFG = Config(steps=3, lr=0.2, sampler_steps=3)


def brief(count: int):
    return torch.arange(count), torch.arange(count), torch.linspace(0.1, 0.9, count)


def noise(decoder, count: int) -> torch.Tensor:
    empty = torch.empty(count, *decoder.shape)
    return noise_like(empty, [torch.Generator().manual_seed(i) for i in range(count)])


def width(drawn) -> torch.Tensor:
    return (drawn[:, -2, :8, 0] - drawn[:, -4, :8, 0]).mean(1, keepdim=True).expand(-1, 4)


def wide(decoder, drawn, sheet, luck) -> Read:
    """Likes wide boxes, and has what was drawn for the page."""
    return read(width(drawn))._replace(page=drawn.detach())


def found(decoder, reward, count: int = 2, cfg: Config = CFG, blind: bool = False):
    search = Search(decoder, reward, brief(count), sheets(count), list(range(count)), cfg, blind)
    return list(search.climb(noise(decoder, count)))


def test_it_climbs_and_the_shell_is_kept():
    decoder = small_decoder().requires_grad_(False)
    places = found(decoder, wide, cfg=CFG.model_copy(update={"steps": 8}))
    scores = torch.stack([place.scores.mean(1) for place in places])
    assert (scores[-1] > scores[0] + 0.02).all()
    assert (scores.diff(dim=0) >= 0).all()
    lengths = torch.stack([place.noise.flatten(1).norm(dim=1) for place in places])
    assert torch.allclose(lengths, lengths[:1].expand_as(lengths), rtol=1e-4)


def test_a_step_by_hand():
    start, pull = torch.tensor([3.0, 0.0]).view(1, 2, 1, 1), torch.tensor([0.0, 0.01]).view(1, 2, 1, 1)
    moved = uphill(start, pull, 1.0).flatten()
    assert moved.tolist() == pytest.approx([3 / 2**0.5, 3 / 2**0.5])
    assert torch.equal(uphill(start, 0 * pull, 1.0), start)


def test_what_leads_down_is_not_kept_but_gone_on_from():
    decoder = small_decoder().requires_grad_(False)
    tried = []

    def falling(decoder, drawn, sheet, luck):
        tried.append(drawn.detach())
        return read(width(drawn) - len(tried))

    places = found(decoder, falling, count=1)
    assert all(torch.equal(place.noise, places[0].noise) for place in places)
    assert not torch.equal(tried[0], tried[1])


def test_a_better_page_that_shows_too_little_is_not_kept():
    decoder = small_decoder().requires_grad_(False)
    left = iter([0.5, 0.24, 0.26, 0.005])  # of the page is text, step by step; half of it must stay

    def fading(decoder, drawn, sheet, luck):
        return wide(decoder, drawn, sheet, luck)._replace(shown=torch.tensor([[next(left), 0.009]]))

    steps = found(decoder, fading, count=1)
    kept = [
        not torch.equal(*pair) for pair in zip([s.noise for s in steps], [s.noise for s in steps[1:]], strict=False)
    ]
    assert kept == [False, True, False]


def test_what_is_missing_by_hand():
    full = FULL * torch.tensor([[0.2, 0.1], [0.2, 0.0], [2 * BARE, 0.5]])
    shown = torch.tensor([[0.07, 0.035], [0.3, 0.0], [0.0, 0.6]])
    assert missing(shown, full).tolist() == pytest.approx([0.5 + 0.5, 0, 1])


def test_a_page_that_shows_too_little_is_pulled_back():
    decoder = small_decoder().requires_grad_(False)

    def narrow(decoder, drawn, sheet, luck):
        return read(-width(drawn))._replace(shown=width(drawn)[:, :2])

    search, start = Search(decoder, narrow, brief(2), sheets(2), [0, 1], CFG), noise(decoder, 2)
    free = search.visited(start, torch.zeros(2, 2), 1)
    back, enough = (search.visited(start, full, 1) for full in (2 * free.shown.abs() + 0.1, free.shown / 2))
    assert ((back.pull - free.pull) * free.pull).flatten(1).sum(1).lt(0).all()
    assert torch.equal(enough.pull, free.pull)


def test_a_blind_search_steps_as_far_and_keeps_the_best_as_well():
    decoder = small_decoder().requires_grad_(False)
    cfg = CFG.model_copy(update={"steps": 8})
    blind, seeing = (found(decoder, wide, cfg=cfg, blind=each)[-1].scores.mean(1) for each in (True, False))
    start = found(decoder, wide, cfg=cfg, blind=True)
    assert torch.equal(start[0].page, found(decoder, wide)[0].page)
    assert (torch.stack([place.scores.mean(1) for place in start]).diff(dim=0) >= 0).all()
    assert (seeing > blind).all()
    assert torch.equal(start[-1].noise, found(decoder, wide, cfg=cfg, blind=True)[-1].noise)


def test_no_network_is_touched_and_the_same_comes_twice():
    decoder, reward = small_decoder().requires_grad_(False), small_reward()
    before = [parameter.clone() for parameter in decoder.parameters()]
    one, two = (found(decoder, reward, cfg=CFG.model_copy(update={"steps": 1})) for _ in range(2))
    assert all(torch.equal(*pair) for pair in zip(one[-1], two[-1], strict=True))
    assert all(torch.equal(*pair) for pair in zip(before, decoder.parameters(), strict=True))
    networks = decoder, reward.refiner, reward.encoder, reward.abstractor
    assert all(parameter.grad is None for network in networks for parameter in network.parameters())


def test_a_page_is_found_alike_in_any_company():
    decoder = small_decoder().requires_grad_(False)
    together = found(decoder, wide)[-1]
    some = tuple(part[1:] for part in brief(2))
    *_, alone = Search(decoder, wide, some, sheets(1), [1], CFG).climb(noise(decoder, 2)[1:])
    assert torch.allclose(together.page[1:], alone.page, atol=1e-4)


def test_what_is_computed_again_has_the_same_gradient():
    decoder = small_decoder().requires_grad_(False)
    pulls = []
    for kind in (Guided, Recomputed):
        x = noise(decoder, 2).requires_grad_()
        drawn = ddim(kind(decoder, brief(2), sheets(2)), x, decoder.schedule, 3, [])
        pulls += torch.autograd.grad(drawn.square().sum(), x)
    assert torch.allclose(*pulls, rtol=1e-4, atol=1e-6)
    assert pulls[0].abs().sum() > 0


@pytest.mark.parametrize("what", ["score", "gradient"])
def test_what_is_no_number_stops_it(what):
    decoder = small_decoder().requires_grad_(False)

    def wrong(decoder, drawn, sheet, luck):
        score = width(drawn)
        return read(score / 0 if what == "score" else (score - score.detach()).abs().sqrt() + 0.5)

    with pytest.raises(UserError, match=f"step 0: the {what} of page 0"):
        found(decoder, wrong)
