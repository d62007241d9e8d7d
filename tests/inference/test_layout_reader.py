"""The shipped layout network reads a page of any size and mode, the same each time; foreign files are sentences."""

import numpy as np
import pytest
import torch
from PIL import Image

from tests.data.section_pages import batch_of, generated, row
from tests.models.small_layout import CONFIG, alike, network, pages_of
from unrender.artifacts import save_model
from unrender.config import UserError
from unrender.data.pictures import decode
from unrender.design.section_tree import KINDS, MERGED, Reading, assemble, flatten, labels
from unrender.inference.layout_reader import LayoutReader
from unrender.models.layout_reading import read

DOCUMENT = generated(3).document


def save(path, **changes):
    model = network()
    file = {"kind": "layout", "config": CONFIG.model_dump(), "labels": {"kinds": list(KINDS)}} | changes
    save_model(path, file.pop("tensors", model.state_dict()), **file)
    return path


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return save(tmp_path_factory.mktemp("model") / "layout.safetensors")


@pytest.fixture(scope="module")
def reader(path) -> LayoutReader:
    return LayoutReader.load(path)


@pytest.fixture(scope="module")
def page() -> Image.Image:
    return Image.fromarray(decode(row(1)["image"]))


def said(reading: Reading) -> list:
    return [reading.kinds.tolist(), reading.owners.tolist(), np.nan_to_num(reading.boxes, nan=-1).tolist()]


def test_a_file_gives_the_same_network_back(reader):
    batch = batch_of(0, 7)
    assert not reader.model.training and reader.model.config == CONFIG
    assert alike(pages_of(read(reader.model, batch), batch), pages_of(read(network(), batch), batch))


def test_a_page_is_read_the_same_each_time_and_its_reading_holds_together(reader, page, path):
    found = reader.read(page, DOCUMENT)
    assert said(found) == said(reader.read(page, DOCUMENT)) == said(LayoutReader.load(path).read(page, DOCUMENT))
    assert len(found.kinds) == len(DOCUMENT)
    assert len(found.starts) > 3 and (found.kinds == MERGED).sum() > 1
    assert np.isfinite(found.boxes[found.starts]).all()
    again = labels(DOCUMENT, assemble(DOCUMENT, found))
    assert again.kinds.tolist() == found.kinds.tolist() and again.owners.tolist() == found.owners.tolist()


def test_what_the_page_shows_and_what_the_document_says_both_count(reader, page):
    before = said(reader.read(page, DOCUMENT))
    assert said(reader.read(Image.new("RGB", page.size, "navy"), DOCUMENT)) != before
    assert said(reader.read(page, generated(4).document)) != before


@pytest.mark.parametrize("size", [(300, 200), (200, 300), (64, 64), (1, 1), (3, 700)])
def test_a_page_shown_larger_is_the_same_page_with_larger_boxes(reader, size):
    """Of one colour, so that the frame is the same to the pixel."""
    small, large = (
        reader.read(Image.new("RGB", (size[0] * times, size[1] * times), "teal"), DOCUMENT) for times in (1, 4)
    )
    assert small.kinds.tolist() == large.kinds.tolist() and small.owners.tolist() == large.owners.tolist()
    assert 4 * small.boxes == pytest.approx(large.boxes, rel=1e-4, abs=1e-2, nan_ok=True)


def test_boxes_are_px_of_the_image(reader):
    """A half of the frame's height is a half of a high page's."""
    for size in ((100, 1000), (1000, 100), (640, 640)):
        found = reader.read(Image.new("RGB", size, "teal"), DOCUMENT)
        boxes = found.boxes[found.starts]
        middles = boxes[:, :2] + boxes[:, 2:] / 2
        assert (middles > -0.5 * max(size)).all() and (middles < 1.5 * max(size)).all()
        assert (boxes[:, 2:] > 0).all()
        assert boxes[:, 2:].max() > 0.02 * max(size)


def test_any_mode_can_be_read(reader, page):
    grey = page.convert("L")
    one = said(reader.read(grey, DOCUMENT))
    assert one == said(reader.read(grey.convert("RGB"), DOCUMENT)) == said(reader.read(grey.convert("RGBA"), DOCUMENT))
    assert reader.read(grey.convert("1"), DOCUMENT).kinds.shape == (len(DOCUMENT),)


def test_small_and_large_documents_can_be_read(reader, page):
    """Larger than any page that was trained on; deep ones as well."""
    alone = reader.read(page, flatten({"id": "a", "tag": "body"}))
    assert said(alone) == [[0], [0], [[-1, -1, -1, -1]]]
    many = flatten({"id": "r", "tag": "ul", "children": [{"id": str(k), "tag": "li"} for k in range(300)]})
    assert len(reader.read(page, many).kinds) == 301
    tree = {"id": "leaf", "tag": "p"}
    for k in range(90):
        tree = {"id": str(k), "tag": "div", "children": [tree]}
    assert len(reader.read(page, flatten(tree)).kinds) == 91


def test_the_digest_names_the_weights(path, reader, tmp_path):
    assert LayoutReader.load(path).digest == reader.digest == LayoutReader.load(save(tmp_path / "same")).digest
    with torch.no_grad():
        other = network()
        other.types.bias += 1
    assert LayoutReader.load(save(tmp_path / "other", tensors=other.state_dict())).digest != reader.digest


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"kind": "encoder"}, "kind 'encoder', but 'layout' is needed"),
        ({"labels": {"kinds": ["merged", "poem"]}}, "other element types.*dvc repro train_layout"),
        ({"labels": {}}, "other element types"),
        ({"config": CONFIG.model_dump() | {"depth": 3}}, "another version of the layout.*dvc repro train_layout"),
        ({"config": CONFIG.model_dump() | {"width": 48}}, "another version of the layout"),
        ({"tensors": {"a": torch.zeros(1)}}, "another version of the layout"),
    ],
)
def test_a_file_of_another_make_is_one_sentence(tmp_path, changes, says):
    path = save(tmp_path / "layout.safetensors", **changes)
    with pytest.raises(UserError, match=says) as error:
        LayoutReader.load(path)
    assert "\n" not in str(error.value) and str(path) in str(error.value)


def test_no_file_and_a_broken_one_are_named(path, tmp_path):
    with pytest.raises(UserError, match="does not exist"):
        LayoutReader.load(tmp_path / "none.safetensors")
    broken = tmp_path / "broken.safetensors"
    broken.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(UserError, match="not a whole model file"):
        LayoutReader.load(broken)
