"""The processes that train together: one alone, or those that torchrun started."""

import contextlib
import os
from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import TypeVar

import torch
from torch import distributed, nn

T = TypeVar("T")


@dataclass(frozen=True)
class Team:
    """This process's place among `size`, and the device it works on."""

    rank: int = 0
    size: int = 1
    device: torch.device = torch.device("cpu")

    @property
    def leads(self) -> bool:
        """Whether this process writes and logs."""
        return self.rank == 0

    def wrap(self, model: nn.Module) -> nn.Module:
        """`model` with its gradients averaged over the team."""
        if self.size == 1:
            return model
        return nn.parallel.DistributedDataParallel(model)

    def agree(self, make: Callable[[], T]) -> T:
        """What `make` gives on the leader, which alone calls it, on every process."""
        if self.size == 1:
            return make()
        box: list = [make() if self.leads else None]
        distributed.broadcast_object_list(box, src=0)
        return box[0]


@contextlib.contextmanager
def assemble() -> Generator[Team]:
    """Join the processes that torchrun started (gloo on CPUs, nccl on GPUs); without torchrun, work alone."""
    size, rank, local = (int(os.environ.get(name, default)) for name, default in _PLACE)
    device = torch.device("cuda", local) if torch.cuda.is_available() else torch.device("cpu")
    if size == 1:
        yield Team(device=device)
        return
    distributed.init_process_group("nccl" if device.type == "cuda" else "gloo")
    try:
        yield Team(rank, size, device)
    finally:
        distributed.destroy_process_group()


_PLACE = (("WORLD_SIZE", 1), ("RANK", 0), ("LOCAL_RANK", 0))
