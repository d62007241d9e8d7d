"""What no page tells is no reader's fault, and nothing else is forgiven."""

from dataclasses import replace

import numpy as np
import pytest

from tests.data.section_pages import row
from tests.pages import drawn
from unrender.data.code_pages import CodeDataset
from unrender.data.shards import write_manifest, write_split
from unrender.design.design import Design, palette_chances, scale_chances
from unrender.design.faults import Faults, sample
from unrender.design.theme import seen_palettes
from unrender.evaluation.code_ceilings import Reader, best, strengths

DESIGN = drawn(4, fault_rate=0.0)
RATES = {"crowding": 0.3, "hierarchy": 0.3}
WORDS = frozenset(DESIGN.code.replace(",", " ").split())


def spoilt(**strengths: float) -> Design:
    return replace(DESIGN, faults=Faults(**strengths))


def read(folder, designs: list[Design], reader: Reader, source: str = "synthetic") -> dict[str, np.ndarray]:
    rows = [
        {**row(0), "dsl": design.code, "html": design.document()[0], "split": "test", "source": source}
        for design in designs
    ]
    write_manifest(folder, {"test": write_split(folder, "test", rows)})
    return reader.chances(CodeDataset(folder, "test"))


def test_flattened_sizes_hide_the_scale_and_others_do_not(tmp_path):
    """At .5 all sizes are one, and what is left is what the palette says; at 1 the greatest differ by a third."""
    found = read(tmp_path, [spoilt(hierarchy=strength) for strength in (0.0, 0.5, 1.0)], Reader(WORDS, RATES))
    plain, flat, inverted = found["scale"]
    assert plain > 0.99 and flat < 0.6 and inverted < 0.6
    assert np.allclose(found["space"], 1) and np.allclose(found["palette"], 1)


def test_on_a_page_without_ranked_texts_the_palette_is_all_that_tells_the_scale(tmp_path):
    class Textless(Design):
        def document(self):
            html, root = super().document()
            return html.replace(".s-", ".none-"), root

    (chance,) = read(tmp_path, [Textless(**vars(DESIGN))], Reader(WORDS, RATES))["scale"]
    tones, names = np.linspace(0, 1, 1001), seen_palettes()
    likely = palette_chances(tones, names)[:, names.index(DESIGN.theme.palette)] @ scale_chances(tones)
    assert chance == pytest.approx(likely.max() / likely.sum(), abs=0.01)


def test_every_strength_that_is_drawn_is_told_apart():
    drawn_ones = {sample(np.random.default_rng(seed), 1.0).hierarchy for seed in range(50)}
    assert drawn_ones < {*strengths("hierarchy")} and strengths("hierarchy")[0] == 0


def test_closed_gaps_are_told_by_how_far_the_page_is_squeezed(tmp_path):
    found = read(tmp_path, [spoilt(crowding=strength) for strength in (0.0, 0.5, 1.0)], Reader(WORDS, RATES))
    assert (found["space"] > 0.9).all()


def test_a_word_that_training_never_shows_is_not_known(tmp_path):
    palette = f"palette-{DESIGN.theme.palette}"
    found = read(tmp_path, [DESIGN], Reader(WORDS - {palette}, RATES))
    assert found["palette"] == [0] and found["font"] == [1]
    assert best(found, [40])["exact_match"] == 0


def test_of_pages_that_others_drew_nothing_is_known_to_be_hidden(tmp_path):
    found = read(tmp_path, [spoilt(hierarchy=0.5)], Reader(frozenset(), RATES), source="examples")
    assert all((chances == 1).all() for chances in found.values())


def test_faults_are_counted_on_train(tmp_path):
    rows = [{**row(i), "fault_hierarchy": strength} for i, strength in enumerate((0.0, 0.5, 0.0, 1.0, None))]
    write_manifest(tmp_path, {"train": write_split(tmp_path, "train", rows)})
    assert Reader.of(CodeDataset(tmp_path, "train")).rates["hierarchy"] == 0.4


def test_the_best_reader_of_two_pages_by_hand():
    chances = {"scale": np.array([1.0, 0.5]), "space": np.array([0.8, 0.5])}
    found = best(chances, [10, 10])
    assert found["scale_word"] == 0.75 and found["space_word"] == 0.65
    assert found["exact_match"] == pytest.approx((0.8 + 0.25) / 2)
    assert found["token_accuracy"] == found["edit_similarity"] == pytest.approx(1 - (0.2 + 0.5 + 0.5) / 20)
