"""Reading keeps geometry, ignores neighbours, and repeats itself."""

import numpy as np
import pytest
from PIL import Image

from unrender.artifacts import load_model, save_model
from unrender.config import UserError
from unrender.inference.overlay import map_pictures, overlay
from unrender.inference.reader import Reader, Reading
from unrender.render.frame import SIZE, place


def noise(width: int, height: int, seed: int = 0) -> Image.Image:
    return Image.fromarray(np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8))


def drawn(width: int, height: int, box: tuple[float, float, float, float]) -> Reading:
    """A reading whose text is exactly `box`, given in shares of the page."""
    at = place(width, height)
    text, page = np.zeros((2, SIZE, SIZE), np.float32)
    left, top, right, bottom = at.box
    page[top:bottom, left:right] = 1
    x0, y0, x1, y1 = (round(share * side) for share, side in zip(box, (at.width, at.height) * 2, strict=True))
    text[top + y0 : top + y1, left + x0 : left + x1] = 1
    return Reading(width, height, at, text, 0 * text, page.astype(np.uint8), text)


@pytest.mark.parametrize("size", [(800, 460), (300, 900), (1, 1), (3000, 2), (256, 256)])
def test_maps_have_the_pictures_own_size(reader, size):
    reading = reader.read(noise(*size))
    assert (reading.width, reading.height) == size
    maps = reading.maps()
    assert maps.text.shape == maps.colour.shape == maps.hierarchy.shape == (1, size[1], size[0])
    assert maps.colour.min() >= 1  # all of it is page
    assert np.isfinite(maps.hierarchy).all()
    assert all(picture.size == size for picture in map_pictures(reading).values())


def test_letterbox_is_empty(reader):
    reading = reader.read(noise(600, 200))
    outside = ~reading.inside()
    assert outside.any()
    for values in (reading.text, reading.image, reading.hierarchy):
        assert (values[outside] == 0).all()


@pytest.mark.parametrize("size", [(800, 460), (500, 1500), (64, 64)])
def test_a_box_lands_where_it_was_seen(size):
    width, height = size
    mask = drawn(width, height, (0.25, 0.5, 0.75, 0.75)).maps().text[0]
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    pixel = 1 + max(size) / SIZE  # the frame knows no finer
    assert columns[0] == pytest.approx(0.25 * width, abs=pixel)
    assert columns[-1] + 1 == pytest.approx(0.75 * width, abs=pixel)
    assert rows[0] == pytest.approx(0.5 * height, abs=pixel)
    assert rows[-1] + 1 == pytest.approx(0.75 * height, abs=pixel)


def test_a_page_is_read_the_same_alone_and_in_company(reader):
    images = [noise(300, 200, seed) for seed in range(5)]
    alone = [reader.read(image) for image in images]
    together = reader.read_many(images, batch_size=3)
    for one, other in zip(alone, together, strict=True):
        np.testing.assert_allclose(one.text, other.text, atol=2e-2)  # bfloat16 sums in another order
        assert (one.colour == other.colour).mean() > 0.99
    assert not np.array_equal(alone[0].text, alone[1].text)


def test_same_file_same_bytes(reader, model_file):
    image, again = noise(300, 200), Reader.load(model_file)
    assert again.digest == reader.digest
    assert again.read(image).text.tobytes() == reader.read(image).text.tobytes()


def test_no_images_no_readings(reader):
    assert reader.read_many([]) == []


def test_only_whole_model_files_load(tmp_path, model_file):
    with pytest.raises(UserError, match="does not exist"):
        Reader.load(tmp_path / "absent.safetensors")
    half = tmp_path / "half.safetensors"
    half.write_bytes(model_file.read_bytes()[:-100])
    with pytest.raises(UserError):
        Reader.load(half)
    pickled = tmp_path / "pickle.safetensors"
    pickled.write_bytes(b"\x80\x04cos\nsystem\n(S'echo owned'\ntR.")
    with pytest.raises(UserError):
        Reader.load(pickled)


def test_a_file_of_another_version_is_refused(tmp_path, model_file):
    old = load_model(model_file)
    for name, tensors, settings in (
        ("tensors", dict(list(old.tensors.items())[1:]), old.config),
        ("config", old.tensors, old.config | {"depth": 3}),
    ):
        path = tmp_path / f"{name}.safetensors"
        save_model(path, tensors, "encoder", settings, {})
        with pytest.raises(UserError, match="another version"):
            Reader.load(path)


@pytest.mark.parametrize("size", [(800, 460), (1, 1), (2000, 30)])
def test_overlay_has_room_for_its_legend(size):
    picture = overlay(Image.new("RGB", size, "white"), drawn(*size, (0.1, 0.1, 0.9, 0.9)))
    assert picture.width >= 480
    assert picture.height > size[1]


def test_overlay_marks_text_and_leaves_the_rest():
    page = Image.new("RGB", (800, 460), "white")
    picture = np.asarray(overlay(page, drawn(800, 460, (0.25, 0.25, 0.75, 0.75)))).astype(int)
    assert picture[230, 400, 0] - picture[230, 400, 1] > 40  # magenta on white
    assert np.ptp(picture[20, 20]) == 0  # untinted
