"""Run the encoder and every baseline arm over a split, once, and keep the tallies of each page."""

import hashlib
from collections.abc import Iterable

import numpy as np

from unrender.evaluation.floors import Floors
from unrender.evaluation.metrics.maps import Maps, tallies
from unrender.evaluation.metrics.tally import join
from unrender.evaluation.pages import Batch
from unrender.evaluation.predictions import read_maps
from unrender.evaluation.scored import Arms, Scored
from unrender.models.encoder import Encoder


def score_split(model: Encoder, pages: Iterable[Batch], floors: Floors) -> Scored:
    """One pass over the pages. Outputs are told apart by their masks: colours differ even if nothing was learnt."""
    encoder, arms, inputs, outputs = [], [], set(), set()
    for batch in pages:
        predicted = read_maps(model, batch.images).maps()
        encoder.append(tallies(predicted, batch.true))
        arms.append(floors.tallies(batch) | {"shuffled": tallies(neighbours(predicted), batch.true)})
        inputs |= digests([batch.images])
        outputs |= digests([predicted.text, predicted.image])
    return Scored(join(encoder), _join_arms(arms), len(inputs), len(outputs))


def neighbours(predicted: Maps) -> Maps:
    """The prediction for every page replaced by its neighbour's: what remains owes nothing to the image."""
    return predicted[np.roll(np.arange(len(predicted)), 1)]


def digests(arrays: list[np.ndarray]) -> set[bytes]:
    """One hash per page."""
    found = set()
    for i in range(len(arrays[0])):
        digest = hashlib.blake2b(digest_size=16)
        for array in arrays:
            digest.update(np.ascontiguousarray(array[i]).data)
        found.add(digest.digest())
    return found


def _join_arms(parts: list[Arms]) -> Arms:
    return {arm: join([part[arm] for part in parts]) for arm in parts[0]}
