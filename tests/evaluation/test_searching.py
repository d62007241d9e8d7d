"""Innovation: pages before, on the way and after; a killed stage goes on; files are whole."""

import csv

import numpy as np
import pytest
import torch
from PIL import Image

from tests.objectives.small_drawing import save_drawing, small_decoder, small_reward
from unrender.artifacts import save_model
from unrender.config import UserError
from unrender.evaluation.drawing import Artist, Ask
from unrender.evaluation.searching import Innovation, Innovator, load_frozen
from unrender.inference.innovations import before_and_after, innovations, save_innovations
from unrender.training.latent_search import Config

ASKS = [Ask("sell", "poster", 0.2), Ask("event", "banner", 0.9), Ask()]


@pytest.fixture(scope="module")
def innovator() -> Innovator:
    reward, decoder = small_reward(), small_decoder().requires_grad_(False)
    decoder.learn_sheets(
        torch.zeros(9).long(), torch.zeros(9).long(), torch.linspace(0.5, 2, 9), torch.full((9,), 12.0)
    )
    return Innovator(Artist(decoder, reward.refiner), reward, Config(steps=1, lr=0.3, keep=0.0, sampler_steps=2))


@pytest.fixture(scope="module")
def found(innovator) -> Innovation:
    return innovations(innovator, ASKS, seed=1)


def test_predictions_never_fall_and_the_last_page_counts(found):
    assert found.pages.shape == (2, 3, 256, 256, 3)
    assert (np.diff(found.scores.mean(2), axis=0) >= 0).all()
    assert np.array_equal(found.before, found.pages[0]) and np.array_equal(found.after, found.pages[-1])


def test_a_page_is_that_of_its_place(innovator, found):
    alone = innovator.search(ASKS[2:], seed=1, first=2)
    assert np.abs(alone.before[0].astype(int) - found.before[2]).max() <= 2


def test_what_is_written(found, tmp_path):
    sheet = save_innovations(found, ASKS, 1, tmp_path)
    assert Image.open(sheet).size == before_and_after(found).size
    for i in range(3):
        assert np.array_equal(np.asarray(Image.open(tmp_path / f"{i:04d}" / "after.png")), found.after[i])
        with Image.open(tmp_path / f"{i:04d}" / "search.gif") as gif:
            moved = (np.diff(found.scores[:, i], axis=0) != 0).any(1)  # steps that were kept
            assert getattr(gif, "n_frames", 1) == 1 + moved.sum()
    rows = list(csv.DictReader((tmp_path / "scores.csv").open()))
    assert [(row["page"], row["step"]) for row in rows] == [(str(i), str(step)) for i in range(3) for step in range(2)]
    assert float(rows[1]["mean"]) == pytest.approx(found.scores[1, 0].mean(), abs=1e-4)
    again = tmp_path / "again"
    save_innovations(found, ASKS, 1, again)
    assert (again / "0000" / "search.gif").read_bytes() == (tmp_path / "0000" / "search.gif").read_bytes()


def test_a_killed_search_goes_on(innovator, found, tmp_path, monkeypatch):
    monkeypatch.setattr("unrender.inference.innovations.BATCH", 1)
    calls = []

    class Counting(Innovator):
        def search(self, asks, seed, first, blind=False):
            if len(calls) == 2:
                raise KeyboardInterrupt
            calls.append(first)
            return super().search(asks, seed, first, blind)

    with pytest.raises(KeyboardInterrupt):
        innovations(Counting(innovator.artist, innovator.reward, innovator.cfg), ASKS, 1, tmp_path)
    calls.clear()
    done = innovations(Counting(innovator.artist, innovator.reward, innovator.cfg), ASKS, 1, tmp_path)
    assert calls == [2]
    whole = innovations(innovator, ASKS, 1, tmp_path / "whole")
    assert np.array_equal(done.pages, whole.pages) and np.array_equal(done.scores, whole.scores)


def test_without_boxes_the_pixels_are_needed(tmp_path):
    save_drawing(tmp_path)
    decoder = small_decoder("structure")
    save_model(
        tmp_path / "decoder.safetensors", decoder.state_dict(), "decoder", decoder.config.model_dump(mode="json"), {}
    )
    with pytest.raises(UserError, match="space 'structure' has no boxes"):
        load_frozen(tmp_path, through_page=0.0)
    assert load_frozen(tmp_path, through_page=1.0)[1].through_page == 1
