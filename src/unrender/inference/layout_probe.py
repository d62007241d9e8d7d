"""Read section layouts with the shipped network in a process of its own; say how long it took and what came out.

`python -m unrender.inference.layout_probe MODEL FOLDER` prints {"digest", "seconds"}; the folder holds examples.
"""

import hashlib
import json
import sys
import time
from pathlib import Path

from unrender.config import run_stage


def main() -> None:
    """Each page once, one at a time, from its two files to its reading; the first one, read before, warms up."""
    from unrender.inference.document_files import load_document
    from unrender.inference.layout_reader import LayoutReader
    from unrender.render.screenshot import open_screenshot

    model, folder = map(Path, sys.argv[1:])
    reader = LayoutReader.load(model)
    pages = sorted(path.parent for path in folder.rglob("structure.json"))
    seconds, digest = [], hashlib.sha256()
    for page in [pages[0], *pages]:
        tick = time.perf_counter()
        picture = open_screenshot(page / "screenshot.png").picture
        said = reader.read(picture, load_document(page / "structure.json"))
        seconds.append(time.perf_counter() - tick)
        for array in (said.kinds, said.owners, said.boxes):
            digest.update(array.tobytes())
    print(json.dumps({"digest": digest.hexdigest(), "seconds": seconds[1:]}))


if __name__ == "__main__":
    run_stage(main)
