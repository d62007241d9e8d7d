"""bfloat16 where it is faster."""

from functools import cache

import torch


@cache
def bfloat16_pays(device: str = "cpu") -> bool:
    """Whether this kind of device has instructions for bfloat16: what emulates them takes twice as long as float32."""
    if device == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    return torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()
