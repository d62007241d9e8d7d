"""Which pages are shown as worst and best, and what the picture says of them."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from tests.data.labelled_pages import write_labelled
from unrender.data import labels
from unrender.data.schema import MAPS
from unrender.evaluation.abstractor import meanings
from unrender.evaluation.cases import worst_and_best
from unrender.evaluation.meaning_cases import RIGHT, WRONG, draw_meaning_cases, mistakes
from unrender.models.encoder import Config, Encoder


@pytest.fixture
def table(tmp_path):
    return labels.fully_labelled(write_labelled(tmp_path, side=256), "train", ("image", *MAPS))


def test_a_wrong_class_weighs_more_than_any_error_of_numbers(table):
    true = meanings(table)[:3]
    said = replace(true, goal=true.goal.copy(), tone=true.tone.copy())
    said.goal[1] = (said.goal[1] + 1) % 6
    said.tone[2] = 1 - said.tone[2]
    error = abs(1 - 2 * true.tone[2]) / 5
    assert mistakes(said, true).tolist() == pytest.approx([0, 1, error], abs=1e-6)


def test_worst_pages_stand_above_the_best(table):
    true = meanings(table)
    said = replace(true, goal=true.goal.copy())
    said.goal[1] = (said.goal[1] + 1) % 6
    torch.manual_seed(0)
    picture = np.asarray(draw_meaning_cases(Encoder(Config(base=8)).eval(), table, said, true, count=1))
    worst, best = np.array_split(picture[30:], 2)
    assert (worst == WRONG).all(-1).any()
    assert not (best == WRONG).all(-1).any()
    assert (best == RIGHT).all(-1).any()


def test_worst_rows_come_first_and_no_row_twice():
    assert worst_and_best(np.array([0.3, 0.1, 0.2, 0.4]), 1) == [("worst", 1), ("best", 3)]
    assert worst_and_best(np.array([0.3, 0.1, 0.2, 0.4, 0.1]), 9) == [
        ("worst", 1), ("worst", 4), ("best", 3), ("best", 0)
    ]  # fmt: skip
    assert worst_and_best(np.array([0.3]), 2) == []
