"""Weights of others are taken by name and shape, and never unpickled."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from unrender.config import UserError
from unrender.models.nn.foreign_weights import fill
from unrender.models.nn.resnet import ResidualStages


def saved(path: Path, tensors: dict[str, torch.Tensor]) -> Path:
    save_file({name: value.contiguous() for name, value in tensors.items()}, path)
    return path


@pytest.fixture
def theirs() -> dict[str, torch.Tensor]:
    """As torchvision's ResNet-18 saves its trunk, half as wide, with a classifier."""
    torch.manual_seed(1)
    trunk = ResidualStages(8)
    return {name: torch.randn_like(value.float()) for name, value in trunk.state_dict().items()} | {
        "conv1.weight": torch.zeros(8, 3, 7, 7),
        "fc.weight": torch.zeros(10, 64),
    }


def test_tensors_are_taken_by_name(tmp_path, theirs):
    trunk = ResidualStages(8)
    fill(trunk, saved(tmp_path / "resnet.safetensors", theirs), "a ResNet-18")
    for name, value in trunk.state_dict().items():
        if not name.endswith("num_batches_tracked"):
            assert torch.equal(value, theirs[name]), name
    assert trunk.state_dict()["layer1.0.bn1.num_batches_tracked"] == 0


def test_what_does_not_fit_is_named_and_nothing_is_changed(tmp_path, theirs):
    narrow = ResidualStages(4)
    before = {name: value.clone() for name, value in narrow.state_dict().items()}
    with pytest.raises(UserError, match=r"layer1\.0\.conv1\.weight is \(8, 8, 3, 3\), but \(4, 4, 3, 3\)"):
        fill(narrow, saved(tmp_path / "wide.safetensors", theirs), "a ResNet-18")
    assert all(torch.equal(value, before[name]) for name, value in narrow.state_dict().items())
    del theirs["layer3.1.bn2.bias"]
    with pytest.raises(UserError, match=r"layer3\.1\.bn2\.bias is nothing.* should hold a ResNet-18"):
        fill(ResidualStages(8), saved(tmp_path / "holes.safetensors", theirs), "a ResNet-18")


def test_other_files_are_refused(tmp_path):
    with pytest.raises(UserError, match="does not exist"):
        fill(nn.Linear(1, 1), tmp_path / "none.safetensors", "a line")
    torch.save(nn.Linear(1, 1).state_dict(), tmp_path / "line.pth")
    with pytest.raises(UserError, match=r"no whole \.safetensors file.*convert"):
        fill(nn.Linear(1, 1), tmp_path / "line.pth", "a line")
