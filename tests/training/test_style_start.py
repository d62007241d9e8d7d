"""Fitting the style of a coder: which words it reads, and how far it is believed."""

import pytest
import torch

from tests.models.small_coder import SMALL
from tests.training.test_coder_stage import write_codes
from unrender.data.augment import Augment
from unrender.data.code_pages import CodeDataset
from unrender.models.coder import GRID, Coder, Config
from unrender.models.nn.run_lengths import NUMBERS
from unrender.models.style import PATCHES, Style, fields
from unrender.training import style_start
from unrender.training.head_start import HeadStart
from unrender.training.style_start import start_style

CFG = HeadStart(steps=60, batch_size=8, lr=3e-3)


@pytest.fixture(scope="module")
def pages(tmp_path_factory) -> CodeDataset:
    return CodeDataset(write_codes(tmp_path_factory.mktemp("codes")), "train")


def started(pages: CodeDataset, seed: int = 0, **settings) -> Coder:
    torch.manual_seed(0)
    model = Coder(Config(**SMALL | settings), len(pages.language.automaton))
    start_style(model, pages, Augment(soften=0.3), CFG, seed)
    return model


def test_it_speaks_of_what_has_a_place_and_is_left_so(pages):
    """After the format and the palette, which has none, come typeface, scale, space and corners."""
    style = started(pages).style
    assert (int(style.since), int(style.until)) == (2, 6)
    assert not any(parameter.requires_grad for parameter in style.parameters())
    automaton = pages.language.automaton
    of_fields = {word for ids in fields(automaton)[1:] for word in ids}
    loud = {word for word in range(len(automaton)) if style.read.weight[word].any()}
    assert loud <= of_fields
    assert style.dictionary.abs().sum(1).count_nonzero() > PATCHES // 2


def test_the_seed_says_it_all(pages):
    one, same, other = (started(pages, seed).style.state_dict() for seed in (0, 0, 1))
    assert all(torch.equal(one[name], same[name]) for name in one)
    assert not torch.equal(one["dictionary"], other["dictionary"])


def test_without_looks_the_texture_is_all_that_is_read(pages):
    style = started(pages, arch="autoencoder").style
    assert not style.mean[NUMBERS:].any() and style.mean[:NUMBERS].any()


def test_a_language_without_fields_leaves_it_silent(pages, monkeypatch):
    monkeypatch.setattr(style_start, "fields", lambda automaton: [])
    assert not started(pages).style.until


def test_words_without_places_leave_it_silent(tmp_path, monkeypatch):
    pages = CodeDataset(write_codes(tmp_path), "train")
    items = [pages[index] | {"box": 0 * pages[index]["box"]} for index in range(len(pages))]
    monkeypatch.setattr(CodeDataset, "__getitem__", lambda self, index: items[index])
    assert not started(pages).style.until


def test_it_is_believed_as_far_as_pages_left_out_bear_it_out():
    """In full where the likeliest word is always the true one, not at all where the true one is any."""
    inputs = torch.eye(3).repeat(30, 1)
    for word, trust in ((torch.arange(3).repeat(30), 1.0), (torch.arange(3).repeat_interleave(30), 0.0)):
        style = Style(5, GRID)
        weight = torch.zeros_like(style.read.weight)
        weight[:3, :3] = 4 * torch.eye(3)
        style.read.weight.copy_(weight)
        style_start._temper(style, [0, 1, 2], torch.nn.functional.pad(inputs, (0, NUMBERS + PATCHES - 3)), word)
        assert torch.allclose(style.read.weight, trust * weight)
