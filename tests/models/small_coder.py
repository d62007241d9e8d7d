"""A coder small enough for tests, and pages with texts for it: noise, as what they show does not matter."""

from typing import Any

import torch
from torch import Tensor

from tests.models.waking import awake
from unrender.models.coder import Coder, Config

WORDS = 11
SMALL: dict[str, Any] = {"width": 8, "channels": 16, "hidden": 24, "embedding": 8, "attention": 8, "dropout": 0.0}
LENGTHS = (3, 7, 5, 7)


def coder(words: int = WORDS, **fields) -> Coder:
    torch.manual_seed(0)
    return awake(Coder(Config(**(SMALL | fields)), words)).eval()


def images(count: int = 4, seed: int = 0) -> Tensor:
    """Patches of colour, each page its own."""
    g = torch.Generator().manual_seed(seed)
    cells = torch.randint(0, 256, (count, 3, 16, 8), generator=g, dtype=torch.uint8)
    return cells.repeat_interleave(16, 2).repeat_interleave(32, 3)


def batch(words: int = WORDS, seed: int = 0) -> dict[str, Tensor]:
    """Four pages of 3 to 7 choices, of two options and more; junk beyond."""
    g = torch.Generator().manual_seed(seed)
    tokens = torch.randint(0, words, (len(LENGTHS), max(LENGTHS) + 2), generator=g)
    options = torch.rand(*tokens.shape, words, generator=g) < 0.4
    return {
        "image": images(len(LENGTHS), seed),
        "tokens": tokens,
        "length": torch.tensor(LENGTHS),
        "options": options.scatter(2, torch.stack([tokens, (tokens + 1) % words], 2), True),
    }


def told(model: Coder, given: dict[str, Tensor], **changes: Tensor) -> tuple[Tensor, Tensor]:
    """Logits and looks, teacher forced."""
    given = given | changes
    with torch.no_grad():
        return model(given["image"], given["tokens"], given["length"])
