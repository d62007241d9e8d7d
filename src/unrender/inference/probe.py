"""Read pages with the shipped model in a process of its own, and say how long it took and what came out.

`python -m unrender.inference.probe MODEL FOLDER` prints {"digest", "seconds", "start_seconds"}.
"""

import hashlib
import json
import sys
import time
from pathlib import Path

from unrender.config import run_stage
from unrender.inference.files import find_images


def main() -> None:
    """Each page once, one at a time, from the file to the maps at its own size; the first read warms up."""
    began = time.perf_counter()
    from unrender.inference.reader import Reader
    from unrender.render.screenshot import open_screenshot

    model, folder = map(Path, sys.argv[1:])
    reader, files = Reader.load(model), find_images(folder)
    reader.read(open_screenshot(files[0]).picture)
    started, seconds, digest = time.perf_counter() - began, [], hashlib.sha256()
    for path in files:
        tick = time.perf_counter()
        maps = reader.read(open_screenshot(path).picture).maps()
        seconds.append(time.perf_counter() - tick)
        for array in (maps.text, maps.image, maps.colour, maps.hierarchy):
            digest.update(array.tobytes())
    print(json.dumps({"digest": digest.hexdigest(), "seconds": seconds, "start_seconds": started}))


if __name__ == "__main__":
    run_stage(main)
