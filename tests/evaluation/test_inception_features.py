"""Inception-v3 by its published size and names, with weights from a file; checked by hand against pytorch-fid."""

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from tests.evaluation.drawing import draw_batch
from unrender.config import UserError
from unrender.evaluation.inception_features import inception_features, load_inception
from unrender.models.nn.inception import FEATURES, Inception, mean_around

PUBLISHED = 21_785_568
"""Weights of Inception-v3 without its classifier and the auxiliary one."""


@pytest.fixture(scope="module")
def weights(tmp_path_factory) -> Path:
    torch.manual_seed(0)
    network = Inception()
    for part in network.modules():
        if isinstance(part, nn.Conv2d):
            nn.init.kaiming_normal_(part.weight)
    path = tmp_path_factory.mktemp("weights") / "inception.safetensors"
    save_file(network.state_dict() | {"fc.weight": torch.zeros(1008, FEATURES)}, path)
    return path


def test_it_is_as_large_as_published_and_named_alike():
    with torch.device("meta"):
        network = Inception()
    assert sum(value.numel() for value in network.parameters()) == PUBLISHED
    shapes = {name: tuple(value.shape) for name, value in network.named_parameters()}
    assert shapes["Conv2d_4a_3x3.conv.weight"] == (192, 80, 3, 3)
    assert shapes["Mixed_5c.branch_pool.conv.weight"] == (64, 256, 1, 1)
    assert shapes["Mixed_6c.branch7x7dbl_4.conv.weight"] == (160, 160, 7, 1)
    assert shapes["Mixed_7a.branch7x7x3_4.bn.bias"] == (192,)
    assert shapes["Mixed_7c.branch3x3dbl_3b.conv.weight"] == (384, 384, 3, 1)


def test_one_row_per_page_in_any_batch(weights):
    pages, network = draw_batch(seed=0, n=3).images, load_inception(weights)
    seen = inception_features(network, pages)
    assert seen.shape == (3, FEATURES) and seen.dtype == np.float32
    assert np.isfinite(seen).all() and seen.min() >= 0
    assert np.linalg.norm(seen[0] - seen[1]) > 0.01 * np.linalg.norm(seen[0])
    np.testing.assert_allclose(inception_features(network, pages, batch_size=1), seen, rtol=1e-3, atol=1e-3)


def test_means_count_no_padding():
    assert torch.allclose(mean_around(torch.ones(1, 1, 3, 3)), torch.ones(1, 1, 3, 3))


def test_other_weights_are_refused(tmp_path):
    save_file({"fc.weight": torch.zeros(2)}, tmp_path / "other.safetensors")
    with pytest.raises(UserError, match=r"Conv2d_1a_3x3\.conv\.weight is nothing.*FID"):
        load_inception(tmp_path / "other.safetensors")
