"""The command `unrender`. Heavy imports live inside the commands, so that `--help` answers at once."""

import shutil
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from unrender.config import UserError, project_root

if TYPE_CHECKING:
    from unrender.inference.batch import Outcome

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)


@app.callback()
def about() -> None:
    """Read pixels back into designs."""


@app.command()
def read(
    source: Annotated[Path, typer.Argument(metavar="IMAGE|FOLDER", help="A screenshot, or a folder of them.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="Where each page gets a folder of its own.")],
    model: Annotated[
        Path | None,
        typer.Option(help="An encoder. [default: models/encoder.safetensors]"),
    ] = None,
    batch_size: Annotated[int, typer.Option(min=1, help="Pages read at once.")] = 8,
) -> None:
    """Structure maps, brief, grammar and an overlay of each screenshot.

    Run it again to continue: finished pages are skipped. The abstractor is expected beside the encoder.
    """
    from unrender.inference.files import find_images, output_folders

    files = find_images(source)  # before torch, which takes seconds to load
    make_folder(out)
    from unrender.inference.batch import Outcome, read_files
    from unrender.inference.reader import Reader
    from unrender.progress import counted

    encoder = model or project_root() / "models/encoder.safetensors"
    abstractor = encoder.with_name("abstractor.safetensors")
    reader = Reader.load(encoder, abstractor if abstractor.exists() else None)
    if reader.interpreter is None:
        print(f"{abstractor} does not exist, so brief and grammar are left out.", file=sys.stderr)
    outcome, targets = Outcome(), output_folders(files, source, out)
    work = counted(read_files(reader, files, targets, outcome, batch_size), len(files), "reading")
    finish(work, outcome, out)


@app.command()
def layout(
    source: Annotated[
        Path, typer.Argument(metavar="IMAGE|PAGE.html|FOLDER", help="A screenshot, an HTML file, or a folder of pages.")
    ],
    document: Annotated[
        Path | None, typer.Argument(metavar="DOM.json", help="The screenshot's document, as structure.json has it.")
    ] = None,
    *,
    out: Annotated[Path, typer.Option("--out", "-o", help="Where each page gets a folder of its own.")],
    model: Annotated[
        Path | None, typer.Option(help="A reader of layouts. [default: models/layout.safetensors]")
    ] = None,
) -> None:
    """The section tree of each page: layout.json, and wireframe.png over the screenshot.

    In a folder a page is name.png with name.json, screenshot.png with structure.json, or an HTML file, which our own
    engine renders. Run it again to continue: finished pages are skipped.
    """
    from unrender.inference.layout_files import find_pages, page_folders

    pages, alone = find_pages(source, document)  # before torch, which takes seconds to load
    targets = page_folders(pages, source, out)
    make_folder(out)
    if alone:
        print(f"Left out, for want of a document beside them: {', '.join(map(str, alone))}", file=sys.stderr)
    from unrender.inference.batch import Outcome
    from unrender.inference.layout_batch import lay_out_pages
    from unrender.inference.layout_reader import LayoutReader
    from unrender.progress import counted

    reader = LayoutReader.load(model or project_root() / "models/layout.safetensors")
    outcome = Outcome()
    finish(counted(lay_out_pages(reader, pages, targets, outcome), len(pages), "laying out"), outcome, out)


@app.command()
def code(
    source: Annotated[Path, typer.Argument(metavar="IMAGE|FOLDER", help="A screenshot, or a folder of them.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="Where each page gets a folder of its own.")],
    model: Annotated[Path | None, typer.Option(help="A coder. [default: models/coder.safetensors]")] = None,
    beam: Annotated[int, typer.Option(min=1, help="Codes kept while searching; 1 is quickest.")] = 1,
    gif: Annotated[bool, typer.Option(help="Write attention.gif, too.")] = True,
) -> None:
    """The code of each screenshot: code.gui, its page.html, preview.png, and attention.gif: where each word was seen.

    Run it again to continue: finished pages are skipped.
    """
    from unrender.inference.files import find_images, output_folders

    files = find_images(source)  # before torch, which takes seconds to load
    targets = output_folders(files, source, out)
    make_folder(out)
    from unrender.inference.batch import Outcome
    from unrender.inference.code_batch import write_codes
    from unrender.inference.code_reader import CodeReader
    from unrender.models.code_writing import Search
    from unrender.progress import counted

    reader = CodeReader.load(model or project_root() / "models/coder.safetensors", Search(beam=beam))
    outcome = Outcome()
    work = write_codes(reader, files, targets, outcome, gif=gif)
    finish(counted(work, len(files), "writing"), outcome, out)


Goal = Annotated[str | None, typer.Option(help="sell, event, inform, signup, showcase or compare.")]
Format = Annotated[str | None, typer.Option(help="poster, social, banner or page.")]
Tone = Annotated[float | None, typer.Option(min=0, max=1, help="0 calm to 1 energetic.")]
Models = Annotated[Path | None, typer.Option(help="Folder of the model files. [default: models]")]


@app.command()
def draw(
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for the pages and their contact sheet.")],
    goal: Goal = None,
    format: Format = None,
    tone: Tone = None,
    count: Annotated[int, typer.Option("-n", min=1, help="How many pages.")] = 8,
    seed: Annotated[int, typer.Option(min=0, help="The same seed draws the same pages.")] = 0,
    models: Models = None,
) -> None:
    """Draw new pages from a brief; what is left out, the decoder chooses."""
    _require_words(goal=goal, format=format)
    make_folder(out)
    from unrender.evaluation.drawing import Artist, Ask
    from unrender.inference.gallery import save_drawn

    folder = models or project_root() / "models"
    artist = Artist.load(folder / "decoder.safetensors", folder / "refiner.safetensors")
    sheet = save_drawn(artist, [Ask(goal, format, tone)] * count, seed, out)
    print(f"{count} drawn -> {sheet}")


def _require_words(**words: str | None) -> None:
    from unrender.design.brief import number_of

    for name, word in words.items():
        try:
            word is None or number_of(name, word)
        except ValueError as error:
            raise UserError(f"--{error}") from None


@app.command()
def innovate(
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for the pages, before and after, and their scores.")],
    goal: Goal = None,
    format: Format = None,
    tone: Tone = None,
    count: Annotated[int, typer.Option("-n", min=1, help="How many pages.")] = 4,
    seed: Annotated[int, typer.Option(min=0, help="The same seed finds the same pages.")] = 0,
    steps: Annotated[int, typer.Option(min=1, help="Steps of the search.")] = 24,
    models: Models = None,
) -> None:
    """Draw pages and search for better put together ones, with the way there as an animation.

    Run it again to continue: pages that were found are kept until all are written.
    """
    _require_words(goal=goal, format=format)
    make_folder(out)
    from unrender.evaluation.drawing import Ask
    from unrender.evaluation.searching import READ, Innovator
    from unrender.inference.innovations import innovations, save_innovations
    from unrender.training.fingerprint import fingerprint
    from unrender.training.latent_search import Config

    folder, config = models or project_root() / "models", Config(steps=steps)
    innovator, asks = Innovator.load(folder, config), [Ask(goal, format, tone)] * count
    asked = {"brief": [goal, format, tone], "count": count, "seed": seed, "search": config.model_dump()}
    mark = fingerprint(asked, [folder / f"{name}.safetensors" for name in READ])
    unfinished = out / ".unfinished" / mark
    found = innovations(innovator, asks, seed, unfinished)
    sheet = save_innovations(found, asks, seed, out)
    shutil.rmtree(unfinished)
    if not any(unfinished.parent.iterdir()):  # other searches may be unfinished there
        unfinished.parent.rmdir()
    mean = found.scores.mean(2)
    print(f"{count} pages, predicted grammar {mean[0].mean():.3f} -> {mean[-1].mean():.3f} -> {sheet}")


@app.command()
def export(
    out: Annotated[Path, typer.Argument(help="Folder for the example folders, one below each split.")],
    split: Annotated[str | None, typer.Option(help="train, val, test ... [default: all of them]")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="At most so many rows of each split.")] = None,
    dataset: Annotated[Path | None, typer.Option(help="Which dataset. [default: data/dataset]")] = None,
) -> None:
    """Write the dataset as example folders: screenshot.png, structure.json and layout.json of each page.

    They can be imported again with data.source: examples.
    """
    from itertools import islice

    from unrender.data import shards
    from unrender.data.examples.exporting import COLUMNS, export
    from unrender.progress import counted

    source = dataset or project_root() / "data/dataset"
    written = skipped = 0
    for name in [split] if split else shards.known_splits(source):
        shards.shard_paths(source, name)  # a split that is not there is named before any folder is made
        make_folder(out)
        count = shards.read_manifest(source)["splits"][name]["rows"]
        count = min(count, limit or count)
        rows = islice(shards.iterate(source, name, COLUMNS), count)
        done = export(out, counted(rows, count, name))
        written, skipped = written + done.written, skipped + done.skipped
    without = f", {skipped} skipped for want of a document or a layout" if skipped else ""
    print(f"{written} exported{without} -> {out}")


@app.command()
def gate() -> None:
    """Print the readiness verdict; exit 1 unless READY."""
    from unrender.evaluation.readiness.verdict import VERDICT, load_verdict, table

    verdict = load_verdict(project_root() / VERDICT)
    print(table(verdict))
    raise typer.Exit(0 if verdict.ready else 1)


def finish(work: Iterable[Path], outcome: "Outcome", out: Path) -> None:
    """Do the work, then say what was found and what failed; exit 1 if anything did, 130 when interrupted."""
    try:
        for _ in work:
            pass
    except KeyboardInterrupt:
        print(f"error: interrupted after {outcome.read} pages. Run it again to continue.", file=sys.stderr)
        raise typer.Exit(130) from None
    for path, meaning in outcome.meanings.items():
        print(f"{path.name}: {meaning}")
    for message in outcome.failed.values():
        print(f"error: {message}", file=sys.stderr)
    print(f"{outcome.read} read, {outcome.skipped} already done, {len(outcome.failed)} failed -> {out}")
    if outcome.failed:
        raise typer.Exit(1)


def make_folder(path: Path) -> None:
    """UserError when the folder can neither be found nor made."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"{path} cannot be used as a folder: {error.strerror}") from None


def main() -> None:
    """Entry point: what the user can mend is one sentence and exit code 2."""
    from unrender.config import run_stage

    run_stage(app)


if __name__ == "__main__":
    main()
