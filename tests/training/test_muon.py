import copy

import pytest
import torch
from torch import nn

from unrender.training.muon import LEAST, STEP, Muon, Together, hidden, orthogonal
from unrender.training.optim import Optim
from unrender.training.state import optimizer_for

CFG = Optim(method="muon", lr=0.01, steps=10, batch_size=2, val_every=10)


@pytest.mark.parametrize("shape", [(16, 16), (24, 80), (80, 24)])
def test_singular_values_become_one_and_vectors_stay(shape: tuple[int, int]) -> None:
    matrix = torch.randn(shape, generator=torch.Generator().manual_seed(0))
    left, values, right = torch.linalg.svd(matrix, full_matrices=False)
    for_each = values / values.norm()
    for _ in range(5):
        for_each = 3.4445 * for_each - 4.7750 * for_each**3 + 2.0315 * for_each**5
    found = left.T @ orthogonal(matrix) @ right.T
    assert torch.allclose(found, torch.diag(for_each), atol=0.05)  # of bfloat16, where that is used
    assert for_each.min() > 0.6 and for_each.max() < 1.25
    assert values.max() / values.min() > 3  # they were far from one another


def test_a_first_step_is_as_long_as_its_rate_says_whatever_the_gradient() -> None:
    weight = nn.Parameter(torch.zeros(32, 8, 3, 3))
    for size in (1e-4, 1e4):
        weight.data.zero_()
        weight.grad = size * torch.randn(weight.shape, generator=torch.Generator().manual_seed(1))
        Muon([weight], lr=0.1, weight_decay=0.0).step()
        assert weight.detach().square().mean().sqrt() == pytest.approx(0.1 * STEP, rel=0.2)
        assert (weight * weight.grad).sum() < 0  # downhill


def test_weights_decay_without_a_gradient_to_speak_of() -> None:
    weight = nn.Parameter(torch.ones(16, 16))
    weight.grad = torch.zeros_like(weight)
    Muon([weight], lr=0.1, weight_decay=0.5).step()
    assert torch.allclose(weight, torch.full_like(weight, 0.95))


class Network(nn.Module):
    """One of each kind of weight."""

    def __init__(self) -> None:
        super().__init__()
        self.kernel, self.norm = nn.Conv2d(3, LEAST, 3), nn.BatchNorm2d(LEAST)
        self.words, self.cell = nn.Embedding(40, LEAST), nn.LSTMCell(LEAST, LEAST)
        self.place = nn.Parameter(torch.zeros(LEAST, LEAST))
        self.matrix, self.few = nn.Linear(LEAST, LEAST), nn.Linear(LEAST, LEAST - 1)
        self.frozen = nn.Linear(LEAST, LEAST).requires_grad_(False)


def test_hidden_layers_are_moved_by_muon_and_every_other_weight_by_adamw_once() -> None:
    network = Network()
    assert {id(weight) for weight in hidden(network)} == {
        *map(id, (network.kernel.weight, network.matrix.weight, network.cell.weight_ih, network.cell.weight_hh))
    }
    groups = optimizer_for(network, CFG).param_groups
    moved = [id(weight) for group in groups for weight in group["params"]]
    assert len(moved) == len(set(moved))
    assert set(moved) == {id(weight) for weight in network.parameters() if weight.requires_grad}
    assert {group["lr"] for group in groups} == {CFG.lr}


def test_adamw_alone_is_the_default() -> None:
    assert isinstance(optimizer_for(Network(), CFG.model_copy(update={"method": "adamw"})), torch.optim.AdamW)


def test_a_restored_state_goes_on_as_if_nothing_had_been(tmp_path) -> None:
    torch.manual_seed(0)
    network = nn.Sequential(nn.Linear(LEAST, LEAST), nn.Tanh(), nn.Linear(LEAST, 1))
    inputs = torch.randn(8, LEAST)

    def step(model: nn.Module, optimizer: torch.optim.Optimizer | Together) -> None:
        optimizer.zero_grad()
        model(inputs).square().mean().backward()
        optimizer.step()

    optimizer = optimizer_for(network, CFG)
    assert isinstance(optimizer, Together)
    for _ in range(3):
        step(network, optimizer)
    torch.save(optimizer.state_dict(), tmp_path / "state.pt")
    other = copy.deepcopy(network)
    again = optimizer_for(other, CFG)
    again.load_state_dict(torch.load(tmp_path / "state.pt", weights_only=True))
    for _ in range(2):
        step(network, optimizer)
        step(other, again)
    for one, same in zip(network.parameters(), other.parameters(), strict=True):
        assert torch.equal(one, same)
