import pytest
import torch
from pydantic import ValidationError
from torch import Tensor, nn

from tests.models.waking import awake, without_gradient
from unrender.models.nn.unet import Block, UNet, UNetConfig, embedding_size

CONFIG = UNetConfig(base=16, factors=(1, 2), attention=(1,))
CONTEXT = 12


@pytest.fixture(scope="module")
def model() -> nn.Module:
    torch.manual_seed(0)
    return awake(UNet(CONFIG, channels=3, context=CONTEXT, beside=2))


def inputs(count: int = 2, side: int = 16) -> dict[str, Tensor]:
    g = torch.Generator().manual_seed(0)
    return {
        "x": torch.randn(count, 3, side, side, generator=g),
        "t": torch.arange(count) * 300 + 5,
        "context": torch.randn(count, 4, CONTEXT, generator=g),
        "told": torch.randn(count, embedding_size(CONFIG), generator=g),
        "beside": torch.randn(count, 2, side, side, generator=g),
    }


@pytest.mark.parametrize("name", ["x", "t", "context", "told", "beside"])
def test_all_that_it_is_given_matters(model: nn.Module, name: str) -> None:
    given = inputs()
    other = given | {name: given[name] + 1}
    assert (model(**given) - model(**other)).abs().amax((1, 2, 3)).min() > 1e-3


def test_what_is_not_given_is_not_missed(model: nn.Module) -> None:
    given = inputs()
    without = model(given["x"], given["t"], beside=given["beside"])
    assert without.shape == (2, 16, 16, 16)
    silence = model(given["x"], given["t"], told=torch.zeros_like(given["told"]), beside=given["beside"])
    assert torch.equal(without, silence)


def test_the_order_of_context_tokens_does_not_matter(model: nn.Module) -> None:
    given = inputs()
    turned = given | {"context": given["context"].flip(1)}
    assert torch.allclose(model(**given), model(**turned), atol=1e-4)


def test_an_example_is_treated_alone(model: nn.Module) -> None:
    given = inputs(3)
    for name in ("x", "context", "told", "beside"):
        given[name].requires_grad_()
    model(**given)[1].sum().backward()
    for name in ("x", "context", "told", "beside"):
        assert [bool(g.abs().sum()) for g in given[name].grad] == [False, True, False], name


def test_every_parameter_gets_a_gradient() -> None:
    torch.manual_seed(0)
    model = awake(UNet(CONFIG, channels=3, context=CONTEXT, beside=2))
    model(**inputs()).square().mean().backward()
    assert without_gradient(model) == []


def test_every_pixel_can_matter_where_a_level_attends(model: nn.Module) -> None:
    given = inputs(1, side=32)
    x = given["x"].requires_grad_()
    model(**given)[0, :, 0, 0].sum().backward()
    assert x.grad[0, :, 31, 31].abs().sum() > 0


@pytest.mark.parametrize("attends", [False, True])
def test_a_block_starts_as_nothing(attends: bool) -> None:
    g, block = torch.Generator().manual_seed(0), Block(32, 64, CONTEXT, attends)
    x, told, context = (torch.randn(shape, generator=g) for shape in ((2, 32, 4, 6), (2, 64), (2, 3, CONTEXT)))
    assert torch.equal(block(x, told, context), x)
    assert not torch.allclose(awake(block)(x, told, context), x, atol=0.01)


def test_an_untrained_net_does_not_care_for_time_or_context() -> None:
    torch.manual_seed(0)
    model, given = UNet(CONFIG, channels=3, context=CONTEXT, beside=2), inputs()
    assert torch.equal(model(**given), model(**given | {"t": given["t"] + 100, "context": given["context"] * 2}))


@pytest.mark.parametrize("side", [16, 24])
@pytest.mark.parametrize(("channels", "patch", "beside"), [(3, 1, 0), (8, 1, 0), (3, 4, 8), (3, 2, 5)])
def test_positions_are_patches(side: int, channels: int, patch: int, beside: int) -> None:
    model = UNet(CONFIG.model_copy(update={"patch": patch}), channels, beside=beside)
    x, near = torch.zeros(2, channels, side * patch, side * patch), torch.zeros(2, beside, side, side)
    assert model(x, torch.tensor([0, 999]), beside=near if beside else None).shape == (2, 16, side, side)


@pytest.mark.parametrize(
    "settings",
    [
        {"factors": (1,), "attention": ()},
        {"factors": (1,), "attention": (0,)},
        {"factors": (1, 2, 2), "attention": (), "blocks": 2},
        {"factors": (2, 4), "attention": (0, 1)},
    ],
)
def test_depths_and_widths(settings: dict) -> None:
    config = UNetConfig(base=16, **settings)
    model = awake(UNet(config, channels=3))
    out = model(inputs(1)["x"], torch.tensor([7]))
    assert out.shape == (1, 16 * config.factors[0], 16, 16)
    out.square().mean().backward()
    assert without_gradient(model) == []


def test_times_are_told_apart() -> None:
    embed = UNet(CONFIG, channels=3).embed
    seen = embed(torch.arange(1000))
    distance = torch.cdist(seen, seen) + torch.eye(1000) * 9
    assert distance.min() > 1e-4


def test_unknown_fields_and_odd_widths_are_refused() -> None:
    with pytest.raises(ValidationError):
        UNetConfig(bass=16)
    with pytest.raises(ValidationError):
        UNetConfig(base=24)
    with pytest.raises(ValidationError):
        UNetConfig(factors=())
