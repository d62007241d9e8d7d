"""Every kind of image file becomes RGB of the right size and colour, or one clear sentence."""

import io

import numpy as np
import pytest
from PIL import Image

from unrender.config import UserError
from unrender.evaluation.readiness.awkward import png_claiming
from unrender.render import screenshot
from unrender.render.screenshot import MAX_SIDE, open_screenshot, to_rgb

RED = (255, 0, 0)


@pytest.fixture
def save(tmp_path):
    def write(image: Image.Image, suffix: str = "png", **options):
        path = tmp_path / f"page.{suffix}"
        image.save(path, **options)
        return path

    return write


def middle(image: Image.Image) -> tuple[int, ...]:
    assert image.mode == "RGB"
    return tuple(np.asarray(image)[image.height // 2, image.width // 2].tolist())


def near(a, b, by=3) -> bool:
    return all(abs(x - y) <= by for x, y in zip(a, b, strict=True))


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "P", "CMYK", "YCbCr", "HSV"])
def test_red_stays_red_in_every_mode(mode):
    assert near(middle(to_rgb(Image.new("RGB", (8, 6), RED).convert(mode))), RED)


@pytest.mark.parametrize(("mode", "white"), [("L", 255), ("1", 1), ("I;16", 65535), ("I", 65535), ("F", 1.0)])
def test_white_stays_white_in_grey_modes(mode, white):
    assert middle(to_rgb(Image.new(mode, (8, 6), white))) == (255, 255, 255)


def test_sixteen_bits_keep_their_shade(save):
    path = save(Image.fromarray(np.full((6, 8), 32896, np.uint16)))
    assert middle(open_screenshot(path).picture) == (128, 128, 128)


def test_transparency_lies_on_white():
    assert middle(to_rgb(Image.new("RGBA", (8, 6), (0, 0, 0, 0)))) == (255, 255, 255)
    assert near(middle(to_rgb(Image.new("LA", (8, 6), (0, 128)))), (127, 127, 127))
    half = Image.new("P", (8, 6), 0)
    half.putpalette([10, 20, 30])
    half.info["transparency"] = 0
    assert middle(to_rgb(half)) == (255, 255, 255)


def test_exif_orientation_turns_the_page(save):
    image = Image.new("RGB", (40, 20), "white")
    image.paste(RED, (0, 0, 20, 20))
    exif = Image.Exif()
    exif[0x0112] = 6  # to be shown a quarter turn clockwise
    shot = open_screenshot(save(image, "jpg", exif=exif, quality=95))
    assert (shot.width, shot.height) == (20, 40)
    assert shot.picture.size == (20, 40)
    assert near(shot.picture.getpixel((10, 5)), RED, by=8)  # left has become top


@pytest.mark.parametrize("suffix", ["png", "jpg", "webp", "bmp", "gif", "tiff"])
def test_common_formats_open(save, suffix):
    shot = open_screenshot(save(Image.new("RGB", (33, 21), RED), suffix))
    assert shot.picture.size == (33, 21)
    assert near(middle(shot.picture), RED, by=8)


@pytest.mark.parametrize(
    ("mode", "suffix"), [("RGB", "png"), ("P", "png"), ("L", "png"), ("RGB", "jpg"), ("RGBA", "png")]
)
def test_large_pages_are_shrunk_but_keep_their_size_on_record(save, mode, suffix):
    shot = open_screenshot(save(Image.new(mode, (3 * MAX_SIDE, 300)), suffix))
    assert (shot.width, shot.height) == (3 * MAX_SIDE, 300)
    assert max(shot.picture.size) <= MAX_SIDE
    assert shot.picture.width / shot.picture.height == pytest.approx(shot.width / shot.height, rel=0.02)


def whole() -> bytes:
    file = io.BytesIO()
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)).save(file, "PNG")
    return file.getvalue()


BAD = {
    "empty": (b"", "not an image"),
    "text": (b"hello", "not an image"),
    "truncated": (whole()[:5000], "damaged"),
    "wrong checksum": (whole()[:40] + b"\0\0\0\0" + whole()[44:], "damaged|not an image"),
    "bomb": (png_claiming(60_000, 60_000), "60000 x 60000"),
    "no pixels": (png_claiming(10, 10), "damaged|not an image"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_files_are_refused_in_one_sentence(tmp_path, name):
    content, reason = BAD[name]
    path = tmp_path / "bad.png"
    path.write_bytes(content)
    with pytest.raises(UserError, match=reason) as error:
        open_screenshot(path)
    assert str(path) in str(error.value)
    assert "\n" not in str(error.value)


def test_missing_files_and_folders_are_named(tmp_path):
    with pytest.raises(UserError, match="no such file"):
        open_screenshot(tmp_path / "absent.png")
    with pytest.raises(UserError, match="folder"):
        open_screenshot(tmp_path)


def test_pillows_own_limit_is_restored(save):
    before = Image.MAX_IMAGE_PIXELS
    assert before is not None and before < screenshot.MAX_PIXELS
    open_screenshot(save(Image.new("RGB", (5, 5))))
    assert before == Image.MAX_IMAGE_PIXELS
