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
from unrender.models.box_decoder import SURE, BoxDecoder, as_boxes
from unrender.models.canvas_decoder import StructureHead, coverage
from unrender.models.decoder import LABELS, UNKNOWN, Config, Decoder, TransformerConfig
from unrender.models.decoders import decoder_for
from unrender.models.nn.unet import UNetConfig
from unrender.render.frame import ARTBOARD

UNET = UNetConfig(base=16, factors=(1, 2), attention=(1,))
CONFIG = Config(space="structure", unet=UNET, brief_dim=8)
BOXES = Config(transformer=TransformerConfig(width=32, layers=2), brief_dim=8)
PIXELS = Config(space="pixel", unet=UNET.model_copy(update={"patch": 4}), brief_dim=8)
MEAN, STD = torch.linspace(0.2, 0.7, 8).view(8, 1, 1), torch.linspace(0.1, 0.5, 8).view(8, 1, 1)


def decoder(config: Config = CONFIG) -> Decoder:
    torch.manual_seed(0)
    model = awake(decoder_for(config))
    if config.space == "structure":
        model.standardise(MEAN, STD)
    return model


def inputs(model: Decoder, count: int = 2, side: int = 16) -> dict[str, Tensor]:
    """Small pages: the network does not mind. Of boxes 12 count, and 4 do not."""
    g = torch.Generator().manual_seed(0)
    width = 1 if isinstance(model, BoxDecoder) else side
    return {
        "x": torch.randn(count, model.shape[0], side, width, generator=g),
        "t": torch.arange(count) * 400,
        "goal": torch.arange(count) % len(GOALS),
        "format": torch.arange(count) % len(FORMATS),
        "tone": torch.linspace(0.1, 0.9, count),
        "sheet": torch.tensor([0.0, 0.25, 1.0, 0.8, 12.0]).expand(count, 5),
    }


@pytest.mark.parametrize(
    "config",
    [
        BOXES,
        CONFIG,
        PIXELS,
        Config(space="structure", unet=UNET, prediction="v"),
        Config(space="structure", unet=UNET, betas="linear"),
    ],
)
def test_what_is_said_has_the_shape_of_what_is_seen(config: Config) -> None:
    model = decoder(config)
    given = inputs(model)
    assert model(**given).shape == given["x"].shape


def test_what_is_denoised() -> None:
    assert decoder(BOXES).shape == (5 + 28 + 4, 64, 1)
    assert decoder().shape == (8, 32, 32)
    assert decoder(PIXELS).shape == (3, 256, 256)


@pytest.mark.parametrize("config", [BOXES, CONFIG, PIXELS])
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
        "sheet": given["sheet"] + torch.tensor([0.1, 0, 0, 0, 0]),
    }
    for name, other in others.items():
        assert (model(**given | {name: other}) - before).abs().amax((1, 2, 3)).min() > 1e-5, name


@pytest.mark.parametrize("config", [BOXES, CONFIG])
def test_no_two_words_are_the_same_and_open_is_none_of_them(config: Config) -> None:
    model = decoder(config)
    one = {name: values[:1] for name, values in inputs(model).items()}
    for name, words in (("goal", GOALS), ("format", FORMATS)):
        said = [model(**one | {name: torch.tensor([word])}) for word in (UNKNOWN, *range(len(words)))]
        gaps = [(a - b).abs().max() for i, a in enumerate(said) for b in said[:i]]
        assert min(gaps) > 1e-5, name
    tones = [model(**one | {"tone": torch.tensor([value])}) for value in (float(UNKNOWN), 0.0, 0.5, 1.0)]
    assert min((a - b).abs().max() for i, a in enumerate(tones) for b in tones[:i]) > 1e-5


@pytest.mark.parametrize("config", [BOXES, CONFIG])
def test_what_is_open_in_one_page_is_open_there_only(config: Config) -> None:
    model = decoder(config)
    given = inputs(model, 3)
    hidden = torch.tensor([False, True, False])
    brief = {name: given[name].masked_fill(hidden, UNKNOWN) for name in ("goal", "format", "tone")}
    before, after = model(**given), model(**given | brief)
    assert torch.allclose(after[[0, 2]], before[[0, 2]], atol=1e-6)
    assert not torch.allclose(after[1], before[1], atol=1e-5)


@pytest.mark.parametrize("config", [BOXES, CONFIG])
def test_an_open_tone_has_an_embedding_of_its_own(config: Config) -> None:
    model = decoder(config)
    given = inputs(model)
    model(**given).square().sum().backward()
    assert not model.brief.open.grad.any()
    model(**given | {"tone": torch.full((2,), float(UNKNOWN))}).square().sum().backward()
    assert model.brief.open.grad.any()


@pytest.mark.parametrize("config", [BOXES, CONFIG])
def test_a_word_that_is_none_is_a_bug(config: Config) -> None:
    model = decoder(config)
    given = inputs(model)
    with pytest.raises(IndexError):
        model(**given | {"goal": torch.full((2,), len(GOALS))})


@pytest.mark.parametrize("config", [BOXES, CONFIG])
def test_a_page_is_drawn_alone(config: Config) -> None:
    model = decoder(config)
    given = inputs(model, 3)
    given["x"].requires_grad_()
    given["tone"].requires_grad_()
    model(**given)[1].square().sum().backward()
    assert [bool(g.abs().sum()) for g in given["x"].grad] == [False, True, False]
    assert [bool(g) for g in given["tone"].grad] == [False, True, False]


@pytest.mark.parametrize("config", [BOXES, CONFIG, PIXELS])
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


def test_a_sheet_is_one_of_its_kind() -> None:
    """Two kinds of pages, 1 to 2 times as high as wide with 10 boxes, and half as high with 20."""
    model = decoder(BOXES)
    ratio = torch.cat([torch.linspace(1, 2, 50), torch.full((50,), 0.5)])
    kind = torch.arange(2).repeat_interleave(50)
    model.learn_sheets(kind, kind, ratio, 10 + 10.0 * kind)
    asked = torch.tensor([0, 0, 1, UNKNOWN, 0, 3])
    luck = torch.tensor([0.0, 0.999, 0.3, 0.0, 0.5, 0.999])
    left, top, right, bottom, count = model.sheet(asked, torch.tensor([0, 0, 1, UNKNOWN, UNKNOWN, 1]), luck).T
    found = (bottom - top) / (right - left)
    assert found[[0, 1, 2, 3, 5]].tolist() == pytest.approx([1, 2, 0.5, 0.5, 0.5], abs=0.02)
    assert count[[0, 1, 2, 3, 5]].tolist() == [10, 10, 20, 20, 20]
    assert torch.allclose(left + right, torch.ones(6), atol=0.01)
    assert torch.allclose(top + bottom, torch.ones(6), atol=0.01)


@pytest.mark.parametrize(("config", "low"), [(CONFIG, 0.0), (PIXELS, -1.0)])
def test_bounded_by_what_can_be(config: Config, low: float) -> None:
    model = decoder(config)
    x0 = 20 * torch.randn(2, *model.shape, generator=torch.Generator().manual_seed(0))
    t = torch.zeros(2, dtype=torch.long)
    real = model.expected(x0, x0, t) * model.std + model.mean
    assert real.amin((0, 2, 3)).tolist() == pytest.approx([low] * len(real[0]), abs=1e-6)
    assert real.amax((0, 2, 3)).tolist() == pytest.approx([1.0] * len(real[0]), abs=1e-6)
    within = (torch.full_like(x0, 0.4) - model.mean) / model.std
    assert torch.equal(model.expected(within, x0, t), within)


@pytest.mark.parametrize("config", [BOXES, CONFIG, PIXELS])
def test_a_file_gives_the_same_network_back(config: Config, tmp_path: Path) -> None:
    model, path = decoder(config), tmp_path / "decoder.safetensors"
    save_model(path, model.state_dict(), "decoder", model.config.model_dump(mode="json"), LABELS)
    found = load_network(path, "decoder", decoder_for, Config)
    assert found.config == config
    given = inputs(model)
    assert torch.allclose(found(**given), model(**given), atol=1e-5)
    assert torch.equal(found.mean, model.mean)


def test_unknown_fields_and_bounds() -> None:
    for wrong in ({"spaces": "pixel"}, {"space": "pixels"}, {"steps": 0}, {"steps": 1001}, {"guidance": -1.0}):
        with pytest.raises(ValidationError):
            Config(**wrong)


def drawn(model: BoxDecoder, boxes: list[tuple[int, int, list[float]]]) -> Tensor:
    """Boxes (kind, colour, edges in 0..1 of the page) as what is denoised."""
    kind, colour = (torch.tensor([[box[part] for box in boxes]]) for part in (0, 1))
    return as_boxes(kind, colour, torch.tensor([[box[2] for box in boxes]]))


def test_boxes_that_do_not_count_change_nothing() -> None:
    model = decoder(BOXES)
    given = inputs(model)
    other = given["x"].clone()
    other[:, :, 12:] += 5
    before, after = model(**given), model(**given | {"x": other})
    assert torch.allclose(after[:, :, :12], before[:, :, :12], atol=1e-6)
    assert not before[:, :, 12:].any()


def test_pages_of_unlike_numbers_of_boxes_do_not_meet() -> None:
    model = decoder(BOXES)
    given = inputs(model, 20)
    given["sheet"] = given["sheet"].clone()
    given["sheet"][:, 4] = torch.arange(20) % 13 + 1
    together = model(**given)
    for row in (0, 7, 19):
        alone = model(**{name: values[row : row + 1] for name, values in given.items()})
        assert torch.allclose(alone[0], together[row], atol=1e-5)


def test_what_was_expected_before_matters() -> None:
    model = decoder(BOXES)
    given = inputs(model)
    assert (model(**given, before=given["x"]) - model(**given)).abs().max() > 1e-4


def test_who_names_and_places_boxes_exactly_gets_them() -> None:
    """Sure logits and the true v give x_0 at any time."""
    model = decoder(BOXES)
    x0 = drawn(model, [(0, 3, [0.0, 0.0, 1.0, 0.5]), (2, 7, [0.1, 0.25, 0.9, 0.3])])
    noise = torch.randn(x0.shape, generator=torch.Generator().manual_seed(1))
    for t in (torch.tensor([10]), torch.tensor([900])):
        alpha, sigma = (factor[t][:, None, None, None] for factor in (model.schedule.alpha, model.schedule.sigma))
        said = torch.cat([100 * x0[:, :-4], (alpha * noise - sigma * x0)[:, -4:]], 1)
        found = model.expected(said, model.schedule.noised(x0, noise, t), t)
        assert torch.allclose(found, x0, atol=1e-4)
    assert x0[0, :, 0, 0].tolist() == [SURE, *[-SURE] * 4, *[-SURE] * 3, SURE, *[-SURE] * 24, -1, -1, 1, 0]


def test_boxes_are_painted_where_they_lie() -> None:
    """A white page at the left half of the frame, a red surface on its lower half, a line of text above."""
    model = decoder(BOXES)
    white, red, ink = (COLOUR_ID[name] for name in ("white", "red", "ink"))
    boxes = drawn(
        model,
        [
            (0, white, [0, 0, 1, 1]),
            (2, ink, [0.25, 0.125, 0.75, 0.15625]),
            (0, red, [0, 0.5, 1, 1]),
            (1, red, [0, 0, 1, 1]),
        ],
    )
    sketch = model.sketched(boxes, torch.tensor([[0.0, 0.0, 0.5, 1.0, 3.0]]))
    image, left_open = (sketch.image[0] * 255).round().int().movedim(0, -1), sketch.open[0, 0]
    assert image[10, 10].tolist() == list(RGB["white"])
    assert image[200, 127].tolist() == list(RGB["red"])
    assert image[200, 128].tolist() == list(ARTBOARD)
    assert left_open.nonzero().amin(0).tolist() == [32, 32]
    assert left_open.nonzero().amax(0).tolist() == [39, 95]
    assert sketch.latent[0, 4:, 4, 4:12].eq(1).all() and sketch.latent[0, 4:].sum() == 4 * 8
    assert not sketch.latent[0, 3].any()  # the picture is the fourth box, and three count
