"""The network is the published one, and a page's features depend on that page alone."""

import numpy as np
import pytest
import torch
from scipy.ndimage import gaussian_filter

from tests.evaluation.drawing import draw_batch
from unrender.evaluation import features
from unrender.evaluation.features import load_extractor, page_features, prepared
from unrender.evaluation.metrics.generation import frechet_distance


@pytest.fixture(scope="module")
def pages() -> np.ndarray:
    return draw_batch(seed=0, n=6).images


@pytest.fixture(scope="module")
def seen(pages) -> np.ndarray:
    return page_features(pages)


def test_one_finite_row_of_1280_per_page(seen):
    assert seen.shape == (6, 1280)
    assert seen.dtype == np.float32
    assert np.isfinite(seen).all() and seen.min() >= 0 and seen.max() <= 6


def test_the_same_pages_give_the_same_bytes(pages, seen):
    assert page_features(pages).tobytes() == seen.tobytes()


@pytest.mark.parametrize("batch_size", [1, 4])
def test_batches_do_not_matter(pages, seen, batch_size):
    np.testing.assert_allclose(page_features(pages, batch_size), seen, atol=0.02)


def test_rows_follow_their_pages(pages, seen):
    np.testing.assert_allclose(page_features(pages[::-1]), seen[::-1], atol=0.02)


def test_different_pages_differ(seen):
    apart = np.linalg.norm(seen[:, None] - seen[None], axis=-1)
    assert apart[~np.eye(6, dtype=bool)].min() > 0.1 * np.linalg.norm(seen, axis=1).mean()


def test_blur_moves_features_and_more_blur_more(pages, seen):
    apart = [frechet_distance(page_features(gaussian_filter(pages, (0, s, s, 0))), seen) for s in (0.4, 0.8, 1.6)]
    assert 0 < apart[0] < apart[1] < apart[2]


def test_pixels_as_the_network_was_trained():
    flat = torch.tensor([0, 127, 255], dtype=torch.uint8).reshape(1, 3, 1, 1).expand(1, 3, 256, 256)
    found = prepared(flat)
    assert found.shape == (1, 3, features.SIZE, features.SIZE)
    torch.testing.assert_close(found[0, :, 5, 9], torch.tensor([-127 / 128, 0.0, 1.0]))


def test_shrinking_does_not_alias():
    stripes = torch.zeros(1, 3, 2 * features.SIZE, 2 * features.SIZE, dtype=torch.uint8)
    stripes[..., ::2] = 254
    assert prepared(stripes)[..., 8:-8].abs().max() < 0.01  # grey, not black or white


def test_the_network_knows_nothing_of_training():
    network = load_extractor().__self__
    assert not network.training
    assert len(network.state_dict()) == 296


def test_loading_draws_no_random_numbers():
    before = torch.get_rng_state()
    load_extractor.__wrapped__()
    assert torch.equal(torch.get_rng_state(), before)


def test_threads_and_gradients_are_left_as_they_were(pages):
    before = torch.get_num_threads()
    page_features(pages, batch_size=1)
    assert torch.get_num_threads() == before
    assert torch.is_grad_enabled() and not torch.is_inference_mode_enabled()


def test_no_pages_are_refused(pages):
    with pytest.raises(ValueError, match="no pages"):
        page_features(pages[:0])
