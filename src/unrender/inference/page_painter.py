"""Lay out and paint one foreign page in a process of its own, because the engine can hang or panic on it.

`python -m unrender.inference.page_painter WIDTH MAX_HEIGHT SECONDS MEMORY` reads HTML from standard input and writes
one line of JSON, {"structure", "boxes", "width", "height"} or {"error"}, and then the picture's RGB bytes.
"""

import json
import re
import resource
import sys

import numpy as np
from jaxtyping import Float, UInt8

from unrender.config import UserError
from unrender.inference.document_files import MAX_DEPTH, MAX_NODES, TOO_DEEP, TOO_MANY
from unrender.inference.markup import parse_html
from unrender.inference.web_markup import VIEW_HEIGHT, Listed, listed, mark, renderable, structure
from unrender.inference.web_styles import Styles
from unrender.render.engine import Box

_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w.:-]{1,40})", re.IGNORECASE)
THREADS = 8
"""Of the engine, at most: a backstop on processor time, for a process whose parent was killed, allows for them."""


def main() -> None:
    """One page, within the limits."""
    width, tallest, seconds, memory = map(int, sys.argv[1:])
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds * THREADS, seconds * THREADS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        found, pixels = painted(sys.stdin.buffer.read(), width, tallest)
    except UserError as error:
        found, pixels = {"error": str(error)}, b""
    sys.stdout.buffer.write(json.dumps(found).encode() + b"\n" + pixels)


def painted(content: bytes, width: int, tallest: int) -> tuple[dict, bytes]:
    """The header and the RGB bytes. UserError, without the file's name, for what is no page or too large a one."""
    from unrender.render import engines

    markup = parse_html(decoded(content))
    if not markup.tags:
        raise UserError("is not HTML: it has no tags")
    nodes = listed(markup)
    if len(nodes.elements) > MAX_NODES:
        raise UserError(TOO_MANY)
    if nodes.depth > MAX_DEPTH:
        raise UserError(TOO_DEEP)
    engine, html = engines.get("blitz"), renderable(markup, nodes)
    height = content_height(engine.open(html, width, VIEW_HEIGHT).boxes(), tallest)
    page = engine.open(html, width, height)
    reported = page.boxes()
    marked = engine.open(renderable(markup, nodes, marked=True), width, height)
    marks = seen(marked.paint(), len(nodes.elements))
    if marked.boxes() != reported:  # the marks moved something: what the engine says is the better guess
        marks[:] = np.nan
    boxes = trusted(nodes, reported, marks)
    if not np.isfinite(boxes[1:]).any() and not (nodes.elements[0].direct_text and np.isfinite(boxes[0]).all()):
        raise UserError("shows nothing: its body is empty or hidden")
    picture = np.ascontiguousarray(page.paint()[..., :3])
    header = {
        "structure": structure(nodes, Styles(markup.styles)),
        "boxes": [None if np.isnan(box).any() else box.tolist() for box in boxes],
        "width": picture.shape[1],
        "height": picture.shape[0],
    }
    return header, picture.tobytes()


def decoded(content: bytes) -> str:
    """Text in the encoding that the page names, else UTF-8, else Windows-1252. UserError for what is no text."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", "replace")
    if b"\0" in content[:1024]:
        raise UserError("is not HTML: it holds bytes of no text")
    named = _CHARSET.search(content[:2048])
    for encoding in (named[1].decode("ascii") if named else "utf-8", "utf-8"):
        try:
            return content.decode("utf-8-sig" if encoding.lower() in ("utf-8", "utf8") else encoding)
        except (UnicodeError, LookupError):
            continue
    return content.decode("cp1252", "replace")


def content_height(boxes: dict[str, Box], tallest: int) -> int:
    """CSS px that a page laid out in a window takes, at least 1."""
    lowest = max((top + height for _, top, _, height in boxes.values()), default=0)
    return int(np.clip(np.ceil(lowest), 1, tallest))


def seen(marks: UInt8[np.ndarray, "h w 4"], count: int) -> Float[np.ndarray, "n 4"]:
    """The box around the pixels that each node's own mark leaves visible; NaN where there are none.

    Only squares of 2 x 2 like pixels count: where a run of text begins within a pixel, its mark blends with another.
    """
    from scipy.ndimage import find_objects

    codes = marks[..., :3].astype(np.int32) @ np.array([65536, 256, 1], np.int32)
    corner = codes[:-1, :-1]
    even = (corner == codes[1:, :-1]) & (corner == codes[:-1, 1:]) & (corner == codes[1:, 1:])
    known = np.array([mark(place) for place in range(count)], np.int32)
    order = known.argsort()
    at = np.minimum(np.searchsorted(known, corner, sorter=order), count - 1)
    places = np.where(even & (known[order[at]] == corner), order[at] + 1, 0)
    found = np.full((count, 4), np.nan)
    for place, spot in enumerate(find_objects(places, max_label=count)):
        if spot is not None:
            rows, columns = spot
            found[place] = columns.start, rows.start, columns.stop - columns.start + 1, rows.stop - rows.start + 1
    return found


def trusted(nodes: Listed, reported: dict[str, Box], marks: Float[np.ndarray, "n 4"]) -> Float[np.ndarray, "n 4"]:
    """left, top, width, height of every node in CSS px; NaN where nothing is shown.

    The engine gives no size to inline elements, and misplaces those inside of anonymous blocks. There, the pixels of
    the node and of what lies in it count.
    """
    whole, parents = np.array(marks), np.array(nodes.parents)
    for place in range(len(parents) - 1, 0, -1):
        whole[parents[place]] = around(whole[parents[place]], whole[place])
    boxes = np.full(marks.shape, np.nan)
    for place, name in enumerate(nodes.ids):
        box = np.array(reported.get(name, (0, 0, 0, 0)), float)
        sized = box[2] > 0 and box[3] > 0
        if sized and (np.isnan(marks[place]).any() or inside(marks[place], box)):
            boxes[place] = box
        else:
            boxes[place] = whole[place]
    return boxes


def around(a: Float[np.ndarray, "4"], b: Float[np.ndarray, "4"]) -> Float[np.ndarray, "4"]:
    """The box around two; one that is NaN does not count."""
    low, high = np.fmin(a[:2], b[:2]), np.fmax(a[:2] + a[2:], b[:2] + b[2:])
    return np.concatenate([low, high - low])


def inside(mark: Float[np.ndarray, "4"], box: Float[np.ndarray, "4"]) -> bool:
    """Whether a box lies in another, to a pixel."""
    return bool((mark[:2] >= box[:2] - 1).all() and (mark[:2] + mark[2:] <= box[:2] + box[2:] + 1).all())


if __name__ == "__main__":
    main()
