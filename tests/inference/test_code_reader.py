"""The shipped coder writes what compiles, whatever it is shown, the same each time; foreign files are sentences."""

import numpy as np
import pytest
import torch
from PIL import Image

from tests.inference.small_coder import CONFIG, save_coder
from unrender.config import UserError
from unrender.design.automaton import END
from unrender.design.languages import named
from unrender.inference.code_reader import CodeReader, PageCode
from unrender.models.code_writing import DEEPEST, LIMIT


@pytest.fixture(scope="module", params=["unrender", "pix2code"])
def path(request, tmp_path_factory):
    return save_coder(tmp_path_factory.mktemp("model") / "coder.safetensors", request.param)


@pytest.fixture(scope="module")
def reader(path) -> CodeReader:
    return CodeReader.load(path)


def noise(*size: int, seed: int = 0) -> Image.Image:
    return Image.fromarray(np.random.default_rng(seed).integers(0, 256, (*size[::-1], 3), np.uint8))


def said(code: PageCode) -> list:
    return [code.text, code.page.html, code.canvas, code.written.looks.tolist(), code.written.confidence]


def test_a_page_is_written_the_same_each_time(reader, path):
    page = noise(300, 200)
    assert said(reader.read(page)) == said(reader.read(page)) == said(CodeReader.load(path).read(page))
    assert not reader.model.training and reader.model.config == CONFIG


@pytest.mark.parametrize("size", [(1, 1), (3000, 2), (2, 3000), (300, 200)])
def test_any_picture_becomes_a_page(reader, size):
    language = reader.language
    code = reader.read(noise(*size))
    assert language.canonical(code.text) == code.text
    assert code.page.html.startswith("<!doctype html>")
    assert 300 < code.canvas[0] < 1300 and 80 < code.canvas[1] < 1700
    assert len(code.written.looks) == len(code.written.chosen) == len(language.automaton.choices(code.written.words))


@pytest.mark.parametrize("mode", ["L", "RGBA", "P", "1", "I;16"])
def test_any_mode_is_read(reader, mode):
    assert reader.read(Image.new(mode, (60, 40))).text


@pytest.mark.parametrize("seed", range(2))
def test_no_code_goes_on_or_down_for_ever(tmp_path, seed):
    """Words for containers within containers made likeliest by far: a browser, and Python, give up on 200 of them."""
    automaton = named("unrender").automaton
    path = save_coder(tmp_path / "coder.safetensors", "unrender", seed)
    reader = CodeReader.load(path)
    with torch.no_grad():
        reader.model.out.bias[[automaton.ids[word] for word in ("section-plain", "card", "overlay", "strip")]] += 50
        reader.model.out.bias[[automaton.ids[word] for word in ("}", END)]] -= 50
    code = reader.read(noise(90, 60, seed=seed))
    depths = np.cumsum([(word == "{") - (word == "}") for word in code.written.words])
    assert DEEPEST - 2 <= max(depths) <= DEEPEST + 2
    assert LIMIT <= len(code.written.chosen) <= LIMIT + 8 * DEEPEST


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"kind": "layout"}, "kind 'layout'"),
        ({"labels": {}}, "language that is not known"),
        ({"labels": {"language": "klingon", "words": []}}, "language that is not known"),
        ({"labels": {"language": "pix2code", "words": ["header"]}}, "other words.*dvc repro train_coder"),
        ({"config": {"depth": 3}}, "another version"),
        ({"tensors": {}}, "another version"),
    ],
)
def test_a_foreign_file_is_one_sentence(tmp_path, changes, says):
    with pytest.raises(UserError, match=says):
        CodeReader.load(save_coder(tmp_path / "coder.safetensors", **changes))


def test_a_missing_or_damaged_file_is_one_sentence(tmp_path):
    with pytest.raises(UserError, match="does not exist"):
        CodeReader.load(tmp_path / "coder.safetensors")
    (tmp_path / "coder.safetensors").write_bytes(b"none")
    with pytest.raises(UserError, match="not a whole model file"):
        CodeReader.load(tmp_path / "coder.safetensors")
