"""Pages with their code as choices: what an item says, what is skipped, what is refused."""

import numpy as np
import pytest

from tests.data.code_rows import code_of
from tests.data.section_pages import row, write_sections
from unrender.config import UserError
from unrender.data.code_pages import CodeDataset
from unrender.data.code_places import places
from unrender.data.pictures import decode
from unrender.design.automaton import END


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_sections(tmp_path_factory.mktemp("codes"))


@pytest.fixture(scope="module")
def pages(folder) -> CodeDataset:
    return CodeDataset(folder, "train")


def test_an_item_is_what_the_docstring_says(pages):
    words, longest = len(pages.language.automaton), max(pages.difficulty)
    shapes = {
        "image": ((3, 256, 256), "uint8"),
        "tokens": ((longest,), "int64"),
        "options": ((longest, words), "bool"),
        "length": ((), "int64"),
        "box": ((longest, 4), "float32"),
    }
    assert len(pages) == 6 and pages.skipped == 0 and pages.longest == longest
    for index in range(6):
        assert {name: (each.shape, str(each.dtype)) for name, each in pages[index].items()} == shapes
        assert pages[index]["length"] == pages.difficulty[index]


def test_tokens_tell_the_code(pages):
    automaton = pages.language.automaton
    for index in range(6):
        item = pages[index]
        chosen = [automaton.words[token] for token in item["tokens"][: item["length"]]]
        assert automaton.text(chosen) == code_of(row(index))
        assert (item["image"] == decode(row(index)["image"]).transpose(2, 0, 1)).all()


def test_options_are_those_of_the_grammar_and_hold_the_token(pages):
    automaton = pages.language.automaton
    for index in range(6):
        item, length = pages[index], int(pages[index]["length"])
        assert item["options"][np.arange(length), item["tokens"][:length]].all()
        assert (item["options"][:length].sum(1) > 1).all()
        for place, (_, options, _) in enumerate(automaton.choices(code_of(row(index)))):
            assert {automaton.words[i] for i in np.flatnonzero(item["options"][place])} == set(options)


def test_beyond_its_length_an_item_is_nothing(pages):
    index = int(np.argmin(pages.difficulty))
    item, length = pages[index], pages.difficulty[index]
    assert length < pages.longest
    for name in ("tokens", "options", "box"):
        assert not item[name][length:].any()


def test_a_box_is_that_of_the_word_chosen(pages):
    automaton = pages.language.automaton
    for index in (0, 4):
        words, item = code_of(row(index)), pages[index]
        found = places(row(index), words)
        for place, (word, _, at) in enumerate(automaton.choices(words)):
            if word == END or np.isnan(found[min(at, len(words) - 1)]).any():
                assert not item["box"][place].any()
            else:
                assert item["box"][place] == pytest.approx(found[at])
                assert item["box"][place, 2] > 0
        boxed = (item["box"][:, 2] > 0).sum()
        assert boxed == item["length"] - 2 - sum(  # format and palette
            word == "}" and at == len(words) - 1 for word, _, at in automaton.choices(words)
        )


def test_an_item_is_the_same_again_and_cannot_be_spoilt(pages):
    first = pages[1]
    first["image"][:] = 0
    again = pages[1]
    assert again["image"].any()
    assert all((again[name] == first[name]).all() for name in ("tokens", "options", "length", "box"))


def test_rows_without_a_recipe_are_learnt_from_without_boxes(tmp_path):
    folder = write_sections(tmp_path, 3, lambda i, row: {"recipe": None} if i == 1 else {})
    pages = CodeDataset(folder, "train")
    assert len(pages) == 3 and not pages[1]["box"].any() and pages[0]["box"].any() and pages[1]["tokens"].any()


def test_rows_without_a_code_are_skipped_and_counted(tmp_path):
    folder = write_sections(tmp_path, 4, lambda i, row: {"dsl": None} if i in (0, 2) else {})
    pages = CodeDataset(folder, "train")
    assert (len(pages), pages.skipped) == (2, 2)
    assert pages.rows[0]["id"] == row(1)["id"]
    assert len(CodeDataset(folder, "train", most=2)) == 1


def test_no_code_at_all_is_one_sentence(tmp_path):
    folder = write_sections(tmp_path, 2, lambda i, row: {"dsl": None})
    with pytest.raises(UserError, match="split 'train' has no row with a code"):
        CodeDataset(folder, "train")


def test_a_code_that_does_not_parse_is_named(tmp_path):
    folder = write_sections(
        tmp_path, 3, lambda i, row: {"dsl": row["dsl"].replace("palette", "pallet")} if i == 1 else {}
    )
    with pytest.raises(
        UserError, match=rf"{row(1)['id']}: its code does not parse, word 4: expected .*dvc repro validate"
    ):
        CodeDataset(folder, "train")
