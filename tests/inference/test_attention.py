"""The animation: a picture for each choice, bright where the coder looked, the same bytes each time."""

import numpy as np
import pytest
import torch
from PIL import Image

from unrender.design.automaton import END
from unrender.design.languages import foreign
from unrender.inference.attention import LEVELS, NARROWEST, STRIP, caption, glow, save_attention
from unrender.models.code_writing import Written
from unrender.models.coder import GRID
from unrender.render.frame import place

WORDS = "header { btn-active } row { single { text btn-green } }".split()
CHOSEN = tuple(word for word, _, _ in foreign().automaton.choices(WORDS))


def at(row: int, column: int) -> np.ndarray:
    share = np.zeros(GRID, np.float32)
    share[row, column] = 1
    return share.ravel()


def written(*looks: np.ndarray) -> Written:
    found = np.stack(looks) if looks else np.zeros((len(CHOSEN), 0), np.float32)
    return Written(WORDS, CHOSEN, torch.from_numpy(found), -0.1)


def frames(path) -> list[np.ndarray]:
    with Image.open(path) as file:
        found = []
        for number in range(file.n_frames):
            file.seek(number)
            found.append(np.asarray(file.convert("RGB")).astype(int))
        return found


def test_the_glow_is_where_the_attention_was():
    square = place(100, 100)
    level = glow(at(32, 8), square, (400, 400))
    rows, columns = np.nonzero(level == level.max())
    assert level.max() >= LEVELS - 2  # of a single place, smoothed
    assert abs(rows.mean() - 400 * 32.5 / 64) < 4 and abs(columns.mean() - 400 * 8.5 / 16) < 8
    assert (level[:180] == 0).all() and (level[220:] == 0).all()


def test_the_glow_leaves_out_the_artboard():
    """A banner lies in the middle quarter of its frame: 24 of 64 rows above it are none of its own."""
    banner = place(400, 100)
    assert glow(at(24, 0), banner, (400, 100))[:8, :20].max() == LEVELS - 1
    assert glow(at(5, 0), banner, (400, 100)).max() == 0


@pytest.mark.parametrize("size", [(1, 1), (3000, 2), (2, 3000)])
def test_slivers_glow(size):
    shown = place(*size, 400)
    level = glow(np.full(GRID[0] * GRID[1], 1e-3, np.float32), place(*size), (shown.width, shown.height))
    assert level.shape == (shown.height, shown.width) and (level == LEVELS - 1).all()


def test_one_picture_for_each_choice_in_order(tmp_path):
    page = Image.new("RGB", (400, 400), (200, 200, 200))
    looks = [at(6 * number + 4, 8) for number in range(len(CHOSEN))]
    save_attention(tmp_path / "a.gif", page, written(*looks), foreign().automaton)
    shown = frames(tmp_path / "a.gif")
    assert len(shown) == len(CHOSEN) >= 5
    assert shown[0].shape == (400 + STRIP, 400, 3)
    brightest = [picture[:400].sum(2).argmax() // 400 for picture in shown]
    assert brightest == pytest.approx([400 * (6 * number + 4.5) / 64 for number in range(len(CHOSEN))], abs=4)
    with Image.open(tmp_path / "a.gif") as file:
        assert file.info["loop"] == 0 and file.info["duration"] < 1000


def test_the_same_page_gives_the_same_bytes(tmp_path):
    page = Image.fromarray(np.random.default_rng(0).integers(0, 256, (150, 500, 3), np.uint8))
    for name in ("a", "b"):
        save_attention(tmp_path / name, page, written(*[at(9, 3)] * len(CHOSEN)), foreign().automaton)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_a_network_that_does_not_look_leaves_the_page_dark(tmp_path):
    page = Image.new("RGB", (100, 400), "white")
    save_attention(tmp_path / "a.gif", page, written(), foreign().automaton)
    shown = frames(tmp_path / "a.gif")
    assert len(shown) == len(CHOSEN) and shown[0].shape[1] == NARROWEST
    centre = np.stack([picture[:400, NARROWEST // 2] for picture in shown])
    assert centre.max() < 128


def test_the_words_before_are_told_as_far_as_they_fit():
    blank = caption([], "text", "1 / 9", 320)
    assert blank.shape == (STRIP, 320) and blank.min() < 60
    assert (blank[-20:] == 255).all() and (caption(["header"], "text", "1 / 9", 320)[-20:] < 255).any()
    long = caption(["header"] * 500, "text", "1 / 9", 320)
    assert (long[:, :8] == 255).all() and (long[:, -8:] == 255).all()
    assert (caption([], END, "9 / 9", 320) != caption([], "}", "9 / 9", 320)).any()
