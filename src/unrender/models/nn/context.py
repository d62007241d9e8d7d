"""What a place of a page is told of the rest of it."""

import torch
from jaxtyping import Float
from torch import Tensor, nn


def _normed(inputs: int, outputs: int, **convolution) -> nn.Sequential:
    kernel = convolution.pop("kernel_size", 1)
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, kernel, bias=False, **convolution),
        nn.BatchNorm2d(outputs),
        nn.ReLU(inplace=True),
    )


class ASPP(nn.Module):
    """Atrous spatial pyramid pooling (Chen et al. 2017, section 3.3): looks of several reaches side by side, each with
    a norm of its own, and one at the whole page."""

    def __init__(self, inputs: int, outputs: int, rates: tuple[int, ...]):
        super().__init__()
        self.looks = nn.ModuleList([_normed(inputs, outputs)])
        self.looks += [_normed(inputs, outputs, kernel_size=3, padding=rate, dilation=rate) for rate in rates]
        self.whole = nn.Sequential(nn.Linear(inputs, outputs), nn.ReLU(inplace=True))
        self.out = _normed((len(rates) + 2) * outputs, outputs)

    def forward(self, x: Float[Tensor, "b c h w"]) -> Float[Tensor, "b d h w"]:
        """Every place as before, but knowing more."""
        whole = self.whole(x.mean((2, 3)))[:, :, None, None].expand(-1, -1, *x.shape[2:])
        return self.out(torch.cat([*(look(x) for look in self.looks), whole], 1))


class CoordinateAttention(nn.Module):
    """Gates that say which rows and which columns matter (Hou et al. 2021, section 3): the means along one axis,
    through a bottleneck that both axes share, gate the places of the other."""

    def __init__(self, channels: int, reduction: int = 8):
        super().__init__()
        inner = max(8, channels // reduction)
        self.squeeze = nn.Sequential(
            nn.Conv2d(channels, inner, 1, bias=False), nn.BatchNorm2d(inner), nn.Hardswish(inplace=True)
        )
        self.rows, self.columns = nn.Conv2d(inner, channels, 1), nn.Conv2d(inner, channels, 1)

    def forward(self, x: Float[Tensor, "b c h w"]) -> Float[Tensor, "b c h w"]:
        """x, gated."""
        down, across = x.mean(3, keepdim=True), x.mean(2, keepdim=True).transpose(2, 3)  # (b, c, h, 1), (b, c, w, 1)
        down, across = self.squeeze(torch.cat([down, across], 2)).split(list(x.shape[2:]), 2)
        return x * self.rows(down).sigmoid() * self.columns(across.transpose(2, 3)).sigmoid()
