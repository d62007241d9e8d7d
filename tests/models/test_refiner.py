from pathlib import Path

import pytest
import torch
from torch import Generator, Tensor

from tests.models.waking import awake, without_gradient
from unrender.artifacts import save_model
from unrender.config import UserError
from unrender.data.cells import PALETTE, cells_of, mixture
from unrender.evaluation.loading import load_network
from unrender.models.nn.unet import UNetConfig
from unrender.models.refiner import Config, Refiner, _chosen, edges

CONFIG = Config(unet=UNetConfig(base=16, factors=(1, 2), attention=()), patterns=12, embedding=4, steps=3)
MEAN, STD = torch.linspace(0.2, 0.7, 8).view(8, 1, 1), torch.linspace(0.1, 0.5, 8).view(8, 1, 1)


def refiner(config: Config = CONFIG) -> Refiner:
    torch.manual_seed(0)
    model = awake(Refiner(config))
    model.standardise(MEAN, STD)
    model.patterns.copy_((torch.rand(config.patterns, 64, generator=seeded(4)) > 0.7).float())
    return model.eval()


@pytest.fixture(scope="module")
def model() -> Refiner:
    return refiner()


def seeded(seed: int) -> Generator:
    return Generator().manual_seed(seed)


def inputs(count: int = 2, height: int = 4, width: int = 6) -> tuple[Tensor, Tensor, Tensor]:
    """Standardised latents, cells, and which of them are known."""
    g = seeded(0)
    latent = torch.rand(count, 8, height, width, generator=g)
    cells = torch.stack([torch.randint(0, most, (count, height, width), generator=g) for most in (28, 28, 12)], -1)
    return (latent - MEAN) / STD, cells, torch.rand(count, height, width, generator=g) < 0.5


def test_what_is_said_is_said_of_hidden_cells(model: Refiner) -> None:
    latent, cells, known = inputs()
    said, truth = model(latent, cells, known), cells[~known]
    mixed = int((truth[:, 0] != truth[:, 1]).sum())
    assert (said.ground.shape, said.ink.shape) == ((len(truth), 28), (len(truth), 28))
    assert said.pattern.shape == (mixed, 12)


def test_hidden_cells_are_not_looked_at(model: Refiner) -> None:
    """But for the heads, which are told what comes before them in the same cell."""
    latent, cells, known = inputs()
    other = torch.where(known[..., None], cells, 5)
    assert torch.equal(model(latent, cells, known).ground, model(latent, other, known).ground)
    row = torch.zeros_like(known)
    row[:, 0] = True
    shown = model(latent, cells, row).ground
    for part in range(3):
        other = cells.clone()
        other[:, 0, :, part] = (other[:, 0, :, part] + 1) % 12
        assert not torch.allclose(model(latent, other, row).ground, shown, atol=1e-6), part


def test_every_channel_of_the_latent_matters(model: Refiner) -> None:
    latent, cells, known = inputs()
    before = model(latent, cells, known).ground
    for channel in range(8):
        other = latent.clone()
        other[:, channel] += 1
        assert not torch.allclose(model(other, cells, known).ground, before, atol=1e-4), channel


def test_a_page_is_named_alone(model: Refiner) -> None:
    latent, cells, known = inputs(3)
    latent.requires_grad_()
    page = torch.arange(3)[:, None, None].expand(known.shape)[~known]
    model(latent, cells, known).ground[page == 1].square().sum().backward()
    assert [bool(g.abs().sum()) for g in latent.grad] == [False, True, False]


def test_every_parameter_gets_a_gradient() -> None:
    model = refiner()
    latent, cells, known = inputs()
    sum(said.square().mean() for said in model(latent, cells, known)).backward()
    assert without_gradient(model) == []


def test_what_is_drawn_has_two_colours_a_cell_and_both_are_swatches(model: Refiner) -> None:
    latent, _, _ = inputs()
    drawn = model.draw(latent, [seeded(1), seeded(2)])
    assert drawn.shape == (2, 3, 32, 48)
    cells = cells_of(((drawn + 1) * 127.5).round().to(torch.uint8))  # patterns of the fixture are 0 or 1 each
    colours = {tuple(colour) for colour in PALETTE.int().tolist()}
    for cell in cells.unbind(0):
        found = {tuple(pixel) for pixel in cell.tolist()}
        assert len(found) <= 2
        assert found <= colours


def test_a_drawing_depends_on_its_own_latent_and_generator_only(model: Refiner) -> None:
    latent, _, _ = inputs(3)
    together = model.draw(latent, [seeded(1), seeded(2), seeded(3)])
    assert torch.equal(together, model.draw(latent, [seeded(1), seeded(2), seeded(3)]))
    assert torch.equal(together[1:2], model.draw(latent[1:2], [seeded(2)]))
    assert not torch.equal(together, model.draw(latent, [seeded(1), seeded(4), seeded(3)]))


def test_the_heads_know_what_a_mean_allows() -> None:
    """A network that has learned nothing: white ground, black-ish ink, and the mean of a quarter of ink."""
    torch.manual_seed(0)
    model = Refiner(CONFIG).eval()
    model.patterns.copy_((torch.arange(64) < 5 * torch.arange(12)[:, None] + 1).float())  # shares 1/64, 6/64, ...
    white, ink = (int(mixture(torch.full((1, 64, 3), 255, dtype=torch.uint8))[0]), 8)
    latent = torch.zeros(1, 8, 2, 2)
    latent[0, :3] = ((0.75 * PALETTE[white] + 0.25 * PALETTE[ink]) / 255)[:, None, None]
    nothing = torch.zeros(1, 2, 2, dtype=torch.bool)
    view = model.see(latent, torch.zeros(1, 2, 2, 3, dtype=torch.long), nothing).at(~nothing)
    named = torch.full((4,), white)
    assert model.say_ink(view, named)[0, ink] > model.say_ink(view, named)[0].quantile(0.8)
    said = model.say_pattern(view, named, torch.full((4,), ink))[0]
    assert int(said.argmax()) == 3  # 16 of 64 pixels


def test_edges_by_hand() -> None:
    """Cells 0, 0.25 and 1: seen from the left, an edge one quarter into the second."""
    means = torch.tensor([0.0, 0.25, 1.0]).expand(1, 3, 1, 3)
    across, far, down, low = edges(means)[0, :, 0, 1]
    assert float(across) == pytest.approx(2 * 0.75 - 1, abs=1e-3)  # the share of the left one
    assert float(far) == pytest.approx(3**0.5)
    assert float(low) == 0
    assert float(down) == pytest.approx(-1)


def test_choosing() -> None:
    logits = torch.tensor([[0.0, 0.0, -50.0, 0.0]]).expand(4, 4)
    luck = torch.tensor([0.0, 0.4, 0.99999994, 0.5])
    assert _chosen(logits, luck, 1.0).tolist() == [0, 1, 3, 1]
    assert _chosen(torch.tensor([[0.0, 2.0, 1.0]]), luck[:1], 0.0).tolist() == [1]
    cold = _chosen(torch.tensor([[0.0, 2.0, 1.0]]).expand(100, 3), torch.linspace(0.001, 0.999, 100), 0.05)
    assert cold.unique().tolist() == [1]


def test_a_file_gives_the_same_network_back(model: Refiner, tmp_path: Path) -> None:
    path = tmp_path / "refiner.safetensors"
    save_model(path, model.state_dict(), "refiner", model.config.model_dump(mode="json"), {})
    found = load_network(path, "refiner", Refiner, Config)
    assert found.config == model.config
    assert not found.training
    assert torch.equal(found.draw(inputs()[0], [seeded(0)] * 2), model.draw(inputs()[0], [seeded(0)] * 2))


def test_a_file_of_another_make_is_named(model: Refiner, tmp_path: Path) -> None:
    path = tmp_path / "refiner.safetensors"
    save_model(path, model.state_dict(), "refiner", model.config.model_dump(mode="json") | {"depth": 3}, {})
    with pytest.raises(UserError, match=r"refiner\.safetensors was made by another version of the refiner"):
        load_network(path, "refiner", Refiner, Config)
    tensors = {name: values for name, values in model.state_dict().items() if name != "mean"}
    save_model(path, tensors, "refiner", model.config.model_dump(mode="json"), {})
    with pytest.raises(UserError, match=r"another version of the refiner.*dvc repro train_refiner"):
        load_network(path, "refiner", Refiner, Config)


def test_a_latent_is_read_cell_by_cell() -> None:
    with pytest.raises(ValueError, match=r"unet\.patch is 4"):
        Config(unet=UNetConfig(base=16, factors=(1, 2), attention=(), patch=4))
