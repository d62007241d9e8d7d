"""Text blocks of two pages, by hand. A page with one right block must not score high."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unrender.evaluation.metrics.blocks import METRICS, Block, block_scores, matched, similarity

INK = (0, 0, 0)
TEXTS = ("Quiet harbour", "Follow $12", "Zebra jumps", "Mira Okafor", "Bulk 47%", "Copper wind")
PAGE = [Block((0.1, 0.1 + 0.15 * i, 0.4, 0.05), text, INK) for i, text in enumerate(TEXTS)]
BOXES = st.tuples(*[st.floats(0, 0.5)] * 2, *[st.floats(0.01, 0.5)] * 2)
COLOURS = st.tuples(*[st.integers(0, 255)] * 3)
BLOCKS = st.lists(st.tuples(BOXES, st.sampled_from(TEXTS) | st.text("ab ", max_size=6), COLOURS), max_size=5)


def scores(said, true) -> dict[str, float]:
    return {name: over for name, (over, _) in zip(METRICS, block_scores(said, true), strict=True)}


def moved(block: Block, x: float = 0.0, y: float = 0.0) -> Block:
    left, top, width, height = block.box
    return replace(block, box=(left + x, top + y, width, height))


def test_the_same_page():
    assert scores(PAGE, PAGE) == pytest.approx(dict.fromkeys(METRICS, 1.0))


def test_one_right_block_of_ten_scores_low_whatever_the_plain_means_say():
    true = [Block((0.1, 0.1 * i, 0.4, 0.05), str(i) * 9, INK) for i in range(10)]
    found = scores(true[:1], true)
    assert found["block_match"] == pytest.approx(2 / 11)  # of 1 + 10 equal areas, the two of the pair
    for name in ("text", "position", "colour"):
        assert found[f"block_{name}"] == pytest.approx(1)
        assert found[f"block_{name}_match"] == pytest.approx(2 / 11)


def test_blocks_count_by_area():
    """Missing: a block three times as large as the one that is there. Matched 1 + 1 of 1 + 1 + 3."""
    small, large = PAGE[0], replace(PAGE[1], box=(0.1, 0.5, 0.4, 0.15))
    assert scores([small], [small, large])["block_match"] == pytest.approx(2 / 5)
    assert scores([small, large], [small])["block_match"] == pytest.approx(2 / 5)


def test_a_shifted_page():
    """Centres differ by .1 across and .25 down: 1 - .25. Nothing else falls."""
    found = scores([moved(block, 0.1, 0.25) for block in PAGE], PAGE)
    assert found["block_position"] == pytest.approx(0.75)
    assert found["block_position_match"] == pytest.approx(0.75)
    assert [found[name] for name in ("block_match", "block_text", "block_colour")] == pytest.approx([1, 1, 1])


def test_position_is_that_of_centres():
    """Twice as wide from the same left edge: the centre lies .2 further right."""
    wide = replace(PAGE[0], box=(0.1, 0.1, 0.8, 0.05))
    assert scores([wide], PAGE[:1])["block_position"] == pytest.approx(0.8)


def test_other_colours():
    """White on black is CIEDE2000 100. Of two greys, only lightness differs, L* 53.585 and 76.246. By the formula:
    22.661 / (1 + .015 x (64.916 - 50)^2 / sqrt(20 + (64.916 - 50)^2)) = 22.661 / 1.2143 = 18.662."""
    black, grey = replace(PAGE[0], colour=(0, 0, 0)), replace(PAGE[0], colour=(128, 128, 128))
    assert scores([replace(black, colour=(255, 255, 255))], [black])["block_colour"] == pytest.approx(0, abs=1e-3)
    found = scores([replace(grey, colour=(188, 188, 188))], [grey])
    assert found["block_colour"] == pytest.approx(1 - 0.18662, abs=1e-4)
    assert [found[name] for name in ("block_text_match", "block_position_match")] == pytest.approx([1, 1])


def test_texts_by_hand():
    """abcd and bcde share bcd: 2 x 3 / 8."""
    assert similarity("abcd", "bcde") == 0.75
    assert scores([replace(PAGE[0], text="bcde")], [replace(PAGE[0], text="abcd")])["block_text"] == 0.75


def test_unlike_texts_are_no_pair():
    """2 x 1 / 4 is just enough, 2 x 1 / 5 is not."""
    true = [replace(PAGE[0], text="ab")]
    assert matched([replace(PAGE[0], text="ax")], true) == [(0, 0)]
    assert matched([replace(PAGE[0], text="axy")], true) == []
    assert scores([replace(PAGE[0], text="axy")], true) == dict.fromkeys(METRICS, 0.0)


def test_order_of_blocks_does_not_matter_where_texts_differ():
    assert scores(PAGE[::-1], PAGE) == pytest.approx(dict.fromkeys(METRICS, 1.0))


def test_the_context_decides_between_equal_texts():
    """One "More" is left of two: it is the one whose neighbour is there."""
    more = replace(PAGE[0], text="More")
    true = [PAGE[1], more, PAGE[2], PAGE[3], more, PAGE[4]]
    assert (1, 4) in matched([PAGE[3], more, PAGE[4]], true)
    assert (1, 1) in matched([PAGE[1], more, PAGE[2]], true)


def test_pages_without_texts():
    assert block_scores([], []) == [(0, 0)] * len(METRICS)
    assert block_scores(PAGE, []) == block_scores([], PAGE) == [(0, 1)] * len(METRICS)


@given(BLOCKS, BLOCKS)
def test_bounds(said, true):
    found = scores([Block(*block) for block in said], [Block(*block) for block in true])
    assert all(-1e-9 <= value <= 1 + 1e-9 for value in found.values())
    assert all(found[f"block_{name}_match"] <= found["block_match"] + 1e-9 for name in ("text", "position", "colour"))


@given(BLOCKS)
def test_identity(page):
    blocks = [Block(*block) for block in page]
    if blocks:
        found = scores(blocks, blocks)
        assert found["block_match"] == pytest.approx(1)
        assert found["block_text"] == pytest.approx(1)
