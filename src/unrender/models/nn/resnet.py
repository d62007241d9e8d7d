"""Residual stages (He et al. 2016), under torchvision's names, so that its weights fit where the widths agree."""

from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F


class Projection(nn.Sequential):
    """The shortcut where the shape changes, a 1 x 1 convolution. What a stride would skip is left out before: from 8
    channels, the gradient of a strided one crashes in float32 and channels last (torch 2.15, AVX-512 without bfloat16).
    """

    def __init__(self, inputs: int, outputs: int, stride: int):
        super().__init__(nn.Conv2d(inputs, outputs, 1, bias=False), nn.BatchNorm2d(outputs))
        self.stride = stride

    def forward(self, input: Float[Tensor, "b c h w"]) -> Float[Tensor, "b d h2 w2"]:
        return super().forward(F.max_pool2d(input, 1, self.stride) if self.stride > 1 else input)


class BasicBlock(nn.Module):
    """Two 3 x 3 convolutions beside a shortcut, which is projected where the shape changes."""

    def __init__(self, inputs: int, outputs: int, stride: int):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.downsample = Projection(inputs, outputs, stride) if stride != 1 or inputs != outputs else None

    def forward(self, x: Float[Tensor, "b c h w"]) -> Float[Tensor, "b d h2 w2"]:
        """relu(shortcut + residual)."""
        shortcut = x if self.downsample is None else self.downsample(x)
        x = F.relu(self.bn1(self.conv1(x)), inplace=True)
        return F.relu(self.bn2(self.conv2(x)) + shortcut, inplace=True)


class ResidualStages(nn.Module):
    """The four stages of ResNet-18, two blocks each, from `width` to 8 x `width` channels and an eighth of the side."""

    def __init__(self, width: int):
        super().__init__()
        self.widths = [width * 2**stage for stage in range(4)]
        for stage in range(4):
            inputs, outputs = width * 2 ** max(stage - 1, 0), width * 2**stage
            blocks = BasicBlock(inputs, outputs, 2 if stage else 1), BasicBlock(outputs, outputs, 1)
            self.add_module(f"layer{stage + 1}", nn.Sequential(*blocks))

    def forward(self, x: Float[Tensor, "b c h w"]) -> list[Tensor]:
        """What each stage gives: (b, width, h, w), (b, 2 width, h/2, w/2) ..."""
        found = []
        for stage in self.children():
            x = stage(x)
            found.append(x)
        return found
