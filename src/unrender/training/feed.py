"""Batches, made one ahead of the training."""

import os
from collections import deque
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol, runtime_checkable

import torch
from torch import Tensor

from unrender.data.batches import stack
from unrender.training.order import Order, generator
from unrender.training.team import Team

Batch = dict[str, Tensor]
Augmentation = Callable[[Batch, torch.Generator], Batch]


@runtime_checkable
class Examples(Protocol):
    """What `fit` needs of a dataset: indexed items (dicts of arrays) and how hard each one is."""

    difficulty: Sequence[int]

    def __len__(self) -> int: ...

    def __getitem__(self, index: int) -> dict[str, Any]: ...


def feed(
    examples: Examples, order: Order, start: int, stop: int, team: Team, augment: Augmentation | None
) -> Generator[Batch]:
    """This process's share of batches start..stop-1, on its device. Pictures are decoded in threads, in order."""

    def make(n: int) -> Batch:
        batch = stack([examples[i] for i in order[n][team.rank :: team.size]])
        return augment(batch, generator(order.seed, "augment", n, team.rank)) if augment else batch

    threads = 1 if team.device.type == "cpu" else min(8, os.cpu_count() or 1)
    with ThreadPoolExecutor(threads, initializer=_single) as pool:
        ahead = deque(pool.submit(make, n) for n in range(start, min(stop, start + threads)))
        for n in range(start, stop):
            if n + threads < stop:
                ahead.append(pool.submit(make, n + threads))
            yield moved(ahead.popleft().result(), team.device)


def _single() -> None:
    """One core for what a feeding thread does itself. A team of its own would spin between two operations, on the cores
    that the network needs: a step of the coder takes .66 s on two cores then, not .43.
    """
    torch.get_num_threads()  # else its first operation takes the number that the process began with
    torch.set_num_threads(1)


def moved(batch: Batch, device: torch.device) -> Batch:
    """The batch on `device`."""
    return {name: values.to(device, non_blocking=True) for name, values in batch.items()}
