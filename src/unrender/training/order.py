"""What is drawn at random, as pure functions of the seed and a position: nothing to save, nothing to fast-forward."""

import hashlib
from collections.abc import Sequence
from functools import lru_cache

import torch

from unrender.training.optim import Curriculum


def derive(*parts: int | str) -> int:
    """A seed for one purpose, such as derive(seed, "step", 12). Different parts give unrelated seeds."""
    digest = hashlib.sha256("/".join(str(part) for part in parts).encode()).digest()
    return int.from_bytes(digest[:8], "big") >> 1  # 63 bits: torch takes no more


def generator(*parts: int | str, device: torch.device | str = "cpu") -> torch.Generator:
    """A generator seeded with derive(*parts)."""
    return torch.Generator(device).manual_seed(derive(*parts))


class Order:
    """order[n] is the list of examples in the n-th of `batches` batches.

    Within a stage of the curriculum each example of its pool comes once before any comes again.
    """

    def __init__(self, difficulty: Sequence[int], batch_size: int, batches: int, seed: int, curriculum: Curriculum):
        self.batch_size, self.seed, self.stages = batch_size, seed, curriculum.stages
        self.ramp = max(curriculum.stages, round(batches * curriculum.share))  # batches until all examples are in
        self.easiest_first = sorted(range(len(difficulty)), key=lambda i: difficulty[i])  # stable
        self.permutation = lru_cache(maxsize=2)(self._permutation)

    def __getitem__(self, n: int) -> list[int]:
        stage = self.stage(n)
        start = (n - self.first(stage)) * self.batch_size
        size = self.pool(stage)
        return [self.permutation(stage, place // size)[place % size] for place in range(start, start + self.batch_size)]

    def stage(self, n: int) -> int:
        """The stage of batch n, from 0."""
        return min(self.stages - 1, n * self.stages // self.ramp)

    def first(self, stage: int) -> int:
        """The first batch of a stage."""
        return -(-stage * self.ramp // self.stages)

    def pool(self, stage: int) -> int:
        """How many of the easiest examples a stage draws from."""
        return -(-len(self.easiest_first) * (stage + 1) // self.stages)

    def _permutation(self, stage: int, epoch: int) -> list[int]:
        shuffled = torch.randperm(self.pool(stage), generator=generator(self.seed, "order", stage, epoch))
        return [self.easiest_first[i] for i in shuffled.tolist()]
