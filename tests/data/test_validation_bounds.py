"""Ceilings and floors by hand, rules between rows, supersampled maps."""

import numpy as np
import pytest

from unrender.data import ceilings
from unrender.data.format_reader import Labelled, held_out_hits
from unrender.data.shared_maps import Shared
from unrender.data.validation import across
from unrender.data.validation.inspection import Facts

KNOWN = {
    **dict.fromkeys(("goal_accuracy", "text_seen"), 0.9),
    "tone_error": 0.05,
    **{f"{name}_error": 0.01 for name in ("alignment", "contrast", "whitespace", "hierarchy")},
}


def fact(split: str, row: int, goal: str = "sell", form: str = "page", tone: float = 0.5, **more) -> Facts:
    facts = Facts(
        key=(f"{split}.parquet", row),
        split=split,
        id=f"{split}-{row}",
        source="synthetic",
        goal=goal,
        format=form,
        tone=tone,
        scores=(0.2, 0.4, 0.6, 0.8),
        attainable=KNOWN,
        design_hash=f"{split}{row}",
        image_hash=f"{split}{row}".encode(),
        page=(100, 20, 10, 60, 30.0, 20.0),
        shape=({"page": 0.0, "banner": 5.0}[form], 1.0, 0.0, 0.0, 1.0, 4.0),
    )
    for name, value in more.items():
        setattr(facts, name, value)
    return facts


def rows() -> list[Facts]:
    """Train: three pages and a banner, two sell, tones 0.2 0.4 0.6 0.8; test: a page and a banner."""
    train = [fact("train", 0, tone=0.2), fact("train", 1, tone=0.4), fact("train", 2, "event", tone=0.6)]
    train.append(fact("train", 3, "inform", "banner", 0.8))
    test = [fact("test", 0, "sell", "page", 0.5), fact("test", 1, "event", "banner", 0.9)]
    return [*train, fact("val", 0), fact("val", 1, form="banner"), *test]


def test_bounds_of_classes_and_numbers_by_hand():
    found = ceilings.bounds(rows(), {}, seed=0)
    assert found["goal_accuracy"].ceiling == pytest.approx(0.9)
    assert found["goal_accuracy"].floor == pytest.approx(1 / 2)  # `sell`, always
    assert found["format_accuracy"].ceiling == 1.0
    assert found["format_accuracy"].floor == pytest.approx(1 / 2)
    assert found["tone_mae"].ceiling == pytest.approx(0.05)
    assert found["tone_mae"].floor == pytest.approx((0 + 0.4) / 2)  # train's median is 0.5
    assert found["grammar_mae_contrast"].floor == 0.0
    assert "text_iou" not in found  # nothing was painted again


def test_bounds_of_maps_by_hand():
    shared = {
        ("test.parquet", 0): Shared((8.0, 10.0), (9.0, 10.0), (95.0, 100.0), (1.0, 100.0)),
        ("test.parquet", 1): Shared((10.0, 10.0), (0.0, 0.0), (97.0, 100.0), (3.0, 100.0)),
    }
    found = ceilings.bounds(rows(), shared, seed=0)
    assert found["text_iou"].ceiling == pytest.approx(18 / 20 * 0.9)  # times what can be seen
    assert found["image_iou"].ceiling == pytest.approx(9 / 10)  # the page without images adds nothing
    assert found["colour_accuracy"].ceiling == pytest.approx(192 / 200)
    assert found["hierarchy_mse"].ceiling == pytest.approx(4 / 200)
    assert [found[name].floor for name in ("text_iou", "image_iou", "colour_accuracy")] == pytest.approx(
        [0.2, 0.1, 0.6]
    )
    assert found["hierarchy_mse"].floor == pytest.approx(0.2 - 0.3**2)  # variance around the mean 0.3
    for bound in found.values():
        assert bound.low <= bound.value <= bound.high


def test_rows_without_labels_bound_nothing():
    bare = [fact(split, 0, attainable=None, page=None, shape=None) for split in ("train", "val", "test")]
    assert ceilings.bounds(bare, {}, seed=0) == {}


def test_nearest_neighbours_read_what_is_separable():
    rng = np.random.default_rng(0)
    pages: Labelled = [
        ((float(centre + rng.normal(0, 0.1)), 0.0), name) for name, centre in (("a", 0), ("b", 3)) for _ in range(30)
    ]
    hits, k = held_out_hits(pages[::2], pages[1::4], pages[3::4])
    assert hits.mean() == 1.0
    assert k == 1
    noise: Labelled = [((float(rng.normal()),), name) for name in "ab" for _ in range(200)]
    assert 0.3 < held_out_hits(noise[::2], noise[1::4], noise[3::4])[0].mean() < 0.7


def test_near_pairs_need_like_outlines_and_like_colours():
    grey, dark = bytes([120] * 192), bytes([60] * 192)
    first = fact("train", 0, outline=0b1111, thumbnail=grey)
    near = fact("test", 0, outline=0b1101, thumbnail=grey)
    far = fact("test", 1, outline=0b1111 << 20, thumbnail=grey)
    other_colour = fact("test", 2, outline=0b1111, thumbnail=dark)
    pairs = across.near_pairs([first, near, far, other_colour], distance=3)
    assert [(row.id, other.id) for row, other in pairs] == [("test-0", "train-0")]
    assert across.near_pairs([first, near], distance=0) == []


def test_balance_and_spread_are_judged_on_enough_rows():
    even = [
        fact("train", i, goal, form) for i, (goal, form) in enumerate([("sell", "page"), ("event", "banner")] * 100)
    ]
    rules = [finding.rule for finding in across.check_statistics(even)]
    assert rules.count("score_spread") == 4  # every score is the same on all rows
    assert rules.count("class_balance") == 4 + 2  # goals and formats that never occur
    assert list(across.check_statistics(even[:30])) == []


def test_distinct_images():
    copies = [fact("train", i, image_hash=b"same") for i in range(4)]
    assert across.distinct_share(copies) == 0.25
    assert [finding.rule for finding in across.check_distinct(copies)] == ["distinct_images"]
