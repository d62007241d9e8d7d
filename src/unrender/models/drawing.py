"""How a decoder and a refiner draw: the steps that scoring, use and fine-tuning share."""

import torch
from jaxtyping import Float, Int
from torch import Generator, Tensor

from unrender.models.canvas_decoder import coverage
from unrender.models.decoder import UNKNOWN, Decoder
from unrender.models.refiner import Refiner
from unrender.render.frame import ARTBOARD, SIZE

Brief = tuple[Int[Tensor, " n"], Int[Tensor, " n"], Float[Tensor, " n"]]
"""Goal, format and tone, UNKNOWN where they are left open."""


class Guided:
    """A decoder as a denoiser of pages with these briefs: classifier-free guidance (Ho and Salimans 2022), each step
    told what the one before expected. Made anew for every drawing."""

    def __init__(self, model: Decoder, brief: Brief, sheet: Float[Tensor, "n 5"], rough: bool = False):
        """`rough`: in bfloat16."""
        self.model, self.rough = model, rough
        self.brief = [torch.cat([part, torch.full_like(part, UNKNOWN)]) for part in brief]
        self.sheets = torch.cat([sheet, sheet])
        self.before: Tensor | None = None

    def __call__(self, x: Float[Tensor, "n c h w"], t: Int[Tensor, " n"]) -> Float[Tensor, "n c h w"]:
        """The x_0 that is expected at x_t."""
        with torch.autocast(x.device.type, torch.bfloat16, enabled=self.rough):
            said = self.model(torch.cat([x, x]), torch.cat([t, t]), *self.brief, self.sheets, self.before).float()
        asked, free = said.chunk(2)
        x0 = self.model.expected(free + self.model.config.guidance * (asked - free), x, t)
        self.before = torch.cat([x0, x0])
        return x0


def worked_out(
    decoder: Decoder,
    refiner: Refiner,
    drawn: Float[Tensor, "n c h w"],
    sheet: Float[Tensor, "n 5"],
    generators: list[Generator],
    rough: bool = False,
) -> Float[Tensor, "n 3 256 256"]:
    """What was drawn as pages, in -1..1. `rough`: the refiner in bfloat16."""
    if decoder.config.space == "pixel":
        return drawn
    latent, settled, left_open = decoder.sketched(drawn, sheet)
    artboard = torch.tensor(ARTBOARD).view(3, 1, 1) / 255
    inside = coverage(sheet, *latent.shape[2:])
    own = (latent[:, :3] - (1 - inside) * artboard) / inside.clamp_min(0.1)  # of cells that lie on the rim as well
    latent[:, :3] = torch.where(inside > 0, own.clamp(0, 1), artboard)
    with torch.autocast("cpu", torch.bfloat16, enabled=rough):
        page = refiner.draw((latent - refiner.mean) / refiner.std, generators)
    if settled is not None and left_open is not None:
        page = torch.where(left_open, page, settled * 2 - 1)
    return torch.where(coverage(sheet, SIZE, SIZE) > 0.5, page, artboard * 2 - 1)
