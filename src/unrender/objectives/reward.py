"""How good the grammar of a drawn page is, to networks that learned to read pages, with a slope to what was drawn."""

from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float
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
from unrender.models.soft_page import expected_page, on_artboard, painted_softly, refined_softly, soft_boxes
from unrender.objectives.soft_grammar import soft_grammar
from unrender.render.frame import SIZE


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

    def __call__(
        self, decoder: Decoder, drawn: Float[Tensor, "b c h w"], sheet: Float[Tensor, "b 5"], luck: list[Generator]
    ) -> Float[Tensor, "b 4"]:
        """Predicted grammar, 0..1, in the order of grammar.NAMES. `luck` is what the refiner chooses letters by."""
        with torch.no_grad():
            page = worked_out(decoder, self.refiner, drawn.detach(), sheet, luck) / 2 + 0.5
        image = _lent(page, self.likeness(decoder, drawn, sheet), self.through_page) if self.through_page else page
        said = self.encoder(image)
        masks, hierarchy = said["masks"].float().sigmoid(), said["hierarchy"].float().sigmoid()
        inside = coverage(sheet, SIZE, SIZE) > 0.5
        colour = _on_page(said["colour"].float(), inside)
        known = self._measured(decoder, drawn, sheet, masks * inside, colour, hierarchy * inside)
        seen = _lent((masks > 0.5).float(), masks) * inside, _chosen(colour), hierarchy * inside
        return self.abstractor(*seen, known)["grammar"]

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

    def _measured(self, decoder, drawn, sheet, masks, colour, hierarchy) -> Float[Tensor, "b m"]:
        """What is measured on the maps; of boxes, with the slope of their own grammar."""
        with torch.no_grad():
            text, picture = masks.numpy().transpose(1, 0, 2, 3)
            ids = colour.argmax(1).to(torch.uint8).numpy()
            known = torch.from_numpy(measured(packed_likelihoods(text, picture, ids, hierarchy[:, 0].numpy())))
        if not isinstance(decoder, BoxDecoder):
            return known
        scores = soft_grammar(soft_boxes(drawn, sheet), sheet, hierarchy[:, 0].detach())
        slopes = torch.stack([scores[name] for name in (*NAMES, *WHOLE)], 1)
        rest = known[:, slopes.shape[1] :]
        return torch.cat([_lent(known[:, : slopes.shape[1]], slopes), rest], 1)


def _lent(value: Tensor, likeness: Tensor, share: float = 1.0) -> Tensor:
    """The value, with the slope of its likeness, or a share of it."""
    return value.detach() + share * (likeness - likeness.detach())


def _on_page(said: Float[Tensor, "b k h w"], inside: Bool[Tensor, "b 1 h w"]) -> Float[Tensor, "b k h w"]:
    """Chances of the swatches; 0 is what lies outside the page, and nothing else."""
    within = said[:, 1:].softmax(1) * inside
    return torch.cat([(~inside).float(), within], 1)


def _chosen(colour: Float[Tensor, "b k h w"]) -> Float[Tensor, "b k h w"]:
    """The likeliest, one-hot."""
    likeliest = torch.zeros_like(colour).scatter_(1, colour.argmax(1, keepdim=True), 1)
    return _lent(likeliest, colour)
