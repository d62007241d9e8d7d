from pathlib import Path

import pytest
import torch
from pydantic import ValidationError
from torch import Tensor, nn
from torch.nn import functional as F

from tests.models.waking import awake, without_gradient
from unrender.artifacts import save_model
from unrender.data.measured import MEASURED, SCORED
from unrender.design.brief import FORMATS, GOALS
from unrender.design.grammar import NAMES
from unrender.design.swatches import COLOUR_ID, SWATCHES
from unrender.evaluation.loading import load_network
from unrender.models.abstractor import LABELS, LIGHTNESS, STATISTICS, Abstractor, Config, Measurer, swatch_table

CONFIG = Config(width=4, features=16)


@pytest.fixture
def model() -> Abstractor:
    """Its norms have seen some pages, so that eval mode is not that of an untrained net."""
    torch.manual_seed(0)
    model = awake(Abstractor(CONFIG))
    with torch.no_grad():
        for _ in range(3):
            model(*maps(8))
    return model.eval()


def maps(count: int = 2, side: int = 64, seed: int = 0) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Masks, swatch ids, the same in every block of 2 x 2, hierarchy, and some measured grammar."""
    g = torch.Generator().manual_seed(seed)
    masks = (torch.rand(count, 2, side // 8, side // 8, generator=g) > 0.6).float()
    colour = torch.randint(0, len(SWATCHES), (count, 1, side // 2, side // 2), generator=g).float()
    colour = F.interpolate(colour, scale_factor=2)[:, 0].to(torch.uint8)
    hierarchy = torch.rand(count, 1, side, side, generator=g)
    return F.interpolate(masks, scale_factor=8), colour, hierarchy, torch.rand(count, MEASURED, generator=g)


def soft(colour: Tensor) -> Tensor:
    """Ids as probabilities."""
    return F.one_hot(colour.long(), len(SWATCHES)).permute(0, 3, 1, 2).float()


@pytest.mark.parametrize("side", [64, 128])
def test_outputs_and_their_ranges(model: Abstractor, side: int) -> None:
    out = model(*maps(3, side))
    assert {name: tuple(values.shape) for name, values in out.items()} == {
        "goal": (3, len(GOALS)),
        "format": (3, len(FORMATS)),
        "tone": (3, 1),
        "grammar": (3, len(NAMES)),
    }
    for name in ("tone", "grammar"):
        assert 0 <= out[name].min() <= out[name].max() <= 1
    assert [len(names) for names in LABELS.values()] == [6, 4, 4]


def test_a_page_is_read_alone(model: Abstractor) -> None:
    masks, colour, hierarchy, measured = maps(3)
    given = [masks.requires_grad_(), soft(colour).clamp_min(1e-3).requires_grad_(), hierarchy.requires_grad_()]
    sum(values[1].sum() for values in model(*given, measured).values()).backward()
    for x in given:
        assert [bool(g.abs().sum()) for g in x.grad] == [False, True, False]


def test_company_does_not_change_a_reading(model: Abstractor) -> None:
    given = maps(4)
    together, alone = model(*given), model(*(x[2:3] for x in given))
    for name, values in alone.items():
        assert torch.allclose(values, together[name][2:3], atol=1e-5), name


def test_ids_read_like_certain_probabilities(model: Abstractor) -> None:
    masks, colour, hierarchy, measured = maps()
    by_id, by_probability = model(masks, colour, hierarchy, measured), model(masks, soft(colour), hierarchy, measured)
    for name, values in by_id.items():
        assert torch.allclose(values, by_probability[name], atol=1e-5), name


@pytest.mark.parametrize("name", ["goal", "format", "tone", "grammar"])
def test_gradients_pass_through_soft_maps(model: Abstractor, name: str) -> None:
    g = torch.Generator().manual_seed(3)
    masks = torch.rand(2, 2, 64, 64, generator=g).requires_grad_()
    colour = torch.randn(2, len(SWATCHES), 64, 64, generator=g).requires_grad_()
    hierarchy = torch.rand(2, 1, 64, 64, generator=g).requires_grad_()
    model(masks, colour.softmax(1), hierarchy, torch.rand(2, MEASURED))[name].square().sum().backward()
    for x in (masks, colour, hierarchy):
        assert x.grad.isfinite().all()
        assert (x.grad.abs().sum((2, 3)) > 0).all()


def test_gradients_stay_finite_where_a_swatch_cannot_be(model: Abstractor) -> None:
    """A softmax underflows to exactly 0."""
    masks, colour, hierarchy, measured = maps()
    logits = (200 * soft(colour.clamp_max(9))).requires_grad_()
    model(masks, logits.softmax(1), hierarchy, measured)["tone"].sum().backward()
    assert logits.grad.isfinite().all()


def test_every_parameter_gets_a_gradient() -> None:
    torch.manual_seed(0)
    model = awake(Abstractor(CONFIG))
    sum(values.square().sum() for values in model(*maps(4)).values()).backward()
    assert without_gradient(model) == []


@pytest.mark.parametrize("part", range(5))
def test_text_pictures_colour_hierarchy_and_what_is_measured_matter(model: Abstractor, part: int) -> None:
    masks, colour, hierarchy, measured = maps()
    others = [
        (torch.stack([1 - masks[:, 0], masks[:, 1]], 1), colour, hierarchy, measured),
        (torch.stack([masks[:, 0], 1 - masks[:, 1]], 1), colour, hierarchy, measured),
        (masks, colour.flip(2), hierarchy, measured),
        (masks, colour, hierarchy / 2, measured),
        (masks, colour, hierarchy, measured / 2),
    ]
    before, after = model(masks, colour, hierarchy, measured), model(*others[part])
    assert all(not torch.allclose(before[name], after[name], atol=1e-6) for name in before)


@pytest.mark.parametrize("fill", [0, COLOUR_ID["white"]])
def test_an_empty_page_can_be_read(model: Abstractor, fill: int) -> None:
    colour = torch.full((1, 64, 64), fill, dtype=torch.uint8)
    out = model(torch.zeros(1, 2, 64, 64), colour, torch.zeros(1, 1, 64, 64), torch.zeros(1, MEASURED))
    assert all(values.isfinite().all() for values in out.values())


def test_the_swatch_table() -> None:
    """Outside there is nothing; white is light 1; black would be 0, and ink is near it."""
    table = swatch_table()
    assert table.shape == (len(SWATCHES), 5)
    assert not table[0].any()
    assert table[COLOUR_ID["white"]].tolist() == pytest.approx([1, 1, 1, 1, 1])
    assert (table[1:, 0] == 1).all()
    assert (table[:, 1:4].abs() <= 1).all()
    assert 0 < table[COLOUR_ID["ink"], LIGHTNESS] < table[COLOUR_ID["slate"], LIGHTNESS] < 1


def test_only_dropout_and_norms_tell_training_from_use(model: Abstractor) -> None:
    assert all(torch.equal(a, b) for a, b in zip(model(*maps()).values(), model(*maps()).values(), strict=True))
    torch.manual_seed(0)
    sure = Abstractor(Config(width=4, features=16, dropout=0.0))
    one, two = sure(*maps(4)), sure(*maps(4))
    assert all(torch.equal(one[name], two[name]) for name in one)


def test_a_file_gives_the_same_network_back(model: Abstractor, tmp_path: Path) -> None:
    path = tmp_path / "abstractor.safetensors"
    save_model(path, model.state_dict(), "abstractor", model.config.model_dump(mode="json"), LABELS)
    found = load_network(path, "abstractor", Abstractor, Config)
    assert found.config == CONFIG
    one, two = found(*maps()), model(*maps())
    assert all(torch.allclose(one[name], two[name], atol=1e-5) for name in one)


def test_an_untrained_network_says_what_was_measured() -> None:
    given = maps(3)
    said = Abstractor(CONFIG).eval()(*given)["grammar"]
    assert torch.allclose(said, given[3][:, : len(NAMES)].clamp(0.003, 0.997), atol=1e-5)


def test_unknown_fields_are_refused() -> None:
    for wrong in ({"widths": 4}, {"width": 2}, {"dropout": 1.0}):
        with pytest.raises(ValidationError):
            Config(**wrong)


def test_the_measurer_starts_from_the_line_that_fits() -> None:
    """Of a score that is measured well, one that is measured crookedly, and one that is not measured at all."""
    g = torch.Generator().manual_seed(3)
    true, luck = (0.05 + 0.9 * torch.rand(2000, 4, generator=g) for _ in range(2))
    measured = torch.stack([true[:, 0], (2 * true[:, 1].logit() + 1).sigmoid(), luck[:, 2], true[:, 3]], 1)
    told = torch.cat([measured.logit(), luck[:, : SCORED - len(NAMES)], torch.zeros(2000, STATISTICS - SCORED)], 1)
    measurer = Measurer(CONFIG).eval()
    measurer.start(told, true)
    off = (measurer(told).sigmoid() - true).abs().mean(0)
    assert off[[0, 1, 3]].max() < 0.01
    middle = (true[:, 2] - true[:, 2].median()).abs().mean()
    assert off[2].item() == pytest.approx(middle.item(), rel=0.1)  # no worse than the constant, for all its noise


def test_the_measurers_hear_what_the_whole_is_told(model: Abstractor) -> None:
    """An untrained head adds nothing, so that what is fitted alone is what the whole begins with."""
    nn.init.zeros_(model.grammar.weight)
    nn.init.zeros_(model.grammar.bias)
    told = model.statistics(*maps())
    alone = sum(measurer(told) for measurer in model.measurers).div(len(model.measurers)).sigmoid()
    assert torch.allclose(model(*maps())["grammar"], alone, atol=1e-6)
    assert alone.std() > 0
