"""Inception-v3 (Szegedy et al. 2016) as the published FID looks through it, up to the mean of its last stage.

Layers bear the names of torchvision's, so that the weights converted from the original TensorFlow graph (by
pytorch-fid, under the same names) fit. That graph differs in its pools: averages count no padding, and the last block
takes a maximum.
"""

from collections.abc import Callable
from itertools import chain

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

FEATURES = 2048
Kernel = int | tuple[int, int]
Layer = tuple[str, int, Kernel, int]
"""Name, channels, kernel and stride."""
Branch = tuple[tuple[Layer, ...], ...]
"""Layers in turn; of two in one place both are applied, side by side."""


class Conv(nn.Module):
    """Convolution, norm, ReLU; nothing is padded where the stride is 2."""

    def __init__(self, inputs: int, outputs: int, kernel: Kernel, stride: int = 1, padding: str | None = None):
        super().__init__()
        padding = padding or ("same" if stride == 1 else "valid")
        self.conv = nn.Conv2d(inputs, outputs, kernel, stride, padding, bias=False)
        self.bn = nn.BatchNorm2d(outputs, eps=0.001)

    def forward(self, x: Float[Tensor, "b c h w"]) -> Float[Tensor, "b d h2 w2"]:
        return F.relu(self.bn(self.conv(x)), inplace=True)


class Mixed(nn.Module):
    """Branches side by side, and last a pool, followed by a convolution of `pooled` channels if there are any."""

    def __init__(self, inputs: int, branches: list[Branch], pool: Callable[[Tensor], Tensor], pooled: int):
        super().__init__()
        self.branches, self.pool = branches, pool
        self.width = (pooled or inputs) + sum(channels for branch in branches for _, channels, _, _ in branch[-1])
        for branch in branches:
            width = inputs
            for layers in branch:
                for name, channels, kernel, stride in layers:
                    self.add_module(name, Conv(width, channels, kernel, stride))
                width = sum(channels for _, channels, _, _ in layers)
        self.branch_pool = Conv(inputs, pooled, 1) if pooled else nn.Identity()

    def forward(self, x: Float[Tensor, "b c h w"]) -> Float[Tensor, "b d h2 w2"]:
        return torch.cat([*(self.run(branch, x) for branch in self.branches), self.branch_pool(self.pool(x))], 1)

    def run(self, branch: Branch, x: Float[Tensor, "b c h w"]) -> Float[Tensor, "b d h2 w2"]:
        for layers in branch:
            x = torch.cat([self.get_submodule(name)(x) for name, *_ in layers], 1)
        return x


class Inception(nn.Module):
    """The network without its classifier."""

    def __init__(self) -> None:
        super().__init__()
        self.Conv2d_1a_3x3 = Conv(3, 32, 3, 2)
        self.Conv2d_2a_3x3 = Conv(32, 32, 3, padding="valid")
        self.Conv2d_2b_3x3 = Conv(32, 64, 3)
        self.Conv2d_3b_1x1 = Conv(64, 80, 1)
        self.Conv2d_4a_3x3 = Conv(80, 192, 3, padding="valid")
        width = 192
        for name, branches, pool, pooled in BLOCKS:
            block = Mixed(width, branches, pool, pooled)
            self.add_module(f"Mixed_{name}", block)
            width = block.width

    def forward(self, x: Float[Tensor, "b 3 299 299"]) -> Float[Tensor, "b 2048"]:
        """RGB in -1..1."""
        x = self.Conv2d_2b_3x3(self.Conv2d_2a_3x3(self.Conv2d_1a_3x3(x)))
        x = self.Conv2d_4a_3x3(self.Conv2d_3b_1x1(halved(x)))
        x = halved(x)
        for name, *_ in BLOCKS:
            x = self.get_submodule(f"Mixed_{name}")(x)
        return x.mean((2, 3))


def halved(x: Float[Tensor, "b c h w"]) -> Float[Tensor, "b c h2 w2"]:
    return F.max_pool2d(x, 3, 2)


def mean_around(x: Float[Tensor, "b c h w"]) -> Float[Tensor, "b c h w"]:
    return F.avg_pool2d(x, 3, 1, 1, count_include_pad=False)


def greatest_around(x: Float[Tensor, "b c h w"]) -> Float[Tensor, "b c h w"]:
    return F.max_pool2d(x, 3, 1, 1)


def _line(name: str, *layers: tuple[int, Kernel], stride: int = 1) -> Branch:
    """name_1, name_2 ..., or `name` where it is one; the last with this stride."""
    names = [name] if len(layers) == 1 else [f"{name}_{i}" for i in range(1, len(layers) + 1)]
    strides = [1] * (len(layers) - 1) + [stride]
    return tuple(((each, *layer, step),) for each, layer, step in zip(names, layers, strides, strict=True))


def _split(name: str, *layers: tuple[int, Kernel]) -> Branch:
    """The same, and at the end a row and a column of 384 channels beside each other."""
    steps = chain.from_iterable(_line(f"{name}_{i}", layer) for i, layer in enumerate(layers, 1))
    last = f"{name}_{len(layers) + 1}"
    return (*steps, ((f"{last}a", 384, (1, 3), 1), (f"{last}b", 384, (3, 1), 1)))


def _square(pooled: int) -> tuple:
    branches = [
        _line("branch1x1", (64, 1)),
        _line("branch5x5", (48, 1), (64, 5)),
        _line("branch3x3dbl", (64, 1), (96, 3), (96, 3)),
    ]
    return branches, mean_around, pooled


def _long(c: int) -> tuple:
    row, column = (1, 7), (7, 1)
    branches = [
        _line("branch1x1", (192, 1)),
        _line("branch7x7", (c, 1), (c, row), (192, column)),
        _line("branch7x7dbl", (c, 1), (c, column), (c, row), (c, column), (192, row)),
    ]
    return branches, mean_around, 192


def _wide(pool: Callable[[Tensor], Tensor]) -> tuple:
    branches = [_line("branch1x1", (320, 1)), _split("branch3x3", (384, 1)), _split("branch3x3dbl", (448, 1), (384, 3))]
    return branches, pool, 192


BLOCKS = [
    ("5b", *_square(32)),
    ("5c", *_square(64)),
    ("5d", *_square(64)),
    (
        "6a",
        [_line("branch3x3", (384, 3), stride=2), _line("branch3x3dbl", (64, 1), (96, 3), (96, 3), stride=2)],
        halved,
        0,
    ),
    ("6b", *_long(128)),
    ("6c", *_long(160)),
    ("6d", *_long(160)),
    ("6e", *_long(192)),
    (
        "7a",
        [
            _line("branch3x3", (192, 1), (320, 3), stride=2),
            _line("branch7x7x3", (192, 1), (192, (1, 7)), (192, (7, 1)), (192, 3), stride=2),
        ],
        halved,
        0,
    ),
    ("7b", *_wide(mean_around)),
    ("7c", *_wide(greatest_around)),
]
