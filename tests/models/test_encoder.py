import numpy as np
import pytest
import torch
from pydantic import ValidationError

from unrender.design.swatches import COLOUR_ID, RGB, SWATCHES
from unrender.models.encoder import Config, Encoder, local_contrast
from unrender.render.frame import ARTBOARD


@pytest.fixture(scope="module")
def model() -> Encoder:
    torch.manual_seed(0)
    return Encoder(Config(base=4))


def images(count: int = 2, height: int = 64, width: int = 64) -> torch.Tensor:
    return torch.rand(count, 3, height, width, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize(("height", "width", "stem"), [(64, 64, 2), (32, 96, 2), (48, 32, 1)])
def test_maps_have_the_size_of_the_image(height: int, width: int, stem: int) -> None:
    out = Encoder(Config(base=4, stem=stem)).eval()(images(2, height, width))
    assert {name: tuple(values.shape) for name, values in out.items()} == {
        "masks": (2, 2, height, width),
        "colour": (2, len(SWATCHES), height, width),
        "hierarchy": (2, 1, height, width),
    }


def test_while_training_colours_stay_coarse(model: Encoder) -> None:
    assert model.train()(images())["colour"].shape == (2, len(SWATCHES), 32, 32)


def test_a_side_the_net_cannot_halve_is_named(model: Encoder) -> None:
    with pytest.raises(ValueError, match=r"\(1, 3, 64, 40\).*multiples of 32"):
        model(images(1, 64, 40))


def test_every_parameter_gets_a_gradient() -> None:
    torch.manual_seed(0)
    model = Encoder(Config(base=4))
    out = model(images())
    sum(values.square().mean() for values in out.values()).backward()
    assert [name for name, p in model.named_parameters() if p.grad is None or not p.grad.abs().sum()] == []


def test_a_page_is_read_alone(model: Encoder) -> None:
    x = images(3).requires_grad_()
    model.eval()(x)["masks"][1].sum().backward()
    assert x.grad is not None
    assert [bool(g.abs().sum()) for g in x.grad] == [False, True, False]


def test_every_pixel_of_a_page_can_matter(model: Encoder) -> None:
    x = images(1).requires_grad_()
    model.eval()(x)["hierarchy"][0, 0, 32, 32].backward()
    assert x.grad is not None
    assert x.grad[0, :, 0, 0].abs().sum() > 0


def test_names_and_shapes_of_the_weights_stay(model: Encoder) -> None:
    """A change here makes every shipped file unreadable: keep the names, or say so in the release."""
    names = list(model.state_dict())
    assert len(names) == 129
    assert names[0] == "down.0.0.weight"
    assert {name.split(".")[0] for name in names} == {"down", "project", "up", "fine", "colour"}
    assert sum(p.numel() for p in Encoder(Config()).parameters()) == 1_623_532


def test_an_untrained_net_already_names_flat_swatches() -> None:
    model = Encoder(Config(base=4)).eval()
    for name in ("white", "ink", "red", "ice"):
        flat = torch.tensor(RGB[name]).view(1, 3, 1, 1).expand(1, 3, 32, 32) / 255
        assert (model(flat)["colour"].argmax(1) == COLOUR_ID[name]).all(), name
    outside = torch.tensor(ARTBOARD).view(1, 3, 1, 1).expand(1, 3, 32, 32) / 255
    assert (model(outside)["colour"].argmax(1) == 0).all()


def test_weak_contrast_looks_like_strong() -> None:
    strokes = torch.zeros(1, 3, 32, 32)
    strokes[..., 8:12, ::2] = 1
    strong, weak = (local_contrast(0.5 + contrast * strokes) for contrast in (0.4, 0.1))
    assert torch.allclose(strong, weak, rtol=0.25, atol=0.05)
    assert strong.abs().max() > 0.5
    assert local_contrast(torch.full((1, 3, 32, 32), 0.3)).abs().max() < 1e-3


def test_the_stroke_is_the_colour_that_stands_out() -> None:
    page = torch.ones(1, 3, 32, 32)
    page[..., 15, 4:28] = torch.tensor(RGB["red"]).view(3, 1) / 255
    head = Encoder(Config(base=4)).colour
    stroke, ground = head.stroke(page, local_contrast(page))
    assert ground.shape == stroke.shape
    assert stroke.shape == (1, 3, 16, 16)
    near, far = stroke[0, :, 6, 8], stroke[0, :, 1, 8]  # of rows 12 and 13, three pixels above; of rows 2 and 3
    assert (near * 255).round().tolist() == list(RGB["red"])
    assert far.tolist() == [1, 1, 1]


def test_checkpointing_changes_nothing_but_memory() -> None:
    results = []
    for checkpointing in (False, True):
        torch.manual_seed(0)
        model = Encoder(Config(base=4, checkpointing=checkpointing))
        model(images())["masks"].square().mean().backward()
        results.append(model)
    for (name, one), two in zip(results[0].named_parameters(), results[1].parameters(), strict=True):
        assert (one.grad is None) == (two.grad is None), name
        assert one.grad is None or torch.equal(one.grad, two.grad), name
    assert all(torch.equal(a, b) for a, b in zip(results[0].buffers(), results[1].buffers(), strict=True))


def test_what_is_read_is_like_an_item_of_the_dataset(model: Encoder) -> None:
    image = (images(1)[0] * 255).to(torch.uint8).numpy()
    read = model.eval().read(image)
    assert {name: (maps.shape, maps.dtype) for name, maps in read.items()} == {
        "masks": ((2, 64, 64), np.dtype(bool)),
        "colour": ((64, 64), np.dtype(np.uint8)),
        "hierarchy": ((1, 64, 64), np.dtype(np.uint8)),
    }


def test_unknown_fields_are_refused() -> None:
    with pytest.raises(ValidationError):
        Config(bass=4)
    with pytest.raises(ValidationError):
        Config(stem=3)
