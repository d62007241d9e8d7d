import pytest
import torch
from pydantic import ValidationError
from torch import nn
from torch.nn.functional import l1_loss

from unrender.training.head_start import HeadStart, head_start

CFG = HeadStart(steps=300, batch_size=16, lr=0.03)


def line() -> nn.Linear:
    torch.manual_seed(1)
    return nn.Linear(3, 2)


def fitted(seed: int, cfg: HeadStart = CFG) -> nn.Linear:
    part = line()
    x = torch.randn(400, 3, generator=torch.Generator().manual_seed(0))
    head_start(part, x, x[:, :2] - 1, l1_loss, cfg, seed)
    return part


def test_it_finds_the_line() -> None:
    weight, bias = fitted(0).parameters()
    assert torch.allclose(weight, torch.eye(2, 3), atol=0.05)
    assert torch.allclose(bias, torch.tensor([-1.0, -1.0]), atol=0.05)


def test_the_seed_says_it_all() -> None:
    one, same, other = (fitted(seed).weight for seed in (0, 0, 1))
    assert torch.equal(one, same)
    assert not torch.equal(one, other)


@pytest.mark.parametrize("steps", [1, 2, 3])
def test_few_steps_change_the_weights(steps: int) -> None:
    part = fitted(0, HeadStart(steps=steps, batch_size=4))
    assert not torch.equal(part.weight, line().weight)
    assert part.weight.isfinite().all()


def test_a_batch_of_one_is_refused() -> None:
    """Batch norm has nothing to compare it with."""
    with pytest.raises(ValidationError):
        HeadStart(batch_size=1)
