"""Input that every reader meets sooner or later: blank, tiny, huge, damaged, not an image at all."""

import json
import struct
import zlib
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from unrender.evaluation.readiness.verdict import Check

READABLE, REFUSED = "read", "refused"
BLANK = ("blank_white", "blank_dark")


def make(folder: Path) -> dict[str, str]:
    """Write the files; return what must become of each, by name without suffix."""
    folder.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (1280, 800), "white").save(folder / "blank_white.png")
    Image.new("RGB", (1280, 800), (16, 20, 32)).save(folder / "blank_dark.png")
    Image.new("RGB", (1, 1), "red").save(folder / "tiny.png")
    Image.new("RGB", (3000, 2), "navy").save(folder / "sliver.png")
    Image.new("RGBA", (300, 200), (0, 0, 0, 0)).save(folder / "transparent.png")
    Image.fromarray(np.full((200, 300), 40000, np.uint16)).save(folder / "sixteen_bit.png")
    _huge().save(folder / "huge.png", compress_level=1)
    whole = (folder / "blank_white.png").read_bytes()
    (folder / "truncated.png").write_bytes(_noise_png()[:-4000])
    (folder / "flipped_bytes.png").write_bytes(whole[:60] + bytes(255 - b for b in whole[60:]))
    (folder / "empty.png").write_bytes(b"")
    (folder / "text.png").write_text("this is no image\n")
    (folder / "bomb.png").write_bytes(png_claiming(60_000, 60_000))
    refused = dict.fromkeys(("truncated", "flipped_bytes", "empty", "text", "bomb"), REFUSED)
    return {path.stem: READABLE for path in folder.glob("*.png")} | refused


def judge(expected: dict[str, str], out: Path, code: int, errors: str, blank_marked: float) -> list[Check]:
    """What `unrender read` on the folder must have done: the good ones read, the bad ones named, exit code 1."""
    written = ("reading.json", "overlay.png")
    return [
        *read_or_refused(expected, out, code, errors, written),
        *[_blank(name, out, blank_marked) for name in BLANK],
    ]


def read_or_refused(
    expected: dict[str, str], out: Path, code: int, errors: str, written: tuple[str, ...], group: str = "input"
) -> list[Check]:
    """What any command on the folder must have done: all of `written` for the good ones, the bad ones named, exit code
    1. The checks' names begin with `group`."""
    return [
        *[_one(f"{group}.{name}", name, what, out, errors, written) for name, what in sorted(expected.items())],
        Check(f"{group}.exit_code", code == 1, "exit code 1 when some files are refused", float(code)),
        Check(f"{group}.no_traceback", "Traceback" not in errors, "no traceback on standard error"),
    ]


def _one(check: str, name: str, what: str, out: Path, errors: str, wanted: tuple[str, ...]) -> Check:
    written = all((out / name / file).is_file() for file in wanted)
    named = any(f"{name}.png" in line and line.startswith("error:") for line in errors.splitlines())
    if what == READABLE:
        return Check(check, written and not named, "is read", READABLE if written else REFUSED)
    return Check(check, named and not written, "is refused by name", REFUSED if named else "not named")


def _blank(name: str, out: Path, limit: float) -> Check:
    path = out / name / "reading.json"
    if not path.is_file():
        return Check(f"input.{name}_marked", False, "a blank page is read", "no reading")
    found = json.loads(path.read_text())
    share = found["text"]["share"] + found["image"]["share"]
    return Check(f"input.{name}_marked", share <= limit, f"at most {limit:g} of a blank page is marked", share)


def _huge() -> Image.Image:
    image = Image.new("RGB", (20_000, 10_000), "white")
    draw = ImageDraw.Draw(image)
    for i in range(40):
        draw.rectangle((1000, 240 * i + 200, 9000, 240 * i + 320), fill=(30, 30, 40))
    draw.rectangle((11_000, 1000, 19_000, 9000), fill=(40, 120, 200))
    return image


def _noise_png() -> bytes:
    """A picture that does not compress, so that cutting its end cuts its pixels."""
    import io

    file = io.BytesIO()
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (96, 96, 3), np.uint8)).save(file, "PNG")
    return file.getvalue()


def png_claiming(width: int, height: int) -> bytes:
    """A PNG of a few bytes whose header claims width x height pixels."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(b"")), (b"IEND", b""))
    body = b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )
    return b"\x89PNG\r\n\x1a\n" + body
