"""What the refiner is trained on: naming hidden cells (Austin et al. 2021, section 3.2)."""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Generator, Tensor, nn
from torch.nn import functional as F

from unrender.diffusion.samplers import noise_like

Batch = dict[str, Tensor]


@dataclass(frozen=True)
class RefinerObjective:
    """objective(model, batch, generator) -> {"loss", "ground", "ink", "pattern"}, nats per hidden cell. `batch` is
    what CellDataset gives, stacked.

    The latent is spoilt with noise of up to `jitter` standard deviations, for a drawn one is never quite right
    (conditioning augmentation: Ho et al. 2022, Cascaded diffusion models, section 4).
    """

    mean: Float[Tensor, "c 1 1"]
    std: Float[Tensor, "c 1 1"]
    jitter: float

    def __call__(self, model: nn.Module, batch: Batch, generator: Generator) -> dict[str, Tensor]:
        latent, cells = batch["latent"], batch["cells"].long()
        device, count = latent.device, len(latent)
        z = (latent - self.mean.to(device)) / self.std.to(device)
        z = z + self.jitter * torch.rand(count, 1, 1, 1, generator=generator, device=device) * noise_like(z, generator)
        share = (torch.arange(count, device=device) + torch.rand(count, generator=generator, device=device)) / count
        known = torch.rand(cells.shape[:3], generator=generator, device=device) < share[:, None, None]
        known[0, 0, 0] = False  # there is always something to say
        said = model(z, cells, known)
        truth = cells[~known]
        mixed = truth[:, 0] != truth[:, 1]
        losses = {
            "ground": F.cross_entropy(said.ground, truth[:, 0], reduction="sum"),
            "ink": F.cross_entropy(said.ink, truth[:, 1], reduction="sum"),
            "pattern": F.cross_entropy(said.pattern, truth[mixed, 2], reduction="sum"),
        }
        losses = {name: loss / len(truth) for name, loss in losses.items()}
        return {"loss": torch.stack(list(losses.values())).sum()} | losses
