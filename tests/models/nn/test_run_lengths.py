"""Run lengths of a page, by hand and against counting one after the other."""

from itertools import groupby

import pytest
import torch
from torch import Tensor

from unrender.models.nn.run_lengths import LONGEST, NUMBERS, PLAIN, run_lengths

SIDE = 128


def counts(image: Tensor) -> dict[tuple[str, int, int, str], Tensor]:
    """(way, width, level, kind) -> how many runs of each length, from 1 on, of one page."""
    found = run_lengths(image[None])[0].expm1().round().int()
    names = [
        (way, band, most, kind)
        for way in ("down", "across")
        for band in PLAIN
        for most in PLAIN[band]
        for kind in ("plain", "busy")
    ]
    return dict(zip(names, found.view(len(names), LONGEST), strict=True))


def page() -> Tensor:
    return torch.full((3, SIDE, SIDE), 255, dtype=torch.uint8)


def only(lengths: dict[int, int]) -> list[int]:
    """So many runs of some lengths, and none of others."""
    return [lengths.get(length, 0) for length in range(1, LONGEST + 1)]


def test_a_blank_page_is_plain_from_end_to_end():
    for (_, band, _, kind), found in counts(page()).items():
        strips = SIDE // band if kind == "plain" else 0
        assert found.tolist() == only({LONGEST: strips})


def test_a_black_line_of_three_pixels_by_hand():
    image = page()
    image[:, 10:13] = 0
    found = counts(image)
    for most in PLAIN[1]:  # going down, the page changes between rows 9 and 10 and between 12 and 13
        assert found["down", 1, most, "plain"].tolist() == only({2: SIDE, 9: SIDE, LONGEST: SIDE})
        assert found["down", 1, most, "busy"].tolist() == only({1: 2 * SIDE})
        assert found["across", 1, most, "busy"].sum() == 0
    for band in (2, 4, 16, 64):  # strips of columns are plain; of rows, those that the line fills or leaves alone
        assert found["down", band, 6, "busy"].sum() == 0
    assert found["across", 4, 6, "busy"].tolist() == only({LONGEST: 2})  # rows 8 to 11 and 12 to 15
    assert found["across", 2, 6, "busy"].tolist() == only({LONGEST: 1})  # rows 12 and 13


def test_faint_edges_count_at_low_levels_only():
    image = page()
    image[1, 20:] = 205  # by 50, in green
    found = counts(image)
    assert [int(found["down", 1, most, "busy"].sum()) for most in PLAIN[1]] == [SIDE, SIDE, 0]


@pytest.mark.parametrize("seed", range(3))
def test_the_same_as_counting_one_after_the_other(seed):
    g = torch.Generator().manual_seed(seed)
    image = (torch.randint(0, 4, (3, SIDE, SIDE), generator=g) * 60).to(torch.uint8)
    image[:, 30:60] = image[:, 30:31]
    found = counts(image)
    for way, pixels in (("down", image.int()), ("across", image.transpose(1, 2).int())):
        for band, most in ((2, 40), (4, 6), (16, 6)):
            strips = pixels.unflatten(2, (-1, band))
            plain = ((strips.amax(3) - strips.amin(3)).amax(0) <= most).T.tolist()
            for kind, wanted in (("plain", True), ("busy", False)):
                tally = [0] * LONGEST
                for strip in plain:
                    for value, run in groupby(strip):
                        if value is wanted:
                            tally[min(len(list(run)), LONGEST) - 1] += 1
                assert found[way, band, most, kind].tolist() == tally


def test_pages_do_not_see_one_another():
    g = torch.Generator().manual_seed(0)
    images = torch.randint(0, 256, (3, 3, SIDE, SIDE), generator=g, dtype=torch.uint8)
    images[1] = 255
    together = run_lengths(images)
    assert together.shape == (3, NUMBERS)
    assert torch.equal(together, torch.cat([run_lengths(image[None]) for image in images]))
