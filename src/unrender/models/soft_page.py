"""Pages that gradients pass through: what a decoder drew, painted so that a small change of it is a small change of
the page.

What is seen is the page as it is drawn; what is felt is a smooth likeness of it (straight-through: Bengio et al. 2013,
section 4). An encoder that saw the likeness itself would read pages of a kind that it never learned.
"""

from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.nn import functional as F

from unrender.data.boxes import INK, KINDS, PICTURE, TEXT
from unrender.data.cells import PALETTE, pages_of
from unrender.data.latents import latent
from unrender.models.box_decoder import COLOURS, EDGES, SURE
from unrender.models.canvas_decoder import coverage
from unrender.models.refiner import Refiner
from unrender.render.frame import ARTBOARD, SIZE

EDGE = 1.5  # px within which an edge passes from nothing to all
COARSE = 2  # px along each side of what is painted as one: edges are soft anyway
CERTAIN = 8.0  # how many times the odds of names are sharpened: a page shows one colour, not a mixture


class SoftBoxes(NamedTuple):
    """Boxes as chances and edges; those beyond a page's number have no chance of being anything."""

    kind: Float[Tensor, "b k 5"]  # chance of each of KINDS
    colour: Float[Tensor, "b k 28"]  # chance of each place in PALETTE
    edges: Float[Tensor, "b k 4"]  # left, top, right, bottom in px of the frame

    @property
    def size(self) -> Float[Tensor, "b k 2"]:
        """Width and height, px, never below 0."""
        return (self.edges[..., 2:] - self.edges[..., :2]).clamp_min(0)


def soft_boxes(drawn: Float[Tensor, "b c k 1"], sheet: Float[Tensor, "b 5"]) -> SoftBoxes:
    """What a BoxDecoder drew. Edges lie on the page, and the artboard is no colour of a box."""
    kind, colour, edges = drawn.squeeze(3).transpose(1, 2).split([len(KINDS), COLOURS, EDGES], 2)
    there = torch.arange(kind.shape[1]) < sheet[:, 4, None]  # (b, k)
    corners = (sheet[:, :4] * SIZE).round()
    start, size = corners[:, None, [0, 1, 0, 1]], (corners[:, 2:] - corners[:, :2]).repeat(1, 2)[:, None]
    named = [(values / (2 * SURE) * CERTAIN).softmax(2) for values in (kind, colour[..., 1:])]
    hue = F.pad(named[1], (1, 0))
    return SoftBoxes(named[0] * there[..., None], hue * there[..., None], start + (edges.clamp(-1, 1) + 1) / 2 * size)


def soft_shares(boxes: SoftBoxes, sheet: Float[Tensor, "b 5"]) -> Float[Tensor, "b 2"]:
    """How much of the page texts and pictures cover, each as if it had its place to itself."""
    page = (sheet[:, 2:4] - sheet[:, :2]).prod(1) * SIZE**2
    return torch.einsum("bk,bkc->bc", boxes.size.prod(2), boxes.kind[..., [TEXT, PICTURE]]) / page[:, None]


def covered(boxes: SoftBoxes) -> Float[Tensor, "b k h2 w2"]:
    """How far each box covers each square of COARSE px of the frame, 0..1."""
    at = COARSE * (torch.arange(SIZE // COARSE) + 0.5)
    spans = [
        ((at - boxes.edges[..., low, None]) / EDGE).sigmoid() * ((boxes.edges[..., high, None] - at) / EDGE).sigmoid()
        for low, high in ((0, 2), (1, 3))
    ]
    there = boxes.kind.sum(2)[..., None]
    return (spans[1] * there)[..., :, None] * spans[0][..., None, :]


class SoftPage(NamedTuple):
    """A page of flat boxes."""

    image: Float[Tensor, "b 3 h w"]  # 0..1
    masks: Float[Tensor, "b 2 h w"]  # text and picture


def painted_softly(boxes: SoftBoxes, sheet: Float[Tensor, "b 5"]) -> SoftPage:
    """`data.boxes.painted`, of chances: deeper boxes first, each over what is there already.

    What lies on top is decided by the boxes as they are, and is no matter of degree. Ellipses and wedges are painted as
    their rectangles."""
    cover, order = covered(boxes), stacking(boxes)
    cover = cover.gather(1, order[..., None, None].expand_as(cover))
    kind, colour = (values.gather(1, order[..., None].expand_as(values)) for values in (boxes.kind, boxes.colour))
    inked = cover * (INK * kind[..., TEXT] + 1 - kind[..., TEXT])[..., None, None]  # how far it hides what is behind
    behind = torch.cat([torch.ones_like(inked[:, :1]), (1 - inked.flip(1)).cumprod(1)], 1)  # (b, k + 1, h2, w2)
    shown = inked * behind[:, :-1].flip(1)
    ground = colour[:, 0] @ PALETTE / 255  # the page has the colour of its largest surface
    image = torch.einsum("bkhw,bkc->bchw", shown, colour @ PALETTE / 255) + behind[:, -1:] * ground[..., None, None]
    masks = [1 - (1 - cover * kind[..., one, None, None]).prod(1, keepdim=True) for one in (TEXT, PICTURE)]
    image, masks = (
        torch.cat([image, *masks], 1).repeat_interleave(COARSE, 2).repeat_interleave(COARSE, 3).split([3, 2], 1)
    )
    return SoftPage(on_artboard(image, sheet), masks)


def stacking(boxes: SoftBoxes) -> Int[Tensor, "b k"]:
    """The boxes from the deepest to the topmost: the larger, the deeper; texts lie on top."""
    area = boxes.size.prod(2) * boxes.kind.sum(2).round()
    depth = area - SIZE**2 * (boxes.kind.argmax(2) == TEXT)
    return depth.argsort(1, descending=True)


def on_artboard(image: Float[Tensor, "b 3 h w"], sheet: Float[Tensor, "b 5"]) -> Float[Tensor, "b 3 h w"]:
    """The page where its sheet lies, the artboard around it."""
    artboard = torch.tensor(ARTBOARD).view(3, 1, 1) / 255
    return torch.where(coverage(sheet, SIZE, SIZE) > 0.5, image, artboard)


def refined_softly(refiner: Refiner, flat: SoftPage) -> Float[Tensor, "b 3 h w"]:
    """The page with what the refiner expects of its letters at first sight, when all cells are hidden; 0..1."""
    cells = latent(flat.image, flat.masks)
    expected = expected_page(refiner, cells)
    text = flat.masks[:, :1]
    return text * expected + (1 - text) * flat.image


def expected_page(refiner: Refiner, cells: Float[Tensor, "b 8 h8 w8"]) -> Float[Tensor, "b 3 h w"]:
    """Of every pixel the colour to expect: patterns are averaged as chances weigh them; 0..1."""
    size = cells.shape[2:]
    nothing = torch.zeros(len(cells), *size, 3, dtype=torch.long)
    view = refiner.see((cells - refiner.mean) / refiner.std, nothing, nothing[..., 0] > 0).at(nothing[..., 0] == 0)
    ground = refiner.ground(view.features).softmax(1)
    likely = ground.argmax(1)
    ink = refiner.say_ink(view, likely).softmax(1)
    share = refiner.say_pattern(view, likely, ink.argmax(1)).softmax(1) @ refiner.patterns  # (n, 64)
    mixed = torch.lerp((ground @ refiner.colours)[:, None], (ink @ refiner.colours)[:, None], share[..., None])
    return pages_of(mixed, *size)
