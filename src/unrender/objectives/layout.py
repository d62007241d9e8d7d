"""What the layout network is trained on: to say types, owners and boxes, from whatever is given and at every time."""

from dataclasses import dataclass, replace

import torch
from jaxtyping import Bool, Float
from pydantic import Field
from torch import Generator, Tensor, nn
from torch.nn import functional as F

from unrender.config import Section
from unrender.design.section_tree import MERGED
from unrender.diffusion.absorbing import hidden
from unrender.diffusion.schedule import Schedule
from unrender.models.layout_state import HIDDEN, State, as_signal, exact

Batch = dict[str, Tensor]


class Weights(Section):
    """Share of each term in the loss, and how often each task is trained."""

    kind: float = Field(default=1.0, ge=0)
    owner: float = Field(default=0.5, ge=0)
    distance: float = Field(default=20.0, ge=0, description="Of the L1 distance of boxes, in shares of the frame.")
    overlap: float = Field(default=2.0, ge=0, description="Of 1 - generalised IoU.")
    edge: float = Field(default=1.0, ge=0, description="Of the cross-entropy of where edges lie.")
    read: float = Field(default=0.6, ge=0, le=1, description="Share of pages with nothing given: reading.")
    blind: float = Field(default=0.25, ge=0, le=1, description="Share of the others without a screenshot: drawing.")
    bare: float = Field(default=0.5, ge=0, le=1, description="Share of those that know the document's tree only.")
    named: float = Field(default=0.5, ge=0, le=1, description="Share of pages whose class names are seen.")


@dataclass(frozen=True)
class LayoutObjective:
    """objective(model, batch, generator) -> {"loss", "kind", "owner", "distance", "overlap", "edge"}.

    Types are scored where they are hidden, owners where a node is merged, boxes where position or size are not given:
    means over nodes that exist. Padding and the root are in none of them. Boxes are scored after every look.
    """

    schedule: Schedule
    weights: Weights = Weights()

    def __call__(self, model: nn.Module, batch: Batch, generator: Generator) -> dict[str, Tensor]:
        state = drawn(batch, self.schedule.to(batch["box"].device), self.weights, generator)
        guess = model(batch, state)
        nodes = guess.kinds.shape[1]
        node = batch["node"][:, :nodes].clone()
        node[:, 0] = False  # the root is nothing else
        kind, owner = batch["kind"][:, :nodes], batch["owner"][:, :nodes]
        unknown = node & (state.kinds[:, :nodes] == HIDDEN)
        merged = node & (kind == MERGED)
        wanted = node & batch["placed"][:, :nodes] & ~state.given[:, :nodes, 1:].all(2)
        truth = centred(batch["box"][:, :nodes])
        apart = [(guess - truth).abs().mean(2) for guess in guess.boxes]
        union = [1 - generalised_iou(guess, truth) for guess in guess.boxes]
        edges = [edge_loss(logits, truth) for logits in guess.edges]
        said = [F.cross_entropy(each.transpose(1, 2), kind, reduction="none") for each in (guess.hunch, guess.kinds)]
        terms = {
            "kind": _mean(sum(said, start=truth.new_zeros(())) / len(said), unknown),
            "owner": _mean(F.cross_entropy(guess.owners.transpose(1, 2), owner, reduction="none"), merged),
            "distance": sum((_mean(each, wanted) for each in apart), start=truth.new_zeros(())) / len(apart),
            "overlap": sum((_mean(each, wanted) for each in union), start=truth.new_zeros(())) / len(union),
            "edge": sum((_mean(each, wanted) for each in edges), start=truth.new_zeros(())) / len(edges),
        }
        w = self.weights
        loss = w.kind * terms["kind"] + w.owner * terms["owner"]
        boxes = w.distance * terms["distance"] + w.overlap * terms["overlap"] + w.edge * terms["edge"]
        return {"loss": loss + boxes} | terms


def drawn(batch: Batch, schedule: Schedule, weights: Weights, generator: Generator) -> State:
    """What is known of each page: a task, drawn for each by itself, at a time of its own.

    Reading: nothing is given, t = 1 and no noise is seen. Else each of type, position and size is given for all nodes
    of a page (chance a third each) or for every node by itself (another third), and the rest is noised to time t. Boxes
    of nodes that start no element are noised as if they were the page, which the network says of them: otherwise, noise
    itself would tell which nodes start one.
    """
    count, nodes = batch["kind"].shape
    device = batch["kind"].device

    def chance(*shape: int) -> Tensor:
        return torch.rand(*shape, generator=generator, device=device)

    named = chance(count) < weights.named
    blank = State.blank(count, nodes, device)
    reading = chance(count) < weights.read
    t = chance(count)
    whole, each = chance(count, 1, 3) < 1 / 3, (chance(count, 1, 3) < 1 / 3) & (chance(count, nodes, 3) < 0.5)
    held = torch.stack([batch["node"], batch["placed"], batch["placed"]], 2)
    given = (whole | each) & ~reading[:, None, None] & held
    kinds = batch["kind"].masked_fill(hidden(t, nodes, generator) & ~given[..., 0], HIDDEN)
    page = torch.cat([batch["page"][:, :2], batch["page"][:, 2:] - batch["page"][:, :2]], 1)[:, None]
    boxes = noised(torch.where(batch["placed"][..., None], batch["box"], page), given, t, schedule, generator)
    blind = ~reading & (chance(count) < weights.blind)
    return replace(
        blank,
        kinds=torch.where(reading[:, None], blank.kinds, kinds),
        boxes=torch.where((~reading[:, None] & batch["node"])[..., None], boxes, blank.boxes),
        given=given,
        t=torch.where(reading, blank.t, t),
        sighted=~blind,
        told=~(blind & (chance(count) < weights.bare)),
        named=named,
    )


def noised(
    box: Float[Tensor, "b n 4"],
    given: Bool[Tensor, "b n 3"],
    t: Float[Tensor, " b"],
    schedule: Schedule,
    generator: Generator,
) -> Float[Tensor, "b n 4"]:
    """Boxes as State has them, with the noise of time t on what is not given."""
    x0 = as_signal(centred(box))
    step = (t * len(schedule)).long().clamp_max(len(schedule) - 1)
    noise = torch.randn(x0.shape, generator=generator, device=x0.device)
    alpha, sigma = schedule.alpha[step][:, None, None], schedule.sigma[step][:, None, None]
    return torch.where(exact(given), x0, alpha * x0 + sigma * noise)


def centred(box: Float[Tensor, "b n 4"]) -> Float[Tensor, "b n 4"]:
    """left, top, width, height -> middle x, y, width, height."""
    return torch.cat([box[..., :2] + box[..., 2:] / 2, box[..., 2:]], -1)


def generalised_iou(a: Float[Tensor, "b n 4"], b: Float[Tensor, "b n 4"]) -> Float[Tensor, "b n"]:
    """Of boxes given by middle and size (Rezatofighi et al. 2019, algorithm 1): IoU less the share of the hull that
    neither covers; -1..1."""
    low_a, high_a = a[..., :2] - a[..., 2:] / 2, a[..., :2] + a[..., 2:] / 2
    low_b, high_b = b[..., :2] - b[..., 2:] / 2, b[..., :2] + b[..., 2:] / 2
    shared = (torch.minimum(high_a, high_b) - torch.maximum(low_a, low_b)).clamp_min(0).prod(-1)
    union = a[..., 2:].prod(-1) + b[..., 2:].prod(-1) - shared
    hull = (torch.maximum(high_a, high_b) - torch.minimum(low_a, low_b)).prod(-1)
    return shared / union.clamp_min(1e-9) - (hull - union) / hull.clamp_min(1e-9)


def edge_loss(logits: Float[Tensor, "b n 4 e"], truth: Float[Tensor, "b n 4"]) -> Float[Tensor, "b n"]:
    """Cross-entropy in nats with the two places next to each true edge, by nearness (Li et al. 2020, equation 6)."""
    bins = logits.shape[3]
    edges = torch.cat([truth[..., :2] - truth[..., 2:] / 2, truth[..., :2] + truth[..., 2:] / 2], 2)  # (b, n, 4)
    spot = (edges * bins - 0.5).clamp(0, bins - 1)
    below = spot.floor().clamp_max(bins - 2).long()
    share = (spot - below).clamp(0, 1)
    odds = logits.log_softmax(3)
    low, high = (odds.gather(3, (below + step)[..., None]).squeeze(3) for step in (0, 1))
    return -((1 - share) * low + share * high).mean(2)


def _mean(values: Float[Tensor, "b n"], where: Bool[Tensor, "b n"]) -> Float[Tensor, ""]:
    return (values * where).sum() / where.sum().clamp_min(1)
