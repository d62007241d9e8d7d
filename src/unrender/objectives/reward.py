"""How good the grammar of a drawn page is, to networks that learned to read pages, with a slope to what was drawn."""

from dataclasses import dataclass
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, UInt8
from torch import Generator, Tensor

from unrender.data.measured import WHOLE, measured
from unrender.data.packed_maps import packed_likelihoods
from unrender.design.grammar import NAMES
from unrender.models.abstractor import Abstractor
from unrender.models.box_decoder import BoxDecoder
from unrender.models.canvas_decoder import coverage
from unrender.models.decoder import Decoder
from unrender.models.drawing import worked_out
from unrender.models.encoder import Encoder
from unrender.models.refiner import Refiner
from unrender.models.soft_page import (
    SoftBoxes,
    expected_page,
    on_artboard,
    painted_softly,
    refined_softly,
    soft_boxes,
    soft_shares,
)
from unrender.objectives.soft_grammar import soft_grammar
from unrender.render.frame import SIZE

LEAST = 1e-3
"""Of the page: less is divided by as if it were so much."""
MOVES = (1, 0), (0, 1), (-1, -1)
"""px down and right, of the pages that are looked at again."""


class Read(NamedTuple):
    """What is read of n pages."""

    grammar: Float[Tensor, "n 4"]  # 0..1, in the order of grammar.NAMES
    shown: Float[Tensor, "n 2"]  # the share of the page that is text, and that is picture
    page: Float[Tensor, "n 3 h w"]  # RGB, 0..1


@dataclass(frozen=True)
class Reward:
    """Refiner, encoder and abstractor, frozen and in eval mode: x_0 -> page -> maps -> grammar.

    Forward, all is as it is in use. Backward, each step that has no slope lends that of a smooth likeness
    (straight-through): the painter, the refiner's choices, the cut of the masks, and what is measured in regions.
    """

    refiner: Refiner
    encoder: Encoder
    abstractor: Abstractor
    through_page: float = 1.0  # share of the slope of what is seen; what is measured has that of the boxes
    looks: int = 1  # at the page, moved by a pixel: what a reader sees by luck it does not see twice
    rough: bool = False  # refiner and encoder in bfloat16, as in use, where no gradient passes through them

    def __call__(
        self, decoder: Decoder, drawn: Float[Tensor, "b c h w"], sheet: Float[Tensor, "b 5"], luck: list[Generator]
    ) -> Read:
        """What is read of the pages; `grammar` is the mean of all looks, with the slope of the first. `luck` is what
        the refiner chooses letters by."""
        with torch.no_grad():
            page = worked_out(decoder, self.refiner, drawn.detach(), sheet, luck, self.rough) / 2 + 0.5
        inside = coverage(sheet, SIZE, SIZE) > 0.5
        image = _lent(page, self.likeness(decoder, drawn, sheet), self.through_page) if self.through_page else page
        boxes = soft_boxes(drawn, sheet) if isinstance(decoder, BoxDecoder) else None
        read = self.read(image, inside, boxes, sheet)
        with torch.no_grad():
            moved = [(page.roll(move, (2, 3)), inside.roll(move, (2, 3))) for move in MOVES[: self.looks - 1]]
            grammar = torch.stack([read.grammar, *(self.read(*each).grammar for each in moved)]).mean(0)
        return read._replace(grammar=_lent(grammar, read.grammar))

    def read(
        self,
        image: Float[Tensor, "b 3 h w"],
        inside: Bool[Tensor, "b 1 h w"],
        boxes: SoftBoxes | None = None,
        sheet: Float[Tensor, "b 5"] | None = None,
    ) -> Read:
        """What is read of RGB pictures (0..1) whose page is `inside`; with the slopes of `boxes` where known."""
        sloped = image.requires_grad
        with torch.autocast(image.device.type, torch.bfloat16, enabled=self.rough and not sloped):
            said = self.encoder(image)
        masks, hierarchy = (said[name].float().sigmoid() * inside for name in ("masks", "hierarchy"))
        ids = torch.where(inside[:, 0], said["colour"][:, 1:].argmax(1) + 1, 0).to(torch.uint8)
        text_and_picture = _lent((masks > 0.5).float(), masks)
        colours = _chosen(ids, _on_page(said["colour"].float(), inside)) if sloped else ids
        known, shown = _measured(masks, ids, hierarchy), text_and_picture.sum((2, 3)) / inside.sum((2, 3))
        if boxes is not None and sheet is not None:
            known, drawn = _sloped(known, soft_grammar(boxes, sheet)), soft_shares(boxes, sheet)
            shown = _lent(shown, drawn * (shown / drawn.clamp_min(LEAST)).detach())
        grammar = self.abstractor(text_and_picture, colours, hierarchy, known)["grammar"]
        return Read(grammar, shown, image.detach())

    def likeness(
        self, decoder: Decoder, drawn: Float[Tensor, "b c h w"], sheet: Float[Tensor, "b 5"]
    ) -> Float[Tensor, "b 3 256 256"]:
        """The page, smooth in what was drawn; 0..1."""
        if decoder.config.space == "pixel":
            return drawn / 2 + 0.5
        if isinstance(decoder, BoxDecoder):
            page = refined_softly(self.refiner, painted_softly(soft_boxes(drawn, sheet), sheet))
        else:
            page = expected_page(self.refiner, decoder.sketched(drawn, sheet).latent)
        return on_artboard(page, sheet)


@torch.no_grad()
def _measured(
    masks: Float[Tensor, "b 2 h w"], ids: UInt8[Tensor, "b h w"], hierarchy: Float[Tensor, "b 1 h w"]
) -> Float[Tensor, "b m"]:
    """What is measured on the maps."""
    text, picture = masks.numpy().transpose(1, 0, 2, 3)
    return torch.from_numpy(measured(packed_likelihoods(text, picture, ids.numpy(), hierarchy[:, 0].numpy())))


def _sloped(known: Float[Tensor, "b m"], scores: dict[str, Float[Tensor, " b"]]) -> Float[Tensor, "b m"]:
    """The same, with the slope of the boxes' own scores, where these have any."""
    slopes = torch.stack([scores.get(name, known[:, i]) for i, name in enumerate((*NAMES, *WHOLE))], 1)
    return torch.cat([_lent(known[:, : slopes.shape[1]], slopes), known[:, slopes.shape[1] :]], 1)


def _lent(value: Tensor, likeness: Tensor, share: float = 1.0) -> Tensor:
    """The value, with the slope of its likeness, or a share of it."""
    return value.detach() + share * (likeness - likeness.detach())


def _on_page(said: Float[Tensor, "b k h w"], inside: Bool[Tensor, "b 1 h w"]) -> Float[Tensor, "b k h w"]:
    """Chances of the swatches; 0 is what lies outside the page, and nothing else."""
    within = said[:, 1:].softmax(1) * inside
    return torch.cat([(~inside).float(), within], 1)


def _chosen(ids: UInt8[Tensor, "b h w"], chances: Float[Tensor, "b k h w"]) -> Float[Tensor, "b k h w"]:
    """The swatches as one-hot maps, with the slope of their chances."""
    likeliest = torch.zeros_like(chances).scatter_(1, ids[:, None].long(), 1)
    return _lent(likeliest, chances)
