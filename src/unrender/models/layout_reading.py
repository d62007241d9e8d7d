"""What the layout network's guesses amount to: readings of a page in one step, and samples from noise in a few."""

from dataclasses import replace

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from torch import Generator, Tensor

from unrender.data.framed_boxes import unframed
from unrender.design.section_tree import MERGED, Reading
from unrender.design.sections import LAYOUT_TYPES
from unrender.diffusion.absorbing import chosen, cosine_shares, revealed
from unrender.diffusion.schedule import Schedule
from unrender.models.layout import Layout
from unrender.models.layout_state import HIDDEN, Guess, State, as_shares, as_signal

Batch = dict[str, Tensor]


@torch.no_grad()
def read(model: Layout, batch: Batch, state: State | None = None) -> Guess:
    """One look at each page: the likeliest answer, the same every time. The model should be in eval mode."""
    device = next(model.parameters()).device
    batch = {name: values.to(device) for name, values in batch.items()}
    return model(batch, state or State.blank(len(batch["node"]), batch["node"].shape[1], device))


@torch.no_grad()
def sampled(
    model: Layout, batch: Batch, state: State, steps: int, generator: Generator, schedule: Schedule
) -> tuple[Guess, Int[Tensor, "b n"]]:
    """Types and boxes drawn from noise in `steps` steps, with what `state` gives kept; the last guess, and the types.

    Types are told from the surest to the least sure (Chang et al. 2022), each drawn by its probability; boxes follow
    DDIM (Song et al. 2021, equation 12) on the guesses.
    """
    unknown = batch["node"] & ~state.given[..., 0]
    kinds = state.kinds.masked_fill(unknown, HIDDEN)
    noise = torch.randn(state.boxes.shape, generator=generator, device=state.boxes.device)
    boxes = torch.where(state.exact, state.boxes, noise)
    times = torch.linspace(1, 0, steps + 1).tolist()
    shares = cosine_shares(steps)
    while True:
        now, later, share = times.pop(0), times[0], shares.pop(0)
        guess = model(batch, replace(state, kinds=kinds, boxes=boxes, t=torch.full_like(state.t, now)))
        named = chosen(guess.kinds, generator)
        sure = guess.kinds.log_softmax(2).gather(2, named[..., None]).squeeze(2)
        fresh = _widened(named, kinds)
        left = revealed(unknown, _widened(sure, boxes[..., 0]), share) & unknown
        kinds = torch.where(unknown & ~left, fresh, kinds)
        unknown = left
        if not shares:
            return _kept(guess, state), kinds
        x0 = as_signal(_widened(guess.boxes[-1], boxes))
        boxes = torch.where(state.exact, state.boxes, _stepped(boxes, x0, now, later, schedule))


def _kept(guess: Guess, state: State) -> Guess:
    """The guess with the boxes that are given."""
    nodes = guess.kinds.shape[1]
    last = torch.where(state.exact[:, :nodes], as_shares(state.boxes[:, :nodes]), guess.boxes[-1])
    return replace(guess, boxes=[*guess.boxes[:-1], last])


def _stepped(
    x: Float[Tensor, "b n 4"], x0: Float[Tensor, "b n 4"], now: float, later: float, schedule: Schedule
) -> Float[Tensor, "b n 4"]:
    here, there = (min(int(time * len(schedule)), len(schedule) - 1) for time in (now, later))
    noise = (x - schedule.alpha[here] * x0) / schedule.sigma[here]
    return schedule.alpha[there] * x0 + schedule.sigma[there] * noise


def _widened(values: Tensor, like: Tensor) -> Tensor:
    """With as many nodes as `like`; zeros in the new places."""
    room = torch.zeros(len(values), like.shape[1], *values.shape[2:], dtype=values.dtype, device=values.device)
    room[:, : values.shape[1]] = values
    return room


def readings(
    guess: Guess, node: Bool[Tensor, "b n"], sizes: list[tuple[int, int]], kinds: Int[Tensor, "b n"] | None = None
) -> list[Reading]:
    """What guesses say of pages of these sizes (width, height): likeliest types, or those that are given."""
    said = guess.kinds.argmax(2) if kinds is None else kinds
    corner = guess.boxes[-1][..., :2] - guess.boxes[-1][..., 2:] / 2
    boxes = torch.cat([corner, guess.boxes[-1][..., 2:]], 2).double().cpu().numpy()
    found = []
    for row, size in enumerate(sizes):
        count = int(node[row].sum())
        found.append(_reading(said[row, :count], guess.owners[row, :count, :count], unframed(boxes[row, :count], size)))
    return found


def _reading(kinds: Int[Tensor, " n"], owners: Float[Tensor, "n n"], boxes: Float[np.ndarray, "n 4"]) -> Reading:
    """Consistent: the root is merged, a merged node points to a first node of an element before it, or to the root."""
    kinds = kinds.clone()
    kinds[0] = MERGED
    starts = (kinds > MERGED) & (kinds <= len(LAYOUT_TYPES))
    ends = starts.clone()
    ends[0] = True
    pointed = owners.masked_fill(~ends[None], -torch.inf).argmax(1)
    places = torch.arange(len(kinds), device=kinds.device)
    pointed = torch.where((kinds == MERGED) & (places > 0), pointed.minimum((places - 1).clamp_min(0)), places)
    known = starts.cpu().numpy()
    return Reading(kinds.cpu().numpy(), pointed.cpu().numpy(), np.where(known[:, None], boxes, np.nan))


def confidence(guess: Guess) -> Float[Tensor, "b n"]:
    """How sure the network is of the type that it says, 0..1."""
    return guess.kinds.softmax(2).amax(2)
