"""Outputs: whole or absent, the same bytes for the same values, damage named."""

import json

import numpy as np
import pytest
import torch
from PIL import Image

from unrender import artifacts
from unrender.config import LeftOut, UserError


def test_json_is_canonical(tmp_path):
    artifacts.write_json(tmp_path / "a.json", {"b": 1 / 3, "a": [True, None, -0.0, 12], "é": {2: (1,)}})
    text = (tmp_path / "a.json").read_text()
    assert json.loads(text) == {"a": [True, None, 0.0, 12], "b": 0.333333, "é": {"2": [1]}}
    assert text.endswith("}\n") and text.index('"a"') < text.index('"b"') and "-0" not in text


def test_json_takes_numpy_scalars(tmp_path):
    artifacts.write_json(tmp_path / "a.json", {"f": np.float32(0.1), "i": np.int64(3)})
    assert json.loads((tmp_path / "a.json").read_text()) == {"f": 0.1, "i": 3}


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), np.float32("nan")])
def test_json_refuses_what_is_no_number(tmp_path, bad):
    with pytest.raises(ValueError, match=r"test\.text_iou\[1\]"):
        artifacts.write_json(tmp_path / "a.json", {"test": {"text_iou": [1.0, bad]}})
    assert list(tmp_path.iterdir()) == []


def test_json_refuses_foreign_objects(tmp_path):
    with pytest.raises(TypeError, match="a is a set"):
        artifacts.write_json(tmp_path / "a.json", {"a": {1}})


def test_a_failed_write_keeps_the_old_file(tmp_path):
    path = tmp_path / "deep" / "a.txt"
    with artifacts.atomic_path(path) as aside:
        aside.write_text("old")
    with pytest.raises(RuntimeError), artifacts.atomic_path(path) as aside:
        assert aside.suffix == ".txt"
        aside.write_text("half")
        raise RuntimeError
    assert path.read_text() == "old" and list(path.parent.iterdir()) == [path]


@pytest.fixture
def tensors():
    rng = torch.Generator().manual_seed(0)
    weight = torch.randn(2, 3, 4, 5, generator=rng).to(memory_format=torch.channels_last)
    return {"b.weight": weight, "a.bias": torch.arange(3)}


def save(path, tensors):
    artifacts.save_model(path, tensors, "encoder", {"base": 16, "depth": [1, 2]}, {"colours": ["red"]})


def test_model_round_trip(tmp_path, tensors):
    save(tmp_path / "m.safetensors", tensors)
    model = artifacts.load_model(tmp_path / "m.safetensors", "encoder")
    assert (model.kind, model.config, model.labels) == ("encoder", {"base": 16, "depth": [1, 2]}, {"colours": ["red"]})
    assert model.tensors.keys() == tensors.keys()
    for name, tensor in tensors.items():
        assert torch.equal(model.tensors[name], tensor) and model.tensors[name].dtype == tensor.dtype


def test_same_weights_same_bytes(tmp_path, tensors):
    save(tmp_path / "a.safetensors", tensors)
    save(tmp_path / "b.safetensors", dict(reversed(tensors.items())))
    assert (tmp_path / "a.safetensors").read_bytes() == (tmp_path / "b.safetensors").read_bytes()


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda path: path.unlink(), "does not exist"),
        (lambda path: path.write_bytes(path.read_bytes()[:-7]), "not a whole model file"),
        (lambda path: path.write_bytes(b""), "not a whole model file"),
        (lambda path: path.write_bytes(b"<html>" * 99), "not a whole model file"),
        (lambda path: (path.unlink(), path.mkdir()), "not a whole model file"),
    ],
)
def test_damage_is_named(tmp_path, tensors, spoil, words):
    path = tmp_path / "m.safetensors"
    save(path, tensors)
    spoil(path)
    with pytest.raises(UserError, match=words) as caught:
        artifacts.load_model(path)
    assert "m.safetensors" in str(caught.value)


def test_foreign_and_wrong_kind(tmp_path, tensors):
    from safetensors.torch import save_file

    save(tmp_path / "m.safetensors", tensors)
    with pytest.raises(UserError, match="kind 'encoder', but 'coder'"):
        artifacts.load_model(tmp_path / "m.safetensors", "coder")
    save_file({"x": torch.zeros(1)}, tmp_path / "x.safetensors")
    with pytest.raises(UserError, match="not a model of this project"):
        artifacts.load_model(tmp_path / "x.safetensors")


WHY = "data/clean: split 'train' has no row with a code, said \"nobody\"; nothing, to learn."


@pytest.mark.parametrize("name", ["a.safetensors", "a.curve", "innovate", "a.json", "a.csv", "a.md"])
def test_what_is_left_out_says_why(tmp_path, name):
    path = tmp_path / name
    (path.mkdir() if "." not in name else path.with_suffix(".old").touch())
    artifacts.leave_out([path], WHY)
    assert artifacts.why_left_out(path) == WHY


def test_a_picture_that_is_left_out_is_one(tmp_path):
    artifacts.leave_out([tmp_path / "a.png"], WHY)
    with Image.open(tmp_path / "a.png") as picture:
        darkest, lightest = picture.convert("L").getextrema()
    assert darkest < 128 and lightest == 255


def test_the_first_cause_is_handed_down(tmp_path, tensors):
    first, second = tmp_path / "first.safetensors", tmp_path / "second.safetensors"
    artifacts.leave_out([first], WHY)
    with pytest.raises(LeftOut) as told:
        artifacts.load_model(first)
    artifacts.leave_out([second], told.value.why)
    with pytest.raises(LeftOut) as again:
        artifacts.load_model(second)
    assert str(again.value).count("was left out") == 1 and str(second) in str(again.value)
    assert "no row with a code" in str(again.value)


def test_what_holds_something_was_not_left_out(tmp_path, tensors):
    artifacts.save_model(tmp_path / "a.safetensors", tensors, "encoder", {}, {})
    artifacts.write_json(tmp_path / "a.json", {"test": {"left_out": 1}})
    artifacts.write_json(tmp_path / "list.json", ["left_out"])
    (tmp_path / "a.csv").write_text("left_out_of,b\n1,2\n")
    for path in tmp_path.iterdir():
        assert artifacts.why_left_out(path) is None
    assert artifacts.why_left_out(tmp_path / "absent.json") is None
    assert artifacts.load_model(tmp_path / "a.safetensors").kind == "encoder"
