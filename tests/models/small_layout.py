"""A layout network small enough for tests, as after some training; and what pages may be known by."""

from dataclasses import replace

import torch
from torch import Tensor

from tests.models.waking import awake
from unrender.design.section_tree import MERGED
from unrender.models.layout import Config, Layout
from unrender.models.layout_state import Guess, State

CONFIG = Config(width=32, layers=2, heads=2, channels=8)


def network(config: Config = CONFIG) -> Layout:
    torch.manual_seed(0)
    model = awake(Layout(config)).eval()
    with torch.no_grad():
        model.types.bias[MERGED] += 1  # as on real pages, a good part of the nodes start no element
    return model


def signal(batch: dict[str, Tensor]) -> Tensor:
    """True boxes as a state has them, 0 where there is none."""
    box = torch.cat([batch["box"][..., :2] + batch["box"][..., 2:] / 2, batch["box"][..., 2:]], 2)
    return (2 * box - 1) * batch["placed"][..., None]


def nothing(batch: dict[str, Tensor], **known: Tensor) -> State:
    """The start of a reading, but for what is `known`."""
    return replace(State.blank(*batch["node"].shape, torch.device("cpu")), **known)


def everything(batch: dict[str, Tensor], types: bool = True, boxes: bool = True) -> State:
    """All types, all boxes or both are given; the state of a drawing, to whom the picture is not shown."""
    placed = batch["placed"]
    given = torch.tensor([types, boxes, boxes]) & torch.stack([batch["node"], placed, placed], 2)
    state = nothing(batch, given=given, sighted=torch.zeros(len(given), dtype=torch.bool))
    return replace(
        state,
        kinds=batch["kind"] if types else state.kinds,
        boxes=signal(batch) if boxes else state.boxes,
        t=torch.full_like(state.t, 0.5),
    )


def pages_of(guess: Guess, batch: dict[str, Tensor]) -> list[list[Tensor]]:
    """What is said of each page: types, owners, boxes, and the odds of edges of the nodes that it has. The root starts
    no element, so its edges are not looked for."""
    counts = batch["node"].sum(1).tolist()
    return [
        [
            guess.kinds[row, :count],
            guess.owners[row, :count, :count],
            *(each[row, :count] for each in guess.boxes),
            *(each[row, 1:count].softmax(2) for each in guess.edges),
        ]
        for row, count in enumerate(counts)
    ]


def alike(one: list[list[Tensor]], two: list[list[Tensor]], error: float = 1e-4) -> bool:
    return all(
        torch.allclose(a, b, rtol=error, atol=error)
        for first, second in zip(one, two, strict=True)
        for a, b in zip(first, second, strict=True)
    )
