"""The command `unrender`. Heavy imports live inside the commands, so that `--help` answers at once."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from unrender.config import UserError, project_root

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)


@app.callback()
def about() -> None:
    """Read pixels back into designs."""


@app.command()
def read(
    source: Annotated[Path, typer.Argument(metavar="IMAGE|FOLDER", help="A screenshot, or a folder of them.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="Where each page gets a folder of its own.")],
    model: Annotated[Path | None, typer.Option(help="A model file. [default: models/encoder.safetensors]")] = None,
    batch_size: Annotated[int, typer.Option(min=1, help="Pages read at once.")] = 8,
) -> None:
    """Structure maps and one overlay per screenshot. Run it again to continue: finished pages are skipped."""
    from unrender.inference.files import find_images, output_folders

    files = find_images(source)  # before torch, which takes seconds to load
    make_folder(out)
    from unrender.inference.batch import Outcome, read_files
    from unrender.inference.reader import Reader
    from unrender.progress import counted

    reader = Reader.load(model or project_root() / "models/encoder.safetensors")
    outcome, targets = Outcome(), output_folders(files, source, out)
    try:
        for _ in counted(read_files(reader, files, targets, outcome, batch_size), len(files), "reading"):
            pass
    except KeyboardInterrupt:
        print(f"error: interrupted after {outcome.read} pages. Run it again to continue.", file=sys.stderr)
        raise typer.Exit(130) from None
    for message in outcome.failed.values():
        print(f"error: {message}", file=sys.stderr)
    print(f"{outcome.read} read, {outcome.skipped} already done, {len(outcome.failed)} failed -> {out}")
    if outcome.failed:
        raise typer.Exit(1)


@app.command()
def gate() -> None:
    """Print the readiness verdict; exit 1 unless READY."""
    from unrender.evaluation.readiness.verdict import VERDICT, load_verdict, table

    verdict = load_verdict(project_root() / VERDICT)
    print(table(verdict))
    raise typer.Exit(0 if verdict.ready else 1)


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
