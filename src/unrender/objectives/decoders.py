"""The objective that a decoder is trained with."""

from unrender.models.decoder import Decoder
from unrender.objectives.boxes import BoxObjective
from unrender.objectives.diffusion import DecoderObjective


def objective_for(model: Decoder, drop: float, min_snr_gamma: float | None) -> BoxObjective | DecoderObjective:
    """`drop` is the chance that the brief, or a part of it, is hidden; boxes know no Min-SNR weighting."""
    if model.config.space == "boxes":
        return BoxObjective(model.schedule, drop)
    return DecoderObjective(model.schedule, model.mean, model.std, drop, min_snr_gamma)
