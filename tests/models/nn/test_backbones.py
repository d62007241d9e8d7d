"""Features at a quarter, an eighth and a sixteenth of the sides, under the names their weights are published by."""

import pytest
import torch
from torch import nn

from tests.models.waking import without_gradient
from unrender.models.nn.backbones import MEAN, STD, backbone
from unrender.models.nn.imagenet import lite0

CHANNELS = {"resnet18": (8, 16, 32), "resnet50": (256, 512, 1024), "efficientnet_lite0": (24, 40, 112)}


def image(height: int = 64, width: int = 64, count: int = 2) -> torch.Tensor:
    return torch.rand(count, 3, height, width, generator=torch.Generator().manual_seed(0))


def made(name) -> nn.Module:
    torch.manual_seed(0)
    return backbone(name, 8)


@pytest.mark.parametrize("name", CHANNELS)
def test_strides_and_channels(name):
    model = made(name).eval()
    assert model.channels == CHANNELS[name]
    with torch.no_grad():
        found = model(image(64, 96))
    expected = [
        (2, channels, 64 // side, 96 // side) for channels, side in zip(CHANNELS[name], (4, 8, 16), strict=True)
    ]
    assert [tuple(each.shape) for each in found] == expected


@pytest.mark.parametrize("name", CHANNELS)
def test_every_parameter_gets_a_gradient(name):
    model = made(name).train()
    torch.stack([each.square().mean() for each in model(image())]).sum().backward()
    assert without_gradient(model) == []


@pytest.mark.parametrize("name", CHANNELS)
def test_a_page_is_seen_alone(name):
    x = image().requires_grad_()
    made(name).eval()(x)[2][1].square().sum().backward()
    assert x.grad is not None
    assert [bool(each.abs().sum()) for each in x.grad] == [False, True]


def test_efficientnet_has_the_weights_of_imagenet():
    """Its features are those of the published network up to the same blocks, fed as it was trained."""
    pixels, (fine, middle, coarse) = image(96, 96), made("efficientnet_lite0").eval()(image(96, 96))
    published = lite0().eval()
    seen = {}
    for number, block in enumerate(published._blocks):
        block.register_forward_hook(lambda _, __, out, number=number: seen.update({number: out}))
    published.extract_features((pixels * 255 - 127) / 128)
    for number, feature in ((2, fine), (4, middle), (10, coarse)):
        torch.testing.assert_close(feature, seen[number], rtol=1e-4, atol=1e-4)
        following = seen[number + 1]
        assert following.shape[2] < feature.shape[2] or number == 10  # the last features of their size


@pytest.mark.parametrize(
    ("name", "shapes"),
    [
        (
            "resnet18",  # with 64 channels
            {
                "layer1.0.conv1.weight": (64, 64, 3, 3),
                "layer1.1.bn2.running_var": (64,),
                "layer2.0.downsample.0.weight": (128, 64, 1, 1),
                "layer2.0.downsample.1.bias": (128,),
                "layer3.1.conv2.weight": (256, 256, 3, 3),
            },
        ),
        (
            "resnet50",
            {
                "conv1.weight": (64, 3, 7, 7),
                "bn1.running_mean": (64,),
                "layer1.0.conv1.weight": (64, 64, 1, 1),
                "layer1.0.downsample.0.weight": (256, 64, 1, 1),
                "layer1.2.conv3.weight": (256, 64, 1, 1),
                "layer2.0.conv1.weight": (128, 256, 1, 1),
                "layer2.0.conv2.weight": (128, 128, 3, 3),
                "layer2.3.bn3.weight": (512,),
                "layer3.0.downsample.1.running_mean": (1024,),
                "layer3.5.conv2.weight": (256, 256, 3, 3),
            },
        ),
    ],
)
def test_names_are_those_of_torchvision(name, shapes):
    state = backbone(name, 64).state_dict()
    assert {key: tuple(state[key].shape) for key in shapes} == shapes
    own = {"resnet18": {"stem"}, "resnet50": {"conv1", "bn1"}}[name]
    assert {key.split(".")[0] for key in state} == own | {"layer1", "layer2", "layer3"}


def test_resnet50_is_as_large_as_published():
    """25,557,032 parameters, less the last stage's 14,964,736 and the classifier's 2,049,000."""
    assert sum(each.numel() for each in backbone("resnet50", 8).parameters()) == 25_557_032 - 14_964_736 - 2_049_000


def test_resnet50_halves_in_the_middle_of_a_block():
    """As torchvision does it, and its weights expect."""
    model = backbone("resnet50", 8)
    assert model.get_submodule("layer2.0.conv1").stride == (1, 1)
    assert model.get_submodule("layer2.0.conv2").stride == (2, 2)


def test_resnet50_sees_pixels_less_the_mean_of_imagenet():
    model = made("resnet50").eval()
    seen = []
    model.get_submodule("conv1").register_forward_hook(lambda _, given, out: seen.append(given[0]))
    model(torch.tensor(MEAN)[None, :, None, None].expand(1, 3, 32, 32))
    model(torch.tensor([m + s for m, s in zip(MEAN, STD, strict=True)])[None, :, None, None].expand(1, 3, 32, 32))
    torch.testing.assert_close(seen[0], torch.zeros(1, 3, 32, 32), atol=1e-6, rtol=0)
    torch.testing.assert_close(seen[1], torch.ones(1, 3, 32, 32))
