"""How a tokenizer fares on texts: lengths, and what it does not know."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from unrender.data.tokenizer import UNK

if TYPE_CHECKING:
    from tokenizers import Tokenizer

BATCH = 256


def coverage(tokenizer: "Tokenizer", texts: Iterable[str]) -> dict[str, float | int]:
    """Texts counted, tokens a text (mean, p95, max; markers included), share of `<unk>`, distinct tokens used."""
    lengths: list[int] = []
    unknowns, used = 0, set()
    for batch in _batches(texts, BATCH):
        for encoding in tokenizer.encode_batch(batch):
            lengths.append(len(encoding.ids))
            unknowns += encoding.tokens.count(UNK)
            used.update(encoding.ids)
    total = sum(lengths)
    return {
        "texts": len(lengths),
        "tokens_mean": total / max(len(lengths), 1),
        "tokens_p95": float(np.percentile(lengths, 95)) if lengths else 0,
        "tokens_max": max(lengths, default=0),
        "unk_share": unknowns / max(total, 1),
        "tokens_used": len(used),
    }


def _batches(texts: Iterable[str], size: int):
    batch: list[str] = []
    for text in texts:
        batch.append(text)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch
