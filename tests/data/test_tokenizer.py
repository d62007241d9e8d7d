"""Tokenizers keep what they are given, and count what they do not know."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from unrender.config import UserError
from unrender.data import tokenizer
from unrender.data.coverage import coverage
from unrender.design import design, dsl

WORD = tokenizer.Config(kind="word", vocab_size=300)
PAIRS = tokenizer.Config(kind="bpe", vocab_size=400)


def codes(count: int) -> list[str]:
    rng = np.random.default_rng(0)
    return [design.draw(rng, 0.0).code for _ in range(count)]


@given(st.integers(0, 2**32 - 1))
def test_every_design_survives_words(seed):
    code = design.draw(np.random.default_rng(seed), 0.3).code
    fitted = tokenizer.fit(WORD, [])
    assert tokenizer.decode_design(fitted, tokenizer.encode(fitted, code)) == code


def test_markers_stand_at_the_ends():
    fitted = tokenizer.fit(WORD, [])
    ids = tokenizer.encode(fitted, "column { text-1, price }")
    assert [fitted.id_to_token(i) for i in ids] == ["<bos>", "column", "{", "text-1", ",", "price", "}", "<eos>"]


def test_unknown_words_become_unk_and_are_counted():
    fitted = tokenizer.fit(WORD, [])
    ids = tokenizer.encode(fitted, "column { hologram, price }")
    assert list(tokenizer.words(fitted, ids)) == ["column", "{", "<unk>", ",", "price", "}"]
    report = coverage(fitted, ["column { hologram, price }", "price"])
    assert report["unk_share"] == pytest.approx(1 / 11) and report["texts"] == 2 and report["tokens_max"] == 8


def test_foreign_words_are_learnt_from_the_data_and_own_ids_stay():
    plain, more = tokenizer.fit(WORD, []), tokenizer.fit(WORD, ["row { btn-green, zebra }"])
    assert more.token_to_id("btn-green") is not None and plain.token_to_id("btn-green") is None
    assert all(plain.token_to_id(word) == more.token_to_id(word) for word in dsl.vocabulary())


@given(st.text(max_size=200))
def test_byte_pairs_keep_any_text(text):
    fitted = tokenizer.fit(PAIRS, ["<div class='row'>hello</div>"] * 3)
    plain = "".join(fragment for fragment in [text] if not any(mark in fragment for mark in tokenizer.SPECIALS))
    assert fitted.decode(tokenizer.encode(fitted, plain)) == plain


def test_same_texts_give_the_same_file(tmp_path):
    for name in ("a", "b"):
        tokenizer.save(tokenizer.fit(WORD, codes(5)), tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    again = tokenizer.load(tmp_path / "a")
    assert tokenizer.encode(again, codes(1)[0]) == tokenizer.encode(tokenizer.fit(WORD, []), codes(1)[0])


def test_missing_and_broken_files_are_named(tmp_path):
    with pytest.raises(UserError, match="missing"):
        tokenizer.load(tmp_path / "none.json")
    for content in ("{}", "[]", "{ half"):
        (tmp_path / "bad.json").write_text(content)
        with pytest.raises(UserError, match="no tokenizer"):
            tokenizer.load(tmp_path / "bad.json")
