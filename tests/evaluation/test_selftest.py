"""The self-test passes sound metrics and stops each way of getting them wrong."""

from dataclasses import replace

import numpy as np
import pytest

from unrender.evaluation import selftest
from unrender.evaluation.metrics import maps
from unrender.evaluation.metrics.tally import Tally


def test_sound_metrics_pass(batch):
    assert selftest.check_map_metrics(batch.true) == 8


def test_pages_without_images_pass(batch):
    selftest.check_map_metrics(replace(batch.true, image=np.zeros_like(batch.true.image)))


def constant(name):
    return lambda found: found | {name: Tally(np.ones(6), np.ones(6))}


def letterbox_counts(predicted, true):
    return found_over_everything(predicted, true)


def found_over_everything(predicted, true):
    everywhere = replace(true, colour=np.maximum(true.colour, 1))
    return maps.tallies(replace(predicted, colour=np.maximum(predicted.colour, 1)), everywhere)


def mean_of_ratios(predicted, true):
    found = maps.tallies(predicted, true)
    tally = found["text_iou"]
    ratios = np.where(tally.under > 0, tally.over / np.maximum(tally.under, 1), 1.0)
    return found | {"text_iou": Tally(ratios, np.ones(len(ratios)))}


BROKEN = {
    **{f"constant {name}": lambda p, t, name=name: constant(name)(maps.tallies(p, t)) for name in maps.METRICS},
    "letterbox counts": letterbox_counts,
    "mean of ratios": mean_of_ratios,
    "swapped masks": lambda p, t: maps.tallies(replace(p, text=p.image, image=p.text), t),
    "error without square": lambda p, t: maps.tallies(replace(p, hierarchy=t.hierarchy), t),
}


@pytest.mark.parametrize("name", BROKEN)
def test_broken_metrics_are_stopped(batch, monkeypatch, name):
    true = batch.true
    if name == "mean of ratios":  # a page without text shows the difference
        text = true.text.copy()
        text[0] = False
        true = replace(true, text=text)
    monkeypatch.setattr(selftest, "tallies", BROKEN[name])
    with pytest.raises(selftest.MetricFault):
        selftest.check_map_metrics(true)
