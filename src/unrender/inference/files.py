"""Which image files to read, and where each one's output goes."""

from collections import Counter
from pathlib import Path

from unrender.config import UserError

RECORD = "reading.json"  # written last into a reading's folder, which is then renamed into place
CODE_RECORD = "code.json"  # written first into a code's folder, and again, whole, when everything else is there
PARTIAL = ".partial"  # ends the name of a folder that is being written
SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".webp", ".bmp", ".gif", ".tif", ".tiff", ".ppm", ".avif"})


def find_images(source: Path) -> list[Path]:
    """The file itself, or every image file below a folder, sorted; what earlier runs wrote is left out.

    UserError when there is none.
    """
    if source.is_file():
        return [source]
    if not source.is_dir():
        raise UserError(f"{source}: no such file or folder")
    images = (path for path in source.rglob("*") if path.suffix.lower() in SUFFIXES and path.is_file())
    found = sorted(path for path in images if not written_here(path.parent))
    if not found:
        raise UserError(f"{source} holds no image file ({', '.join(sorted(SUFFIXES))})")
    return found


def written_here(folder: Path) -> bool:
    """Whether a reading or a code of an earlier run is in a folder."""
    return folder.name.endswith(PARTIAL) or any((folder / record).exists() for record in (RECORD, CODE_RECORD))


def output_folders(files: list[Path], source: Path, out: Path) -> list[Path]:
    """out/sub/page for source/sub/page.png; the suffix stays where two files would otherwise share a folder, or one's
    would hold another's.

    UserError where a folder would hold one of the files themselves, or is a file: it may be written over.
    """
    root = source if source.is_dir() else source.parent
    inside = [path.relative_to(root) for path in files]
    stems = Counter(path.with_suffix("") for path in inside)
    stems.update({parent for path in inside for parent in path.parents})
    folders = [out / (path.with_suffix("") if stems[path.with_suffix("")] == 1 else path) for path in inside]
    holding = {parent for path in files for parent in path.resolve().parents}
    for path, folder in zip(files, folders, strict=True):
        if folder.is_file() or folder.resolve() in holding:
            raise UserError(f"{folder}, where {path} would go, is {_taken(folder)}; choose another --out")
    return folders


def _taken(folder: Path) -> str:
    return "a file" if folder.is_file() else "a folder of files to read"
