"""What the ascent left behind: read whole or not at all, and judged by hand-worked shares."""

import csv

import numpy as np
import pytest

from unrender.config import UserError
from unrender.evaluation.decoder import balanced
from unrender.evaluation.drawing import Ask
from unrender.evaluation.innovate import compared, emptied, picture, raised, read_ascent
from unrender.evaluation.judged import Judged
from unrender.evaluation.metrics.briefs import Meanings

ATTAINED = {"goal_accuracy": 0.9, "format_accuracy": 0.98, "tone_mae": 0.09}

COLUMNS = ("page", "goal", "format", "tone", "seed", "step", "alignment", "contrast", "whitespace", "hierarchy", "mean")


def rows(pages=2, steps=3):
    found = []
    for page in range(pages):
        for step in range(steps):
            scores = [0.1 * page, 0.2, 0.3, 0.1 * step]
            found.append([page, ("sell", "event")[page % 2], "poster", 0.25, 7, step, *scores, sum(scores) / 4])
    return found


def left(folder, table, columns=COLUMNS, before=2, after=2):
    pages = np.arange(2 * 4 * 4 * 3, dtype=np.uint8).reshape(2, 4, 4, 3)
    np.save(folder / "before.npy", pages[:before])
    np.save(folder / "after.npy", pages[:after] + 100)
    with (folder / "scores.csv").open("w", newline="") as file:
        csv.writer(file).writerows([columns, *table])
    return folder


def test_scores_are_sorted_by_step_and_page_however_they_lie(tmp_path):
    ascent = read_ascent(left(tmp_path, rows()[::-1]))
    assert ascent.predicted.shape == (3, 2, 4)
    assert ascent.predicted[2, 1] == pytest.approx([0.1, 0.2, 0.3, 0.2])
    assert ascent.asks == [Ask("sell", "poster", 0.25), Ask("event", "poster", 0.25)]
    first, *_, last = ascent.mean_by_step()
    assert first == pytest.approx(
        {"step": 0, "mean": 0.1375, "alignment": 0.05, "contrast": 0.2, "whitespace": 0.3, "hierarchy": 0}
    )
    assert last["step"] == 2 and last["hierarchy"] == pytest.approx(0.2)


@pytest.mark.parametrize(
    ("table", "options", "words"),
    [
        (rows()[:-1], {}, "do not belong together"),  # a step of one page is missing
        (rows(pages=1), {}, "do not belong together"),
        (rows(), {"after": 1}, "1 after"),
        ([row[:-2] for row in rows()], {"columns": COLUMNS[:-2]}, "no column hierarchy"),
        ([], {}, "no column"),
    ],
)
def test_halves_are_refused(tmp_path, table, options, words):
    with pytest.raises(UserError, match=words):
        read_ascent(left(tmp_path, table, **options))


def test_nothing_is_unpickled(tmp_path):
    left(tmp_path, rows())
    np.save(tmp_path / "after.npy", np.array([{}], object), allow_pickle=True)
    with pytest.raises(UserError, match="holds no pages"):
        read_ascent(tmp_path)


def test_a_folder_without_pages_is_named(tmp_path):
    with pytest.raises(UserError, match=r"before.npy holds no pages"):
        read_ascent(tmp_path)


DRAWS = {"resamples": 200, "seed": 0}


def test_raised_counts_means_that_are_truly_higher():
    before = np.full((4, 4), 0.5)
    after = before + np.array([[0.1, 0, 0, 0], [0.2, 0.2, -0.1, 0], [0, 0, 0, 0], [0.3, 0, 0, 0]])
    blind = before + np.array([[0.1, 0, 0, 0], [0, 0, 0, 0], [0, 0, -0.1, 0], [0, 0, 0, 0]])
    found = raised(*((each - before).mean(1) for each in (after, blind)), DRAWS)
    assert found["value"] == 0.75  # a page that stays as it was is not raised
    assert 0 <= found["low"] < 0.75 < found["high"] == 1
    assert found["floor"] == found["arms"]["blind"]["value"] == 0.25 and found["over_floor"]["value"] == 0.5


def test_a_page_is_emptied_where_less_than_half_of_its_text_is_left():
    before, after = np.array([0.2, 0.2, 0.0, 0.1]), np.array([0.1, 0.09, 0.0, 0.3])
    one, two = (Judged(np.zeros((4, 4)), text, seen(0, 4).said) for text in (before, after))
    found = emptied(one, two, one, DRAWS)
    assert found["value"] == 0.25 and found["floor"] == 0 and found["ceiling"] == 0


def seen(seed: int, n: int = 24) -> Judged:
    rng = np.random.default_rng(seed)
    said = Meanings(rng.integers(0, 6, n), rng.integers(0, 4, n), rng.random(n, np.float32), rng.random((n, 4)))
    return Judged(rng.random((n, 4)), rng.random(n), said)


def test_what_steps_in_any_direction_bring_is_the_floor():
    before = seen(0)
    up = {
        name: Judged(before.grammar + gain, before.text, before.said) for name, gain in (("after", 0.3), ("blind", 0.1))
    }
    found, groups = compared({"before": before, **up, "real": seen(1)}, balanced(24, 0), ATTAINED, DRAWS)
    about = found["grammar_gain"]
    assert about["value"] == pytest.approx(0.3) and about["floor"] == pytest.approx(0.1)
    assert about["floor_arm"] == "blind" and about["over_floor"]["low"] == pytest.approx(0.2)
    assert found["raised"]["value"] == found["raised"]["floor"] == 1
    assert found["emptied"]["value"] == 0 and found["fidelity_goal_change"]["value"] == 0
    assert {name: len(group) for name, group in groups.items()} == {"goal": 6, "format": 4}


def test_a_gain_below_nothing_is_no_floor():
    before = seen(0)
    down = {
        name: Judged(before.grammar - loss, before.text, before.said) for name, loss in (("after", 0.1), ("blind", 0.2))
    }
    found, _ = compared({"before": before, **down, "real": seen(1)}, balanced(24, 0), ATTAINED, DRAWS)
    assert found["grammar_gain"]["floor"] == 0 and found["grammar_gain"]["arms"]["blind"]["value"] < 0


def test_the_picture_runs_from_the_least_gain_to_the_greatest(tmp_path):
    ascent = read_ascent(left(tmp_path, rows()))
    shown = np.asarray(picture(ascent, {"before": np.zeros((2, 4)), "after": np.array([[0.2] * 4, [0.1] * 4])}))
    top = 20 + 10 + 20
    assert (shown[top : top + 4, 10:14] == ascent.before[1]).all()  # page 1 gained less
    assert (shown[top : top + 4, 24:28] == ascent.before[0]).all()
    assert (shown[top + 34 : top + 38, 10:14] == ascent.after[1]).all()
