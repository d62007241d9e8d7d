"""Which image files to read, and where each one's output goes."""

from collections import Counter
from pathlib import Path

from unrender.config import UserError

RECORD = "reading.json"  # written last into a reading's folder, which is then renamed into place
PARTIAL = ".partial"  # ends the name of a folder that is being written
SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".webp", ".bmp", ".gif", ".tif", ".tiff", ".ppm", ".avif"})


def find_images(source: Path) -> list[Path]:
    """The file itself, or every image file below a folder, sorted; readings of earlier runs are left out.

    UserError when there is none.
    """
    if source.is_file():
        return [source]
    if not source.is_dir():
        raise UserError(f"{source}: no such file or folder")
    images = (path for path in source.rglob("*") if path.suffix.lower() in SUFFIXES and path.is_file())
    found = sorted(path for path in images if not _written_here(path.parent))
    if not found:
        raise UserError(f"{source} holds no image file ({', '.join(sorted(SUFFIXES))})")
    return found


def _written_here(folder: Path) -> bool:
    return folder.name.endswith(PARTIAL) or (folder / RECORD).exists()


def output_folders(files: list[Path], source: Path, out: Path) -> list[Path]:
    """out/sub/page for source/sub/page.png; the suffix stays where two files would otherwise share a folder."""
    root = source if source.is_dir() else source.parent
    inside = [path.relative_to(root) for path in files]
    stems = Counter(path.with_suffix("") for path in inside)
    return [out / (path.with_suffix("") if stems[path.with_suffix("")] == 1 else path) for path in inside]
