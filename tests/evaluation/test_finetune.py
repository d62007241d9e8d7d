"""Before and after: nothing changed is nothing gained, and a seed is drawn by both."""

import numpy as np
import pytest

from unrender.evaluation.decoder import balanced
from unrender.evaluation.finetune import Seen, compared, samples
from unrender.evaluation.metrics.briefs import Meanings

ASKS = balanced(48, seed=0)
ATTAINED = {"goal_accuracy": 0.9, "format_accuracy": 0.98, "tone_mae": 0.09}
DRAWS = {"resamples": 20, "seed": 0}
TRAIN = np.random.default_rng(9).normal(size=(50, 6))


def seen(seed: int, n: int = 48) -> Seen:
    rng = np.random.default_rng(seed)
    said = Meanings(rng.integers(0, 6, n), rng.integers(0, 4, n), rng.random(n, np.float32), rng.random((n, 4)))
    return Seen(rng.random((n, 4)), np.ones(n), said, rng.normal(size=(n, 6)) + 1)


def test_a_decoder_equal_to_the_one_before_changes_nothing_at_all():
    found, groups = compared({"before": seen(0), "after": seen(0), "real": seen(1)}, TRAIN, ASKS, ATTAINED, DRAWS)
    changes = [name for name in found if name.endswith(("_change", "_growth")) or "_gain" in name]
    assert len(changes) == 16
    for name in changes:
        assert [found[name][end] for end in ("value", "low", "high")] == [0, 0, 0], name
    assert found["grammar"]["value"] == found["grammar"]["floor"]
    assert all(about["grammar_gain"]["value"] == 0 for group in groups.values() for about in group.values())
    assert {name: len(group) for name, group in groups.items()} == {"goal": 6, "format": 4}


def test_formats_that_are_no_longer_recognised_are_a_loss():
    before, after = seen(0), seen(0)
    before.said.format[:] = [("poster", "social", "banner", "page").index(str(ask.format)) for ask in ASKS]
    after.said.format[:] = before.said.format
    after.said.format[:12] = (after.said.format[:12] + 1) % 4
    found, _ = compared({"before": before, "after": after, "real": seen(1)}, TRAIN, ASKS, ATTAINED, DRAWS)
    assert found["fidelity_format_change"]["value"] == pytest.approx(-0.25)
    assert found["fidelity_format"] | {"arms": None} == found["fidelity_format"] | {
        "value": 0.75,
        "floor": 1.0,
        "arms": None,
    }
    assert "ceiling" not in found["fidelity_format"]  # the reader recognises fewer real ones
    assert found["fidelity_goal_change"]["value"] == 0


def test_pages_shown_side_by_side_are_of_one_seed():
    pages = np.zeros((48, 8, 8, 3), np.uint8)
    pages[:, :, :, 0] = np.arange(48)[:, None, None] * 5
    shown = np.asarray(samples({"before": pages, "after": pages + 1}, {"before": np.zeros(48), "after": np.ones(48)}))
    step = 8 + 30
    for j in range(6):
        first = shown[52, 12 + j * 18]
        assert (shown[52 + step, 12 + j * 18] == first + 1).all()
        assert first[0] == 5 * j
