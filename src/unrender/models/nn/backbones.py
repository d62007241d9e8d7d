"""What pictures are seen with: features at a quarter, an eighth and a sixteenth of a page's sides."""

from typing import Literal

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F

from unrender.models.encoder import local_contrast
from unrender.models.nn.imagenet import lite0
from unrender.models.nn.resnet import Projection, ResidualStages

Name = Literal["resnet18", "resnet50", "efficientnet_lite0"]
MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # of ImageNet, as torchvision's weights expect
PATCH = 4  # px of a cell of the finest features


class ResNet18(nn.Module):
    """Residual stages on cells of 4 x 4 px that keep all their pixels, beside their local contrast."""

    def __init__(self, width: int):
        super().__init__()
        self.stem = nn.Sequential(
            nn.Conv2d(6 * PATCH**2, width, 1, bias=False), nn.BatchNorm2d(width), nn.ReLU(inplace=True)
        )
        stages = list(ResidualStages(width).children())[:3]
        self.layer1, self.layer2, self.layer3 = stages
        self.channels = (width, 2 * width, 4 * width)

    def forward(self, image: Float[Tensor, "b 3 h w"]) -> list[Tensor]:
        """RGB in 0..1 -> (b, c, h/4, w/4), (b, 2c, h/8, w/8), (b, 4c, h/16, w/16)."""
        x = self.stem(F.pixel_unshuffle(torch.cat([image, local_contrast(image)], 1), PATCH))
        found = []
        for stage in (self.layer1, self.layer2, self.layer3):
            x = stage(x)
            found.append(x)
        return found


class ResNet50(nn.Module):
    """As published but for its last stage and classifier, under torchvision's names (He et al. 2016)."""

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        widths = 64, 256, 512, 1024
        for stage, blocks in enumerate((3, 4, 6), 1):
            inputs, outputs, stride = widths[stage - 1], widths[stage], 1 if stage == 1 else 2
            first, others = (
                Bottleneck(inputs, outputs, stride),
                (Bottleneck(outputs, outputs) for _ in range(blocks - 1)),
            )
            self.add_module(f"layer{stage}", nn.Sequential(first, *others))
        self.channels = widths[1:]
        self.register_buffer("moments", torch.tensor([MEAN, STD])[:, None, :, None, None], persistent=False)

    def forward(self, image: Float[Tensor, "b 3 h w"]) -> list[Tensor]:
        """As ResNet18; 256, 512 and 1,024 channels."""
        mean, std = self.get_buffer("moments")
        x = F.max_pool2d(F.relu(self.bn1(self.conv1((image - mean) / std))), 3, 2, 1)
        found = []
        for stage in ("layer1", "layer2", "layer3"):
            x = self.get_submodule(stage)(x)
            found.append(x)
        return found


class Bottleneck(nn.Module):
    """1 x 1, 3 x 3 and 1 x 1 convolutions beside a shortcut, which is projected where the shape changes."""

    def __init__(self, inputs: int, outputs: int, stride: int = 1):
        super().__init__()
        inner = outputs // 4
        self.conv1, self.bn1 = nn.Conv2d(inputs, inner, 1, bias=False), nn.BatchNorm2d(inner)
        self.conv2, self.bn2 = nn.Conv2d(inner, inner, 3, stride, 1, bias=False), nn.BatchNorm2d(inner)
        self.conv3, self.bn3 = nn.Conv2d(inner, outputs, 1, bias=False), nn.BatchNorm2d(outputs)
        self.downsample = Projection(inputs, outputs, stride) if stride != 1 or inputs != outputs else None

    def forward(self, x: Float[Tensor, "b c h w"]) -> Float[Tensor, "b d h2 w2"]:
        """relu(shortcut + residual)."""
        shortcut = x if self.downsample is None else self.downsample(x)
        x = F.relu(self.bn1(self.conv1(x)), inplace=True)
        x = F.relu(self.bn2(self.conv2(x)), inplace=True)
        return F.relu(self.bn3(self.conv3(x)) + shortcut, inplace=True)


class EfficientNetLite0(nn.Module):
    """With its ImageNet weights, without its last stages and classifier."""

    KEPT = (2, 4, 10)  # blocks after which a side has been halved for the second, third and fourth time

    def __init__(self):
        super().__init__()
        whole = lite0()
        parts = dict(whole.named_children())
        self.stem = nn.Sequential(parts["_conv_stem"], parts["_bn0"], parts["_swish"])
        self.blocks = nn.ModuleList(list(parts["_blocks"].children())[: self.KEPT[-1] + 1])
        self.channels = (24, 40, 112)

    def forward(self, image: Float[Tensor, "b 3 h w"]) -> list[Tensor]:
        """As ResNet18; 24, 40 and 112 channels."""
        x = self.stem((image * 255 - 127) / 128)
        found = []
        for number, block in enumerate(self.blocks):
            x = block(x)
            found += [x] if number in self.KEPT else []
        return found


def backbone(name: Name, width: int) -> ResNet18 | ResNet50 | EfficientNetLite0:
    """The network of that name; `width` is the resnet18's."""
    match name:
        case "resnet18":
            return ResNet18(width)
        case "resnet50":
            return ResNet50()
        case "efficientnet_lite0":
            return EfficientNetLite0()
