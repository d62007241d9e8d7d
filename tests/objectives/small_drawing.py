"""Small networks that draw and read, as after some training, and boxes by hand."""

from pathlib import Path

import torch
from jaxtyping import Float
from torch import Tensor

from tests.models.waking import awake
from unrender.artifacts import save_model
from unrender.data.boxes import KINDS
from unrender.data.cells import PALETTE
from unrender.models import abstractor, decoder, decoders, encoder, refiner
from unrender.models.decoder import Decoder
from unrender.models.nn.unet import UNetConfig
from unrender.models.soft_page import SoftBoxes
from unrender.objectives.reward import Read, Reward

UNET = UNetConfig(base=16, factors=(1, 1), attention=())
SHEET = torch.tensor([0.25, 0.0, 0.75, 1.0])  # of 128 x 256 px, in the middle of its frame


def small_decoder(space: decoder.Space = "boxes") -> Decoder:
    torch.manual_seed(0)
    small = decoder.TransformerConfig(width=32, layers=1)
    unet = UNET.model_copy(update={"patch": 16}) if space == "pixel" else UNET
    prediction = "v" if space == "pixel" else "x0"
    settings = decoder.Config(space=space, unet=unet, transformer=small, prediction=prediction, steps=3)
    return awake(decoders.decoder_for(settings)).eval()


def small_reward() -> Reward:
    torch.manual_seed(1)
    networks = (
        refiner.Refiner(refiner.Config(unet=UNET, patterns=8, steps=2)),
        encoder.Encoder(encoder.Config(base=4)),
        abstractor.Abstractor(abstractor.Config(width=4, features=16)),
    )
    return Reward(*(awake(network).eval().requires_grad_(False) for network in networks))


def read(grammar: Float[Tensor, "n 4"], shown: float = 0.5) -> Read:
    """What is read where nothing but grammar matters."""
    return Read(grammar, torch.full((len(grammar), 2), shown), torch.zeros(len(grammar), 3, 1, 1))


def sheets(count: int, boxes: int = 12) -> Float[Tensor, "n 5"]:
    return torch.cat([SHEET, torch.tensor([float(boxes)])]).expand(count, 5)


def boxes(*rows: tuple[int, int, float, float, float, float]) -> SoftBoxes:
    """One page of sure boxes: kind, place in PALETTE, left, top, right, bottom in px of the frame."""
    values = torch.tensor(rows).float()
    kind, colour = (
        torch.nn.functional.one_hot(values[:, i].long(), n).float() for i, n in ((0, len(KINDS)), (1, len(PALETTE)))
    )
    return SoftBoxes(kind[None], colour[None], values[None, :, 2:])


def save_drawing(folder: Path) -> None:
    """The four model files that drawing and searching take."""
    reward, decoder = small_reward(), small_decoder()
    kinds = torch.zeros(9).long(), torch.zeros(9).long()
    decoder.learn_sheets(*kinds, torch.linspace(0.5, 2, 9), torch.full((9,), 12.0))
    networks = {"decoder": decoder, "refiner": reward.refiner, "encoder": reward.encoder}
    for kind, network in {**networks, "abstractor": reward.abstractor}.items():
        settings = network.config.model_dump(mode="json")
        save_model(folder / f"{kind}.safetensors", network.state_dict(), kind, settings, {})
