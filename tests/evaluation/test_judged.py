"""What is read of pages: nothing outside them, and the same in any company."""

import numpy as np
import pytest
import torch

from unrender.artifacts import save_model
from unrender.config import UserError
from unrender.data.measured import measured
from unrender.evaluation import judged
from unrender.evaluation.judged import by_name, independent_grammar, load_judge, read_pages
from unrender.models.encoder import Config, Encoder
from unrender.render.frame import ARTBOARD


@pytest.fixture
def encoder() -> Encoder:
    torch.manual_seed(0)
    return Encoder(Config(base=8)).eval()


@pytest.fixture
def pages() -> np.ndarray:
    found = np.full((3, 256, 256, 3), ARTBOARD, np.uint8)
    found[:, 64:192] = np.random.default_rng(0).integers(0, 255, (3, 128, 256, 3))
    return found


def test_nothing_is_read_outside_the_page(encoder, pages):
    maps = read_pages(pages, encoder)
    assert not maps[:, :, :64].any() and not maps[:, :, 192:].any()
    assert maps[:, 0, 64:192].all()  # every pixel of a page has a colour


def test_grammar_is_measured_on_what_the_judge_reads(encoder, pages, monkeypatch):
    scores = independent_grammar(pages, encoder)
    assert scores.shape == (3, 4)
    assert np.array_equal(scores, measured(read_pages(pages, encoder))[:, :4])
    monkeypatch.setattr(judged, "CHUNK", 2)
    assert np.allclose(scores, independent_grammar(pages, encoder), atol=0.05)  # bfloat16


def test_the_mean_of_four_is_worked_out_page_by_page():
    found = by_name(np.array([[0.1, 0.2, 0.3, 0.4], [1, 1, 1, 0]]))
    assert found[""].over == pytest.approx([0.25, 0.75])
    assert found["hierarchy"].over == pytest.approx([0.4, 0])


def test_the_first_encoder_is_no_judge(encoder, tmp_path):
    path = tmp_path / "encoder.safetensors"
    save_model(path, encoder.state_dict(), "encoder", {}, {})
    with pytest.raises(UserError, match="'second_encoder' is needed"):
        load_judge(path)
