"""What the decoder of boxes is trained on: to name kinds and colours, and to place edges, at every level of noise."""

from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float
from torch import Generator, Tensor, nn
from torch.nn import functional as F

from unrender.diffusion.samplers import noise_like
from unrender.diffusion.schedule import Schedule
from unrender.models.box_decoder import COLOURS, EDGES, KINDS, as_boxes, expected, of_edges
from unrender.objectives.diffusion import hidden_in_part, spread_times

Batch = dict[str, Tensor]
AGAIN = 0.5  # share of the steps in which the network goes on from what it expected (self-conditioning)
EDGE_WEIGHT = 4.0  # squared errors of v are small beside cross-entropies in nats


@dataclass(frozen=True)
class BoxObjective:
    """objective(model, batch, generator) -> {"loss", "kind", "colour", "edges"}, per box. `batch` is what BoxDataset
    gives, stacked.

    The cross-entropy of names makes the softmax their expectation, which is what a denoiser is to say of x_0
    (Dieleman et al. 2022, section 3); edges are scored by the squared error of v.
    """

    schedule: Schedule
    drop: float

    def __call__(self, model: nn.Module, batch: Batch, generator: Generator) -> dict[str, Tensor]:
        kind, colour, counts = batch["kind"], batch["colour"], batch["count"]
        x0 = as_boxes(kind, colour, batch["box"])
        schedule = self.schedule.to(x0.device)
        t = spread_times(len(x0), len(schedule), generator, x0.device)
        noise = noise_like(x0, generator)
        x = schedule.noised(x0, noise, t)
        sheet = torch.cat([batch["frame"], counts[:, None]], 1)
        seen = (x, t, *hidden_in_part(batch, self.drop, generator), sheet)
        before = None
        if torch.rand((), generator=generator, device=x.device) < AGAIN:
            with torch.no_grad():
                before = expected(model(*seen).float(), x, t, schedule)
        said = model(*seen, before=before)
        name, hue, v = said.float().split([len(KINDS), COLOURS, EDGES], 1)
        target = of_edges(schedule).target(x0[:, -EDGES:], noise[:, -EDGES:], t)
        there = torch.arange(kind.shape[1], device=x0.device) < counts[:, None]  # (b, k)
        losses = {
            "kind": F.cross_entropy(name.squeeze(3), kind, reduction="none"),
            "colour": F.cross_entropy(hue.squeeze(3), colour, reduction="none"),
            "edges": (v - target).square().mean((1, 3)),
        }
        means = {name: _mean(loss, there) for name, loss in losses.items()}
        return {"loss": means["kind"] + means["colour"] + EDGE_WEIGHT * means["edges"]} | means


def _mean(values: Float[Tensor, "b k"], where: Bool[Tensor, "b k"]) -> Float[Tensor, ""]:
    return (values * where).sum() / where.sum().clamp_min(1)
