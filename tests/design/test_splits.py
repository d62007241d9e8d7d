"""Splits by the design's own hash, and themes kept from training."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from tests.pages import drawn
from unrender.data.synthesise import belongs
from unrender.design.design import home_split, is_held_out
from unrender.design.theme import (
    FONTS,
    PALETTES,
    UNSEEN_FONTS,
    UNSEEN_PALETTES,
    seen_fonts,
    seen_palettes,
)
from unrender.design.tree import row_structures

SEEDS = st.integers(0, 2**32 - 1)


@given(SEEDS)
def test_held_out_rows_stay_out_of_training(seed):
    design = drawn(seed)
    held_out = any(map(is_held_out, row_structures(design.tree)))
    assert (home_split(design) == "test_composition") == held_out
    assert sum(belongs(design, split) for split in ("train", "val", "test", "test_composition")) == 1


def test_a_home_never_moves():
    assert Counter(home_split(drawn(seed)) for seed in range(40)) == Counter(
        home_split(drawn(seed)) for seed in range(40)
    )
    assert [is_held_out(f"row-1(heading {n})") for n in range(24)].count(True) in range(1, 9)


def test_home_depends_on_the_code_alone():
    clean, faulty = drawn(5, 0.0), drawn(5, 1.0)
    assert clean.code == faulty.code
    assert clean.digest == faulty.digest
    assert home_split(clean) == home_split(faulty)


@given(SEEDS)
def test_unseen_themes_are_unseen(seed):
    theme = drawn(seed, unseen_theme=True).theme
    assert theme.palette in UNSEEN_PALETTES
    assert theme.font in UNSEEN_FONTS
    theme = drawn(seed).theme
    assert theme.palette in seen_palettes()
    assert theme.font in seen_fonts()


def test_unseen_and_seen_make_the_whole():
    assert sorted([*seen_palettes(), *UNSEEN_PALETTES]) == sorted(PALETTES)
    assert sorted([*seen_fonts(), *UNSEEN_FONTS]) == sorted(FONTS)


def test_each_swatch_of_an_unseen_palette_is_seen():
    def swatches(name):
        palette = PALETTES[name]
        return {value for value in vars(palette).values() if isinstance(value, str)}

    seen = set().union(*map(swatches, seen_palettes()))
    for name in UNSEEN_PALETTES:
        assert swatches(name) <= seen, name
