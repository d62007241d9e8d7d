"""What the layout network sees within the boxes that it found, and what that says of types.

Boxes here are middle x, middle y, width and height, as shares of the frame.
"""

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F

from unrender.models.layout_looks import PROFILE, Boxes, bounds, window
from unrender.models.nn.unet import zeroed

THIRDS = 3
"""Rows and columns that a box is seen in; and its rims."""
RIM = 20 / 256  # of the frame, how far a rim reaches into the box, as far as its middle at most
STRIPS = THIRDS + 2


class Glance(nn.Module):
    """Scores of `kinds` types, from means of what is seen in the thirds of a box and along its rims, where signs are
    that are small whatever the box (means over a grid: RoI Align, He et al. 2017)."""

    def __init__(self, width: int, kinds: int):
        super().__init__()
        self.sees, self.says = nn.Linear(STRIPS**2 * PROFILE, width), zeroed(nn.Linear(width, kinds))

    def forward(
        self, x: Float[Tensor, "b n d"], boxes: Boxes, picture: Float[Tensor, "b r l c"]
    ) -> Float[Tensor, "b n k"]:
        """`x`: what is known of the nodes; `picture`: features of the page, in rows."""
        low, high = bounds(boxes)
        columns, rows = (strips(low[..., side], high[..., side], picture.shape[2 - side]) for side in (0, 1))
        seen = (rows.flatten(1, 2).to(picture.dtype) @ picture.flatten(2)).unflatten(2, picture.shape[2:])
        seen = seen.unflatten(1, rows.shape[1:3])  # (b, n, s, l, c)
        seen = torch.einsum("bnsl,bntlc->bntsc", columns.to(seen.dtype), seen)
        return self.says(F.gelu(x + self.sees(seen.flatten(2)))).float()


def strips(low: Float[Tensor, "b n"], high: Float[Tensor, "b n"], count: int) -> Float[Tensor, "b n s l"]:
    """Weights of `count` places along a side for the thirds of each box and its two rims; those of each sum to 1."""
    size = high - low
    rim = torch.minimum(size / 2, torch.full_like(size, RIM))
    starts = [low + size * third / THIRDS for third in range(THIRDS)] + [low, high - rim]
    ends = [low + size * (third + 1) / THIRDS for third in range(THIRDS)] + [low + rim, high]
    return torch.stack([window(a, b, count) for a, b in zip(starts, ends, strict=True)], 2)
