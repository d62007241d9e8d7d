"""What a place is told of the rest: by hand, and how far it reaches."""

import pytest
import torch
from torch import Tensor, nn

from tests.models.waking import without_gradient
from unrender.models.nn.context import ASPP, CoordinateAttention


def noise(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


@pytest.fixture
def attention() -> CoordinateAttention:
    torch.manual_seed(0)
    return CoordinateAttention(16).eval()


def gates(attention: CoordinateAttention, x: Tensor) -> Tensor:
    with torch.no_grad():
        return attention(x) / x


def test_gates_lie_between_nothing_and_all(attention):
    found = gates(attention, noise(2, 16, 5, 7))
    assert found.shape == (2, 16, 5, 7) and found.min() > 0 and found.max() < 1


def test_a_gate_is_that_of_its_row_times_that_of_its_column(attention):
    found = gates(attention, noise(2, 16, 5, 7)).double().log()
    crossed = found - found[:, :, :1] - found[:, :, :, :1] + found[:, :, :1, :1]
    assert crossed.abs().max() < 1e-4 < found.std()


def test_where_all_columns_are_alike_so_are_their_gates(attention):
    """x says only which row it is in: rows are told apart, columns are not. And the other way round."""
    x = noise(1, 16, 6, 1).expand(1, 16, 6, 6)
    found = gates(attention, x)
    torch.testing.assert_close(found, found[..., :1].expand_as(found), rtol=1e-4, atol=1e-4)
    assert found[..., 0].std(2).mean() > 1e-3
    turned = gates(attention, x.transpose(2, 3))
    torch.testing.assert_close(turned, turned[:, :, :1].expand_as(turned), rtol=1e-4, atol=1e-4)
    assert turned[:, :, 0].std(2).mean() > 1e-3


def test_what_moves_within_a_row_leaves_the_gates_of_rows(attention):
    """Means of rows stay, so only the gates of columns can change; the change is the same in every row."""
    x = noise(1, 16, 5, 7)
    before, after = gates(attention, x), gates(attention, x.roll(2, 3))
    change = (after.double() / before).log()
    torch.testing.assert_close(change, change[:, :, :1].expand_as(change), rtol=1e-3, atol=1e-4)
    torch.testing.assert_close(after, before.roll(2, 3), rtol=1e-3, atol=1e-4)  # as columns are not in any order
    assert change.std() > 1e-3


def test_coordinate_attention_by_hand():
    """Eight channels; the bottleneck hands the first on, rows gate by it and columns do not gate."""
    attention = CoordinateAttention(8).eval()
    with torch.no_grad():
        for each in attention.parameters():
            each.zero_()
        norm = attention.squeeze[1]
        assert isinstance(norm, nn.BatchNorm2d)
        norm.weight.fill_((1 + norm.eps) ** 0.5)  # undoes itself
        attention.squeeze[0].weight[0, 0] = 1
        attention.rows.weight[0, 0] = 1
        attention.columns.bias.fill_(100.0)
    x = torch.zeros(1, 8, 2, 2)
    x[0, 0] = torch.tensor([[4.0, 8.0], [-2.0, 4.0]])  # means of rows 6 and 1; hardswish(6) = 6, hardswish(1) = 2/3
    gate = torch.tensor([[6.0], [2 / 3]]).sigmoid()
    torch.testing.assert_close(attention(x)[0, 0], x[0, 0] * gate)


@pytest.fixture
def aspp() -> ASPP:
    torch.manual_seed(0)
    return ASPP(4, 8, (2, 4)).eval()


def test_every_branch_has_a_norm_of_its_own(aspp):
    norms = [module for module in aspp.looks.modules() if isinstance(module, nn.BatchNorm2d)]
    assert len(aspp.looks) == len(norms) == len({id(norm) for norm in norms}) == 3
    assert [look[0].dilation for look in aspp.looks] == [(1, 1), (2, 2), (4, 4)]
    assert isinstance(aspp.out[1], nn.BatchNorm2d)
    assert aspp.out[0].in_channels == 4 * 8  # those three, and the whole page


def test_looks_reach_as_far_as_their_rates(aspp):
    """Each place depends on itself and on its neighbours 2 and 4 places off, and hardly on others: through the mean."""
    x = noise(1, 4, 15, 15).requires_grad_()
    for look, rate in zip(aspp.looks, (0, 2, 4), strict=True):
        (grad,) = torch.autograd.grad(look[0](x)[0, :, 7, 7].sum(), x)
        reached = {(int(row), int(column)) for row, column in grad[0].abs().sum(0).nonzero()}
        assert reached == {(7 + a * rate, 7 + b * rate) for a in (-1, 0, 1) for b in (-1, 0, 1)}


def test_the_whole_page_reaches_every_place(aspp):
    x = noise(1, 4, 15, 15).requires_grad_()
    (grad,) = torch.autograd.grad(aspp(x)[0, :, 7, 7].sum(), x)
    assert aspp(x).shape == (1, 8, 15, 15)
    assert (grad[0].abs().sum(0) > 0).all()
    assert grad[0, :, 7, 7].abs().sum() > 10 * grad[0, :, 0, 0].abs().sum()


@pytest.mark.parametrize("module", [ASPP(4, 8, (1, 2)), CoordinateAttention(8)])
def test_every_parameter_gets_a_gradient(module):
    inputs = 4 if isinstance(module, ASPP) else 8
    module.train()(noise(3, inputs, 6, 6)).square().mean().backward()
    assert without_gradient(module) == []
