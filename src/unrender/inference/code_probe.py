"""Write codes with the shipped coder in a process of its own; say how long it took and what came out.

`python -m unrender.inference.code_probe MODEL FOLDER` prints {"digest", "seconds", "beam_seconds"}.
"""

import hashlib
import json
import sys
import time
from pathlib import Path

from unrender.config import run_stage
from unrender.inference.files import find_images

BEAM = 5


def main() -> None:
    """Each screenshot once greedily and once with a beam, one at a time, from the file to its HTML; the first one, read
    before, warms up."""
    from unrender.inference.code_reader import CodeReader
    from unrender.models.code_writing import Search
    from unrender.render.screenshot import open_screenshot

    model, folder = map(Path, sys.argv[1:])
    readers = {name: CodeReader.load(model, Search(beam=beam)) for name, beam in (("", 1), ("beam_", BEAM))}
    files, digest = find_images(folder), hashlib.sha256()
    seconds: dict[str, list[float]] = {f"{name}seconds": [] for name in readers}
    for path in [files[0], *files]:
        for name, reader in readers.items():
            tick = time.perf_counter()
            code = reader.read(open_screenshot(path).picture)
            seconds[f"{name}seconds"].append(time.perf_counter() - tick)
            digest.update(code.page.html.encode() + code.text.encode() + code.written.looks.numpy().tobytes())
    print(json.dumps({"digest": digest.hexdigest()} | {name: found[1:] for name, found in seconds.items()}))


if __name__ == "__main__":
    run_stage(main)
