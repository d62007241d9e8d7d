"""The loss of the coder: terms by hand, what costs nothing, and that it is learnt."""

from math import exp, log

import pytest
import torch
from torch import Generator, Tensor, nn

from tests.models import small_coder
from tests.models.small_coder import LENGTHS, WORDS, coder
from unrender.models.coder import GRID, REFUSED
from unrender.objectives.coder import CoderObjective, Weights, choice_loss, covered, look_loss

ROWS, COLUMNS = GRID
PLACES = ROWS * COLUMNS


def seeded(seed: int = 0) -> Generator:
    return Generator().manual_seed(seed)


def batch() -> dict[str, Tensor]:
    found = small_coder.batch()
    box = torch.tensor([0.25, 0.5, 0.5, 0.25]).expand(*found["tokens"].shape, 4).clone()
    box[:, ::2] = 0
    return found | {"box": box}


class Saying(nn.Module):
    """Says what it was told to say, and keeps what it was asked."""

    def __init__(self, logits: Tensor, looks: Tensor):
        super().__init__()
        self.logits, self.looks = nn.Parameter(logits), looks

    def forward(self, image, tokens, length, own, options) -> tuple[Tensor, Tensor]:
        self.own = own
        return self.logits, self.looks


def saying(given: dict[str, Tensor], sure: float = 0.0) -> Saying:
    """Logits 0 but for the true choice, and attention spread evenly."""
    logits = sure * nn.functional.one_hot(given["tokens"], WORDS).float()
    return Saying(logits, torch.full((*given["tokens"].shape, PLACES), 1 / PLACES))


def two_options(first: float, second: float) -> tuple[Tensor, Tensor, Tensor]:
    """Logits of a choice of two, of four words; the second is true."""
    options = torch.tensor([[[True, True, False, False]]])
    logits = torch.tensor([[[first, second, 9.0, 9.0]]]).masked_fill(~options, REFUSED)
    return logits, torch.tensor([[1]]), options


def test_cross_entropy_of_two_options_by_hand():
    """Odds of 1 to 3: -log(3/4)."""
    real = torch.tensor([[True]])
    assert choice_loss(*two_options(0.0, log(3)), real, 0.0).item() == pytest.approx(-log(0.75), abs=1e-6)
    assert choice_loss(*two_options(2.0, 2.0), real, 0.0).item() == pytest.approx(log(2), abs=1e-6)


def test_smoothing_is_over_options_alone():
    """0.8 on the truth and 0.2 on all options alike: 0.9 log(3/4) + 0.1 log(1/4)."""
    real = torch.tensor([[True]])
    found = choice_loss(*two_options(0.0, log(3)), real, 0.2).item()
    assert found == pytest.approx(-0.9 * log(0.75) - 0.1 * log(0.25), abs=1e-6)
    assert choice_loss(*two_options(1.0, 1.0), real, 0.2).item() == pytest.approx(log(2), abs=1e-6)
    logits, tokens, options = two_options(0.0, 0.0)
    logits.requires_grad_()
    choice_loss(logits, tokens, options, real, 0.2).backward()
    assert logits.grad is not None
    assert logits.grad[0, 0].tolist() == pytest.approx([0.4, -0.4, 0, 0])  # odds of a half, less 0.1 and 0.9


def test_the_mean_is_over_real_choices():
    logits, tokens, options = (
        torch.cat([one, two], 1) for one, two in zip(two_options(0, log(3)), two_options(5, 0), strict=True)
    )
    first, both = (
        choice_loss(logits, tokens, options, torch.tensor([real]), 0.0).item() for real in ([True, False], [True, True])
    )
    assert first == pytest.approx(-log(0.75), abs=1e-6)
    assert both == pytest.approx((-log(0.75) + log(1 + exp(5))) / 2, abs=1e-5)


def test_who_knows_all_loses_nothing_and_who_knows_nothing_the_logarithm_of_the_options():
    given = batch()
    objective = CoderObjective(Weights(look=0.0))
    sure = objective(saying(given, 50.0), given, seeded())
    assert sure["loss"].item() == pytest.approx(0, abs=1e-6) and sure["accuracy"].item() == 1
    real = torch.arange(9) < given["length"][:, None]
    blank = objective(saying(given), given, seeded())
    expected = given["options"].sum(2)[real].float().log().mean()
    assert blank["loss"].item() == blank["cross_entropy"].item() == pytest.approx(expected.item(), abs=1e-5)


def test_what_the_grammar_refuses_costs_nothing():
    given = batch()
    model = saying(given, 3.0)
    before = CoderObjective()(model, given, seeded())
    with torch.no_grad():
        model.logits[~given["options"]] = 99.0
    after = CoderObjective()(model, given, seeded())
    assert {name: value.item() for name, value in before.items()} == pytest.approx(
        {name: value.item() for name, value in after.items()}
    )


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_padding_costs_nothing(smoothing):
    given = batch()
    model, objective = saying(given, 1.0), CoderObjective(Weights(smoothing=smoothing))
    before = objective(model, given, seeded())
    before["loss"].backward()
    assert model.logits.grad is not None
    for row, length in enumerate(LENGTHS):
        assert not model.logits.grad[row, length:].any() and model.logits.grad[row, :length].any(1).all()
    spoilt = {name: values.clone() for name, values in given.items()}
    for row, length in enumerate(LENGTHS):
        spoilt["tokens"][row, length:] = 3
        spoilt["options"][row, length:] = False
        spoilt["box"][row, length:] = 0.7
    assert objective(model, spoilt, seeded()) == before


def test_accuracy_by_hand():
    """Of 22 choices in all, the first of each page is said wrongly."""
    given = batch()
    model = saying(given, 5.0)
    with torch.no_grad():
        model.logits[:, 0] *= -1
    assert (given["options"][:, 0].sum(1) > 1).all()
    assert CoderObjective()(model, given, seeded())["accuracy"].item() == pytest.approx(18 / 22)


@pytest.mark.parametrize(
    ("box", "rows", "columns"),
    [
        ((0.0, 0.0, 1.0, 1.0), range(64), range(16)),
        ((0.25, 0.5, 0.5, 0.25), range(31, 49), range(3, 13)),  # edges on lines between places: both sides touch
        ((0.26, 0.51, 0.1, 0.1), range(32, 40), range(4, 6)),  # 32.64 to 39.04 and 4.16 to 5.76
        ((0.5078125, 0.5078125, 0.001, 0.001), range(32, 33), range(8, 9)),  # within a place, though its middle is not
        ((0.9, 0.995, 0.5, 0.5), range(63, 64), range(14, 16)),  # over the edge
    ],
)
def test_covered_by_hand(box, rows, columns):
    found = covered(torch.tensor([box]))[0].unflatten(0, GRID)
    expected = torch.zeros(GRID, dtype=torch.bool)
    expected[rows.start : rows.stop, columns.start : columns.stop] = True
    assert torch.equal(found, expected)


@pytest.mark.parametrize("seed", range(5))
def test_every_box_within_the_frame_touches_a_place(seed):
    low = torch.rand(200, 2, generator=seeded(seed))
    size = (1 - low) * torch.rand(200, 2, generator=seeded(seed + 9)) ** 4
    found = covered(torch.cat([low, size], 1)).unflatten(1, GRID)
    assert found.flatten(1).any(1).all()
    middle = low + size / 2
    at = (middle * torch.tensor([COLUMNS, ROWS])).long()
    assert found[torch.arange(200), at[:, 1], at[:, 0]].all()


def look_at(*places: tuple[int, int]) -> Tensor:
    """Attention shared by these rows and columns."""
    found = torch.zeros(1, 1, *GRID)
    for row, column in places:
        found[0, 0, row, column] += 1 / len(places)
    return found.flatten(2)


def test_look_loss_by_hand():
    box, real = torch.tensor([[[0.26, 0.51, 0.1, 0.1]]]), torch.tensor([[True]])
    assert look_loss(look_at((32, 4), (39, 5)), box, real).item() == pytest.approx(0, abs=1e-6)
    assert look_loss(look_at((32, 4), (50, 4)), box, real).item() == pytest.approx(log(2), abs=1e-6)
    assert look_loss(look_at((33, 5), (0, 0), (1, 1), (2, 2)), box, real).item() == pytest.approx(log(4), abs=1e-6)
    assert look_loss(look_at((0, 0)), box, real).item() == pytest.approx(-log(1e-6), rel=1e-4)


def test_looks_count_where_boxes_are_known():
    box = torch.tensor([[[0.26, 0.51, 0.1, 0.1], [0, 0, 0, 0], [0.26, 0.51, 0.1, 0.1]]])
    looks = torch.cat([look_at((32, 4), (50, 4)), look_at((0, 0)), look_at((0, 0))], 1)
    assert look_loss(looks, box, torch.tensor([[True, True, False]])).item() == pytest.approx(log(2), abs=1e-6)
    assert look_loss(looks, box * 0, torch.tensor([[True, True, True]])).item() == 0
    assert look_loss(looks[..., :0], box, torch.tensor([[True, True, True]])).item() == 0  # nothing looks


def test_terms_have_their_weights():
    given = batch()
    model = saying(given, 1.0)
    for weight in (0.0, 0.5, 2.0):
        found = CoderObjective(Weights(look=weight))(model, given, seeded())
        assert found.keys() == {"loss", "cross_entropy", "look", "accuracy"}
        assert found["look"] > 0
        assert found["loss"].item() == pytest.approx((found["cross_entropy"] + weight * found["look"]).item(), rel=1e-6)


def test_it_is_told_its_own_choices_while_training_and_as_often_as_asked():
    given = batch()
    model = saying(given)
    objective = CoderObjective(Weights(own=0.3))
    objective(model.eval(), given, seeded())
    assert model.own is None
    CoderObjective(Weights())(model.train(), given, seeded())
    assert model.own is None
    drawn = []
    for seed in range(50):
        objective(model, given, seeded(seed))
        drawn.append(model.own)
    assert torch.stack(drawn).float().mean().item() == pytest.approx(0.3, abs=0.04)
    objective(model, given, seeded(0))
    assert torch.equal(model.own, drawn[0])


def test_looking_where_the_box_is_can_be_learnt_from_the_loss():
    """Both terms have gradients to all of a coder but what only smoothing or sampling would reach."""
    given, model = batch(), coder().train()
    CoderObjective()(model, given, seeded())["look"].backward()
    assert model.look is not None
    assert all(each.grad is not None and each.grad.abs().sum() > 0 for each in model.look.parameters())


@pytest.mark.parametrize("arch", ["dual_attention", "autoencoder"])
def test_four_pages_can_be_learnt(arch):
    """By heart, in 10 steps."""
    given, model = batch(), coder(arch=arch, hidden=48).train()
    objective, optimizer = CoderObjective(Weights(own=0.1)), torch.optim.AdamW(model.parameters(), 1e-2)
    seen = []
    for step in range(10):
        found = objective(model, given, seeded(step))
        optimizer.zero_grad()
        found["loss"].backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        seen.append({name: value.item() for name, value in found.items()})
    assert seen[-1]["cross_entropy"] < 0.7 * seen[0]["cross_entropy"]
    assert seen[-1]["accuracy"] > seen[0]["accuracy"] + 0.3
    assert seen[-1]["look"] <= 0.5 * seen[0]["look"]
