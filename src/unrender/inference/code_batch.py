"""Write the code of one screenshot or a folder of them: resumable, and one bad file never stops the rest."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from unrender.artifacts import atomic_path, write_json
from unrender.config import UserError
from unrender.inference.attention import save_attention
from unrender.inference.batch import Job, Outcome, batches, file_digest
from unrender.inference.code_reader import CodeReader, PageCode
from unrender.inference.files import CODE_RECORD
from unrender.inference.preview import preview

CODE, PAGE, PREVIEW, ATTENTION = "code.gui", "page.html", "preview.png", "attention.gif"


def write_codes(
    reader: CodeReader, files: Sequence[Path], targets: Sequence[Path], outcome: Outcome, *, gif: bool = True
) -> Iterator[Path]:
    """Write the code of every file, and what comes of it, into the folder at the same position; yield each file once it
    is read, skipped or given up.

    A folder that already holds the code of the same bytes by the same weights and search is left alone.
    """
    stamp = {"model": reader.digest, "search": reader.search.model_dump(), "gif": gif}
    for some, jobs in batches(files, targets, outcome, CODE_RECORD, stamp, size=1):
        for job in jobs:
            try:
                outcome.meanings[job.path] = write_code(reader, job, stamp)
                outcome.read += 1
            except UserError as error:
                outcome.failed[job.path] = str(error)
        yield from some


def write_code(reader: CodeReader, job: Job, stamp: dict) -> str:
    """Write the code of one screenshot, and what comes of it; say what was found. UserError where a file is in the way
    of the folder."""
    code = reader.read(job.shot.picture)
    target = job.target
    try:
        target.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError):
        raise UserError(f"{target} cannot be used as a folder: a file is in the way. Choose another --out") from None
    record = {"file": job.path.name, "sha256": file_digest(job.path)}
    write_json(target / CODE_RECORD, record)  # names the folder as ours; without the stamp, as one to do again
    for name, text in ((CODE, code.text), (PAGE, code.page.html)):
        with atomic_path(target / name) as aside:
            aside.write_text(text, encoding="utf-8")
    with atomic_path(target / PREVIEW) as aside:
        preview(code.page, code.canvas, job.shot.width).save(aside)
    (target / ATTENTION).unlink(missing_ok=True)
    if stamp["gif"]:
        with atomic_path(target / ATTENTION) as aside:
            save_attention(aside, job.shot.picture, code.written, reader.language.automaton)
    write_json(target / CODE_RECORD, record | stamp | about(code, reader))
    return summary(code)


def about(code: PageCode, reader: CodeReader) -> dict:
    """`confidence`: the geometric mean of the probabilities of what was chosen."""
    return {
        "language": reader.language.name,
        "words": len(code.written.words),
        "choices": len(code.written.chosen),
        "confidence": float(np.exp(code.written.confidence)),
        "width": code.canvas[0],
        "least_height": code.canvas[1],
    }


def summary(code: PageCode) -> str:
    """'87 words, 41 of them chosen, at 98 % on average'."""
    written = code.written
    share = np.exp(written.confidence)
    return f"{len(written.words)} words, {len(written.chosen)} of them chosen, at {share:.0%} on average"
