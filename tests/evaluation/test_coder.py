"""The coder's evaluation: what is right scores 1, what is not scores less, and every number has its floor."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch

from tests.data.section_pages import row
from tests.models.small_coder import SMALL
from unrender.artifacts import write_json
from unrender.data.code_pages import CodeDataset
from unrender.data.shards import write_manifest, write_split
from unrender.design.languages import own
from unrender.evaluation.code_cases import draw_code_cases, looked_at, verdict
from unrender.evaluation.code_ceilings import Reader
from unrender.evaluation.coder import (
    SplitCodes,
    bleu,
    ceilings,
    confusion,
    evaluate_coder,
    first_errors,
    groups,
    score,
)
from unrender.evaluation.encoder import EvaluateParams
from unrender.evaluation.metrics.direction import higher_is_better
from unrender.models.code_writing import Search, Written
from unrender.models.coder import GRID, Coder, Config

PLACES = GRID[0] * GRID[1]


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    folder = tmp_path_factory.mktemp("codes")
    splits = {
        split: write_split(folder, split, [{**row(i), "split": split} for i in numbers])
        for split, numbers in {"train": range(4), "val": range(4, 5), "test": range(5, 9)}.items()
    }
    write_manifest(folder, splits)
    return folder


@pytest.fixture(scope="module")
def held_out(dataset):
    return CodeDataset(dataset, "test")


def written(words: list[str]) -> Written:
    chosen = tuple(word for word, _, _ in own().automaton.choices(words))
    return Written(list(words), chosen, torch.full((len(chosen), PLACES), 1 / PLACES), -0.1)


@pytest.fixture(scope="module")
def perfect(held_out) -> SplitCodes:
    codes = held_out.codes
    others = {"constant": [codes[0]] * len(codes), "nearest": codes[1:] + codes[:1], "autoencoder": [codes[1]] * 4}
    return SplitCodes(held_out, [written(words) for words in codes], others, len(codes))


@pytest.fixture(scope="module")
def scored(perfect):
    return score(perfect, own())


def test_true_codes_score_what_the_ceilings_say(scored, held_out):
    everything = Reader(frozenset(own().vocabulary), {"crowding": 0.0, "hierarchy": 0.0})  # no fault hides a word
    found = {name: tally.value for name, tally in scored.own.items()}
    assert found == pytest.approx(ceilings(scored, everything, held_out))
    assert scored.collapse()["share"] == 1


def test_other_codes_score_less_but_for_parsing(scored):
    for arm, tallies in scored.arms.items():
        for name, tally in tallies.items():
            if name == "parse_rate":
                assert tally.value == 1
            elif name not in ("block_text", "block_position", "block_colour"):  # of pairs alone
                worse = tally.value < 1 if higher_is_better(name) else tally.value > 0
                assert worse, (arm, name)


def test_one_other_theme_word_is_no_exact_match_but_the_structure_is_right(perfect):
    words = list(perfect.data.codes[0])
    place = next(i for i, word in enumerate(words) if word.startswith("space-"))
    words[place] = "space-airy" if words[place] != "space-airy" else "space-even"
    said = replace(perfect, own=[written(words), *perfect.own[1:]])
    found = score(said, own()).own
    assert found["exact_match"].value == found["structure_match"].value - 0.25 == 0.75
    of_theme = {name: found[f"{name}_word"].value for name in ("palette", "font", "scale", "space", "corner")}
    assert of_theme == dict.fromkeys(of_theme, 1.0) | {"space": 0.75}
    assert found["tree_edit_distance"].value == 0
    assert first_errors(said) == {
        "pages": 1, "kinds": {"space": 1}, "quartiles": [place / len(words)] * 3,
    }  # fmt: skip
    matrix = confusion(said)
    at = matrix["labels"].index("space")
    assert sum(map(sum, matrix["counts"])) == sum(map(len, perfect.data.codes))
    assert matrix["counts"][at][at] == 4  # by kind


def test_bleu_of_true_codes_is_one_and_beside_its_floor(perfect):
    found = bleu(perfect, resamples=50, seed=0)
    assert found["value"] == pytest.approx(1) and found["floor"] < 1 and found["floor_arm"] in perfect.arms
    assert found["over_floor"]["value"] == pytest.approx(1 - found["floor"])


def test_pages_are_grouped_by_length_and_columns(held_out):
    found = groups(held_out, [20, 40])
    for members in (found["difficulty"], found["columns"], found["format"]):
        assert sorted(np.concatenate(list(members.values())).tolist()) == [0, 1, 2, 3]


def test_a_network_that_knows_nothing_is_scored_like_any_other(dataset, tmp_path):
    torch.manual_seed(0)
    words = len(own().automaton)
    model, plain = (Coder(Config(**SMALL | {"arch": arch}), words).eval() for arch in ("dual_attention", "autoencoder"))
    cfg = EvaluateParams(batch_size=2, resamples=100, floor_pages=4)
    found = evaluate_coder(model, plain, own(), dataset, cfg, Search(), seed=0)
    assert list(found.metrics) == ["test"]
    about = found.evidence["test"]
    assert set(about) == set(found.metrics["test"]) and about["exact_match"]["value"] == 0
    assert set(about["bleu4"]["arms"]) == {"constant", "nearest", "autoencoder", "shuffled"}
    assert about["parse_rate"]["value"] == 1  # whatever it says, it parses
    write_json(tmp_path / "evidence.json", found.evidence)  # all of it is JSON, and finite
    assert json.loads((tmp_path / "evidence.json").read_text())["collapse"]["test"]["distinct_inputs"] == 4
    sheet = draw_code_cases(found.splits["test"], found.scored["test"], own(), 1)
    assert np.asarray(sheet).std() > 0


def test_verdicts_name_the_first_wrong_word():
    true = ["a", "b", "c"]
    for words, says in ((true, "every word is right"), (["a", "x"], "word 2 of 3: x for b"), (["a", "b"], "the end")):
        assert says in verdict(Written(words, (), torch.zeros(0, 0), 0.0), true)


def test_what_was_looked_at_is_bright():
    page = np.full((256, 256, 3), 128, np.uint8)
    looks = torch.zeros(2, PLACES)
    looks[0, 5 * GRID[1] + 3] = 1
    found = looked_at(page, Written([], (), looks, 0.0)).astype(int).sum(2)
    top, left = np.unravel_index(found.argmax(), found.shape)
    assert (top // 4, left // 16) == (5, 3)
    assert (looked_at(page, Written([], (), torch.zeros(2, 0), 0.0)) == page).all()
