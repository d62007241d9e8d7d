from pathlib import Path

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from tests.models.waking import awake, without_gradient
from unrender.artifacts import save_model
from unrender.config import UserError
from unrender.evaluation.loading import load_network
from unrender.models.nn.unet import UNetConfig
from unrender.models.refiner import Config, Refiner

CONFIG = Config(unet=UNetConfig(base=16, factors=(1, 2), attention=(), patch=4))
MEAN, STD = torch.linspace(0.2, 0.7, 8).view(8, 1, 1), torch.linspace(0.1, 0.5, 8).view(8, 1, 1)


@pytest.fixture(scope="module")
def model() -> Refiner:
    torch.manual_seed(0)
    model = awake(Refiner(CONFIG))
    model.standardise(MEAN, STD)
    return model


def inputs(count: int = 2, height: int = 32, width: int = 48) -> tuple[Tensor, Tensor, Tensor]:
    """Noisy pages, times, standardised latents."""
    g = torch.Generator().manual_seed(0)
    latent = torch.rand(count, 8, height // 8, width // 8, generator=g)
    return torch.randn(count, 3, height, width, generator=g), torch.arange(count) * 400, (latent - MEAN) / STD


def cell_means(latent: Tensor) -> Tensor:
    """What the latent says of each cell's colour, in -1..1."""
    return (latent * STD + MEAN)[:, :3] * 2 - 1


def test_each_cell_keeps_the_mean_that_the_latent_says(model: Refiner) -> None:
    x, t, latent = inputs()
    out = model(x, t, latent)
    assert torch.allclose(F.avg_pool2d(out, 8), cell_means(latent), atol=1e-5)
    assert F.pixel_unshuffle(out, 8).unflatten(1, (3, 64)).std(2).min() > 1e-3  # and yet no cell is flat


@pytest.mark.parametrize("scale", [30.0, 1000.0])
def test_the_mean_is_kept_however_sure_the_network_is(scale: float) -> None:
    model, (x, t, latent) = awake(Refiner(CONFIG)), inputs()
    model.standardise(MEAN, STD)
    with torch.no_grad():
        model.head.choice.weight *= scale
    assert torch.allclose(F.avg_pool2d(model(x, t, latent), 8), cell_means(latent), atol=1e-5)


def test_a_cell_has_no_more_colours_than_its_palette() -> None:
    """Of pixels that are each sure of their choice, so the shares are 0 or 1."""
    model, (x, t, latent) = awake(Refiner(CONFIG)), inputs()
    with torch.no_grad():
        model.head.choice.weight *= 1e6
    cells = F.pixel_unshuffle(model(x, t, latent), 8).unflatten(1, (3, 64)).permute(0, 3, 4, 2, 1)  # (b, h, w, 64, c)
    counts = [len(cell.mul(1000).round().unique(dim=0)) for cell in cells.flatten(0, 2)]
    assert max(counts) <= 3
    assert max(counts) > 1


def test_noise_time_and_every_channel_of_the_latent_matter(model: Refiner) -> None:
    x, t, latent = inputs()
    before = model(x, t, latent)
    assert not torch.allclose(model(x + 1, t, latent), before, atol=1e-4)
    assert not torch.allclose(model(x, t + 300, latent), before, atol=1e-4)
    for channel in range(8):
        other = latent.clone()
        other[:, channel] += 1
        assert not torch.allclose(model(x, t, other), before, atol=1e-4), channel


def test_a_page_is_drawn_alone(model: Refiner) -> None:
    x, t, latent = inputs(3)
    x.requires_grad_()
    latent.requires_grad_()
    model(x, t, latent)[1].square().sum().backward()
    assert [bool(g.abs().sum()) for g in x.grad] == [False, True, False]
    assert [bool(g.abs().sum()) for g in latent.grad] == [False, True, False]


def test_every_parameter_gets_a_gradient() -> None:
    torch.manual_seed(0)
    model = awake(Refiner(CONFIG))
    model(*inputs()).square().mean().backward()
    assert without_gradient(model) == []


@pytest.mark.parametrize("patch", [1, 2, 4, 8])
def test_any_patch_that_divides_a_cell_will_do(patch: int) -> None:
    model = awake(Refiner(Config(unet=CONFIG.unet.model_copy(update={"patch": patch}))))
    model.standardise(MEAN, STD)
    x, t, latent = inputs(1, 32, 32)
    out = model(x, t, latent)
    assert out.shape == x.shape
    assert torch.allclose(F.avg_pool2d(out, 8), cell_means(latent), atol=1e-5)


def test_a_file_gives_the_same_network_back(model: Refiner, tmp_path: Path) -> None:
    path = tmp_path / "refiner.safetensors"
    save_model(path, model.state_dict(), "refiner", model.config.model_dump(mode="json"), {})
    found = load_network(path, "refiner", Refiner, Config)
    assert found.config == model.config
    assert not found.training
    assert torch.allclose(found(*inputs()), model(*inputs()), atol=1e-5)


def test_a_file_of_another_make_is_named(model: Refiner, tmp_path: Path) -> None:
    path = tmp_path / "refiner.safetensors"
    save_model(path, model.state_dict(), "refiner", model.config.model_dump(mode="json") | {"depth": 3}, {})
    with pytest.raises(UserError, match=r"refiner\.safetensors was made by another version of the refiner"):
        load_network(path, "refiner", Refiner, Config)
    tensors = {name: values for name, values in model.state_dict().items() if name != "mean"}
    save_model(path, tensors, "refiner", model.config.model_dump(mode="json"), {})
    with pytest.raises(UserError, match=r"another version of the refiner.*dvc repro train_refiner"):
        load_network(path, "refiner", Refiner, Config)
