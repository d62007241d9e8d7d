"""Convolution blocks."""

import contextlib
from collections.abc import Generator

from jaxtyping import Float
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint


class ConvBlock(nn.Sequential):
    """(3 x 3 convolution, batch norm, ReLU) twice.

    Batch norm, because in bf16 on a CPU it costs a quarter of group norm and learns flat pages sooner.
    """

    def __init__(self, inputs: int, outputs: int):
        super().__init__(*_layer(inputs, outputs), *_layer(outputs, outputs))


def _layer(inputs: int, outputs: int) -> tuple[nn.Module, ...]:
    convolution = nn.Conv2d(inputs, outputs, 3, padding=1, bias=False)  # the norm has the bias
    return convolution, nn.BatchNorm2d(outputs), nn.ReLU(inplace=True)


def recomputed(block: nn.Module, x: Float[Tensor, "b c h w"]) -> Float[Tensor, "b d h w"]:
    """block(x), forgetting the activations and computing them again in the backward pass."""
    return checkpoint(
        block, x, use_reentrant=False, context_fn=lambda: (contextlib.nullcontext(), frozen_statistics(block))
    )


@contextlib.contextmanager
def frozen_statistics(block: nn.Module) -> Generator[None]:
    """Put the buffers back afterwards: batch norm must not count the second pass over the same batch."""
    before = [buffer.clone() for buffer in block.buffers()]
    try:
        yield
    finally:
        for buffer, value in zip(block.buffers(), before, strict=True):
            buffer.copy_(value)
