"""Which pages to lay out, where their documents are, and where each one's output goes."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from unrender.config import UserError
from unrender.inference.files import SUFFIXES, written_here

LAYOUT_RECORD = "layout_reading.json"
"""Written last, when everything else of a page is in its folder."""
PAGES = frozenset({".html", ".htm", ".xhtml"})
SCREENSHOT, STRUCTURE = "screenshot", "structure.json"


@dataclass(frozen=True)
class PageFiles:
    """A screenshot and its document; or an HTML file alone, which is both."""

    document: Path
    image: Path | None = None

    @property
    def path(self) -> Path:
        """What the page is called by."""
        return self.image or self.document

    @property
    def files(self) -> list[Path]:
        """All that the outcome depends on."""
        return [self.document] if self.image is None else [self.image, self.document]

    @property
    def is_example(self) -> bool:
        """Whether the page is a folder of its own: screenshot.png and structure.json."""
        return self.image is not None and self.document.name == STRUCTURE and self.image.stem == SCREENSHOT


def find_pages(source: Path, document: Path | None = None) -> tuple[list[PageFiles], list[Path]]:
    """One page, or all below a folder, sorted; and the images of the folder that have no document beside them.

    In a folder a page is `name.png` with `name.json`, `screenshot.png` with `structure.json`, or an HTML file. What
    earlier runs wrote is left out. UserError when there is none, or files were named in the wrong order.
    """
    if document is not None:
        return [_named(source, document)], []
    if source.is_file():
        if source.suffix.lower() not in PAGES:
            raise UserError(f"{source} needs its document: unrender layout {source.name} DOM.json -o OUT")
        return [PageFiles(source)], []
    if not source.is_dir():
        raise UserError(f"{source}: no such file or folder")
    pages, alone = _in_folder(source)
    if not pages:
        raise UserError(
            f"{source} holds no page: name.png with name.json, {SCREENSHOT}.png with {STRUCTURE}, or an HTML file"
        )
    return pages, alone


def _named(image: Path, document: Path) -> PageFiles:
    if image.is_dir() or image.suffix.lower() in PAGES:
        raise UserError(f"{image} brings its own document; leave out {document}")
    if image.suffix.lower() == ".json":
        raise UserError(f"{image} is named where the screenshot belongs: unrender layout IMAGE DOM.json")
    return PageFiles(document, image)


def _in_folder(source: Path) -> tuple[list[PageFiles], list[Path]]:
    found = sorted(path for path in source.rglob("*") if path.is_file() and not _written_here(path.parent))
    present, pages, alone = set(found), [], []
    for path in found:
        beside = path.with_name(STRUCTURE) if path.stem == SCREENSHOT else path.with_suffix(".json")
        if path.suffix.lower() in PAGES:
            pages.append(PageFiles(path))
        elif path.suffix.lower() in SUFFIXES:
            documents = [name for name in (beside, path.with_suffix(".json")) if name in present]
            pages += [PageFiles(name, path) for name in documents[:1]]
            alone += [path] * (not documents)
        elif path.name == STRUCTURE and not any(path.with_name(f"{SCREENSHOT}{end}") in present for end in SUFFIXES):
            pages.append(PageFiles(path, path.with_name(f"{SCREENSHOT}.png")))  # to be named as a page that fails
    return pages, alone


def _written_here(folder: Path) -> bool:
    return written_here(folder) or (folder / LAYOUT_RECORD).exists()


def page_folders(pages: list[PageFiles], source: Path, out: Path) -> list[Path]:
    """out/sub/page for source/sub/page.png, page.html and the example folder source/sub/page; the whole name where two
    would otherwise share a folder.

    UserError where that is the page's own folder, whose layout.json may be a label.
    """
    root = source if source.is_dir() else source.parent
    whole = [page.path.relative_to(root) for page in pages]
    short = [_short(page, name, root) for page, name in zip(pages, whole, strict=True)]
    count = Counter(short)
    folders = [out / (name if count[name] == 1 else full) for name, full in zip(short, whole, strict=True)]
    for page, folder in zip(pages, folders, strict=True):
        if folder.resolve() == page.path.parent.resolve():
            raise UserError(
                f"{folder} is the folder of {page.path} itself, and would be written over; choose another --out"
            )
    return folders


def _short(page: PageFiles, name: Path, root: Path) -> Path:
    if not page.is_example:
        return name.with_suffix("")
    return name.parent if name.parent != Path() else Path(root.resolve().name)
