import numpy as np

from unrender.evaluation.coder_floors import SAMPLE, fit_code_floors, medoid

RED, BLUE = (np.full((256, 256, 3), colour, np.uint8) for colour in ((200, 0, 0), (0, 0, 200)))


def test_the_constant_agrees_best_with_the_others():
    assert medoid([["a", "b", "c"], ["a", "b", "x"], ["y", "b", "x"]]) == ["a", "b", "x"]


def test_the_constant_is_looked_for_all_over_train():
    """In a sorted train set, every part of it is asked."""
    codes = [["a"]] * SAMPLE + [["b"]] * (2 * SAMPLE)
    assert medoid(codes) == ["b"]


def test_nearest_is_the_page_that_looks_most_alike():
    floors = fit_code_floors([(["red"], RED), (["blue"], BLUE)])
    almost = BLUE.copy()
    almost[:64] = 255
    assert floors.nearest(almost) == ["blue"] and floors.nearest(RED) == ["red"]
