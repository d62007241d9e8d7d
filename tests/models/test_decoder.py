from pathlib import Path

import pytest
import torch
from pydantic import ValidationError
from scipy.spatial import Delaunay
from torch import Tensor, nn

from tests.models.waking import awake, without_gradient
from unrender.artifacts import save_model
from unrender.design.brief import FORMATS, GOALS
from unrender.design.swatches import COLOUR_ID, RGB
from unrender.evaluation.loading import load_network
from unrender.models.decoder import LABELS, UNKNOWN, Config, Decoder, StructureHead, coverage
from unrender.models.nn.unet import UNetConfig
from unrender.render.frame import ARTBOARD

UNET = UNetConfig(base=16, factors=(1, 2), attention=(1,))
CONFIG = Config(unet=UNET, brief_dim=8)
PIXELS = Config(space="pixel", unet=UNET.model_copy(update={"patch": 4}), brief_dim=8)
MEAN, STD = torch.linspace(0.2, 0.7, 8).view(8, 1, 1), torch.linspace(0.1, 0.5, 8).view(8, 1, 1)


def decoder(config: Config = CONFIG) -> Decoder:
    torch.manual_seed(0)
    model = awake(Decoder(config))
    if config.space == "structure":
        model.standardise(MEAN, STD)
    return model


def inputs(model: Decoder, count: int = 2, side: int = 16) -> dict[str, Tensor]:
    """Small pages: the network does not mind."""
    g = torch.Generator().manual_seed(0)
    return {
        "x": torch.randn(count, model.shape[0], side, side, generator=g),
        "t": torch.arange(count) * 400,
        "goal": torch.arange(count) % len(GOALS),
        "format": torch.arange(count) % len(FORMATS),
        "tone": torch.linspace(0.1, 0.9, count),
        "frame": torch.tensor([0.0, 0.25, 1.0, 0.8]).expand(count, 4),
    }


@pytest.mark.parametrize(
    "config", [CONFIG, PIXELS, Config(unet=UNET, prediction="v"), Config(unet=UNET, betas="linear")]
)
def test_what_is_said_has_the_shape_of_what_is_seen(config: Config) -> None:
    model = decoder(config)
    given = inputs(model)
    assert model(**given).shape == given["x"].shape


def test_what_is_denoised() -> None:
    assert decoder().shape == (8, 32, 32)
    assert decoder(PIXELS).shape == (3, 256, 256)


@pytest.mark.parametrize("config", [CONFIG, PIXELS])
def test_noise_time_and_every_part_of_the_brief_matter(config: Config) -> None:
    model = decoder(config)
    given = inputs(model)
    before = model(**given)
    others = {
        "x": given["x"] + 1,
        "t": given["t"] + 300,
        "goal": given["goal"] + 1,
        "format": given["format"] + 1,
        "tone": given["tone"] + 0.05,
        "frame": given["frame"] + torch.tensor([0.1, 0, 0, 0]),
    }
    for name, other in others.items():
        assert (model(**given | {name: other}) - before).abs().amax((1, 2, 3)).min() > 1e-5, name


def test_no_two_words_are_the_same_and_open_is_none_of_them() -> None:
    model = decoder()
    one = {name: values[:1] for name, values in inputs(model).items()}
    for name, words in (("goal", GOALS), ("format", FORMATS)):
        said = [model(**one | {name: torch.tensor([word])}) for word in (UNKNOWN, *range(len(words)))]
        gaps = [(a - b).abs().max() for i, a in enumerate(said) for b in said[:i]]
        assert min(gaps) > 1e-5, name
    tones = [model(**one | {"tone": torch.tensor([value])}) for value in (float(UNKNOWN), 0.0, 0.5, 1.0)]
    assert min((a - b).abs().max() for i, a in enumerate(tones) for b in tones[:i]) > 1e-5


def test_what_is_open_in_one_page_is_open_there_only() -> None:
    model = decoder()
    given = inputs(model, 3)
    hidden = torch.tensor([False, True, False])
    brief = {name: given[name].masked_fill(hidden, UNKNOWN) for name in ("goal", "format", "tone")}
    before, after = model(**given), model(**given | brief)
    assert torch.allclose(after[[0, 2]], before[[0, 2]], atol=1e-6)
    assert not torch.allclose(after[1], before[1], atol=1e-5)


def test_an_open_tone_has_an_embedding_of_its_own() -> None:
    model = decoder()
    given = inputs(model)
    model(**given).square().sum().backward()
    assert not model.brief.open.grad.any()
    model(**given | {"tone": torch.full((2,), float(UNKNOWN))}).square().sum().backward()
    assert model.brief.open.grad.any()


def test_a_word_that_is_none_is_a_bug() -> None:
    model = decoder()
    given = inputs(model)
    with pytest.raises(IndexError):
        model(**given | {"goal": torch.full((2,), len(GOALS))})


def test_a_page_is_drawn_alone() -> None:
    model = decoder()
    given = inputs(model, 3)
    given["x"].requires_grad_()
    given["tone"].requires_grad_()
    model(**given)[1].square().sum().backward()
    assert [bool(g.abs().sum()) for g in given["x"].grad] == [False, True, False]
    assert [bool(g) for g in given["tone"].grad] == [False, True, False]


@pytest.mark.parametrize("config", [CONFIG, PIXELS])
def test_every_parameter_gets_a_gradient(config: Config) -> None:
    model = decoder(config)
    given = inputs(model, 2)
    given["tone"][1] = UNKNOWN
    model(**given).square().mean().backward()
    assert without_gradient(model) == []


@pytest.mark.parametrize("scale", [1.0, 30.0])
def test_a_latent_is_one_that_pages_have(scale: float) -> None:
    """Shares in 0..1, colours between the swatches."""
    torch.manual_seed(0)
    head = StructureHead(16)
    said = head(scale * torch.randn(2, 16, 12, 12))
    assert said.shape == (2, 8, 12, 12)
    assert said.min() >= 0
    assert said.max() <= 1
    colours = said[:, :3].permute(0, 2, 3, 1).reshape(-1, 3).detach().double()
    inwards = colours + 1e-4 * (head.swatches.double().mean(0) - colours)  # a point of the hull itself counts
    assert (Delaunay(head.swatches.double().numpy()).find_simplex(inwards.numpy()) >= 0).all()


@pytest.mark.parametrize("name", ["outside", "white", "red", "lilac"])
def test_who_is_sure_of_a_swatch_draws_that_swatch(name: str) -> None:
    head = StructureHead(16)
    nn.init.zeros_(head.answer.weight)
    nn.init.zeros_(head.answer.bias)
    with torch.no_grad():
        head.answer.bias[COLOUR_ID[name]] = 100
    said = head(torch.randn(1, 16, 2, 2))
    expected = ARTBOARD if name == "outside" else RGB[name]
    assert (said[0, :3, 0, 0] * 255).tolist() == pytest.approx(list(expected), abs=1e-3)
    assert (said[0, 3:] == 0.5).all()


def test_the_structure_head_answers_in_standardised_terms() -> None:
    model = decoder()
    latent = model(**inputs(model)) * STD + MEAN
    assert latent.min() >= -1e-6
    assert latent.max() <= 1 + 1e-6


def test_coverage_by_hand() -> None:
    """A page over the middle of four cells by two: a quarter of the outer columns, all of the inner ones."""
    found = coverage(torch.tensor([[3 / 16, 0.0, 13 / 16, 0.5]]), 2, 4)
    assert torch.allclose(found[0, 0], torch.tensor([[0.25, 1, 1, 0.25], [0, 0, 0, 0]]))


def test_around_the_page_is_the_artboard() -> None:
    model = decoder()
    given = inputs(model)
    said = (model(**given) * STD + MEAN)[:, :, :4]  # a quarter of 16 rows
    assert torch.allclose(said[:, :3], (torch.tensor(ARTBOARD) / 255).view(3, 1, 1).expand(2, 3, 4, 16), atol=1e-5)
    assert said[:, 3:].abs().max() < 1e-5


def test_frames_have_the_proportions_of_their_format() -> None:
    model = decoder()
    ratio = torch.cat([torch.linspace(1, 2, 50), torch.full((50,), 0.5)])
    model.learn_proportions(torch.arange(2).repeat_interleave(50), ratio)
    left, top, right, bottom = model.frames(torch.tensor([0, 0, 1, UNKNOWN]), torch.tensor([0.0, 0.999, 0.3, 0.0])).T
    found = (bottom - top) / (right - left)
    assert found.tolist() == pytest.approx([1, 2, 0.5, 0.5], abs=0.02)
    assert torch.allclose(left + right, torch.ones(4), atol=0.01)
    assert torch.allclose(top + bottom, torch.ones(4), atol=0.01)


@pytest.mark.parametrize(("config", "low"), [(CONFIG, 0.0), (PIXELS, -1.0)])
def test_bounded_by_what_can_be(config: Config, low: float) -> None:
    model = decoder(config)
    x0 = 20 * torch.randn(2, *model.shape, generator=torch.Generator().manual_seed(0))
    real = model.bounded(x0) * model.std + model.mean
    assert real.amin((0, 2, 3)).tolist() == pytest.approx([low] * len(real[0]), abs=1e-6)
    assert real.amax((0, 2, 3)).tolist() == pytest.approx([1.0] * len(real[0]), abs=1e-6)
    within = (torch.full_like(x0, 0.4) - model.mean) / model.std
    assert torch.equal(model.bounded(within), within)
    assert torch.equal(model.bounded(model.bounded(x0)), model.bounded(x0))


@pytest.mark.parametrize("config", [CONFIG, PIXELS])
def test_a_file_gives_the_same_network_back(config: Config, tmp_path: Path) -> None:
    model, path = decoder(config), tmp_path / "decoder.safetensors"
    save_model(path, model.state_dict(), "decoder", model.config.model_dump(mode="json"), LABELS)
    found = load_network(path, "decoder", Decoder, Config)
    assert found.config == config
    given = inputs(model)
    assert torch.allclose(found(**given), model(**given), atol=1e-5)
    assert torch.equal(found.mean, model.mean)


def test_unknown_fields_and_bounds() -> None:
    for wrong in ({"spaces": "pixel"}, {"space": "pixels"}, {"steps": 0}, {"steps": 1001}, {"guidance": -1.0}):
        with pytest.raises(ValidationError):
            Config(**wrong)
