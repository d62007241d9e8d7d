"""Where the coder looked for every word it chose: the page with a glow on it and the word below, as an animation."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from jaxtyping import Float, UInt8
from PIL import Image, ImageDraw

from unrender.design.automaton import END, Automaton
from unrender.evaluation.pictures import font, heat
from unrender.models.code_writing import Written
from unrender.models.coder import GRID
from unrender.render.frame import SIZE, Placement, place

SIDE = 400
"""Pixels of the longer side of the page."""
NARROWEST, STRIP, MARGIN = 320, 64, 12
"""Pixels: least width of a picture, height of the words below the page, and what is left free around them."""
BIG, SMALL = 18, 12
MILLISECONDS, LAST = 260, 2000
"""A picture is shown for."""
COLOURS, LEVELS, GREYS = 28, 8, 16
"""Of the page, of the glow, of the words: all pictures share one palette, so that only what changes is stored."""
DIM = 0.42
"""Of the page's light, where the coder does not look."""
TINT = 0.5
"""Of a warm colour, where it looks most; what it looks at stays legible."""


def save_attention(path: Path, picture: Image.Image, written: Written, automaton: Automaton) -> None:
    """Write a GIF with one picture per choice. The same arguments give the same bytes."""
    at = place(*picture.size)
    shown = place(*picture.size, SIDE)
    page = picture.resize((shown.width, shown.height), Image.Resampling.LANCZOS, reducing_gap=3.0)
    page = page.quantize(COLOURS, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    palette = _palette(page)
    told = automaton.choices(written.words)
    frames = []
    for number, (word, _, spot) in enumerate(told):
        levels = glow(written.looks[number].numpy(), at, (shown.width, shown.height))
        words = caption(written.words[:spot], word, f"{number + 1} / {len(told)}", max(NARROWEST, shown.width))
        frames.append(_frame(np.asarray(page) + COLOURS * levels, words, palette))
    durations = [MILLISECONDS] * (len(frames) - 1) + [LAST]
    frames[0].save(path, "GIF", save_all=True, append_images=frames[1:], duration=durations, loop=0, optimize=True)


def glow(share: Float[np.ndarray, " n"], at: Placement, size: tuple[int, int]) -> UInt8[np.ndarray, "h w"]:
    """0 .. LEVELS - 1 on a page of `size` (width, height), from shares of attention over the places of a frame in which
    the page lies `at`. The highest level is that of the place most looked at. A network that does not look leaves 0."""
    if not share.size:
        return np.zeros(size[::-1], np.uint8)
    grid = Image.fromarray((share / share.max()).reshape(GRID).astype(np.float32))
    rows, columns = SIZE / GRID[0], SIZE / GRID[1]
    box = (at.left / columns, at.top / rows, (at.left + at.width) / columns, (at.top + at.height) / rows)
    smooth = np.asarray(grid.resize(size, Image.Resampling.BILINEAR, box))
    return (smooth.clip(0, 1) * (LEVELS - 1)).round().astype(np.uint8)


def caption(before: Sequence[str], word: str, count: str, width: int) -> UInt8[np.ndarray, "h w"]:
    """The word, how many there are, and as many of the words before it as fit; dark on 255."""
    strip = Image.new("L", (width, STRIP), 255)
    draw, room = ImageDraw.Draw(strip), width - 2 * MARGIN
    draw.text((MARGIN, MARGIN + BIG / 2), "the end" if word == END else word, 20, font(BIG), anchor="lm")
    draw.text((width - MARGIN, MARGIN + BIG / 2), count, 110, font(SMALL), anchor="rm")
    line = ""
    for earlier in reversed(before):
        longer = f"{earlier} {line}"
        if draw.textlength(longer, font(SMALL)) > room:
            break
        line = longer
    draw.text((MARGIN, STRIP - MARGIN - SMALL / 2), line, 110, font(SMALL), anchor="lm")
    return np.asarray(strip)


def _palette(page: Image.Image) -> list[int]:
    """The page's colours at every level of the glow, then greys."""
    found = np.array(page.getpalette() or [], float).reshape(-1, 3)
    colours = np.zeros((COLOURS, 3))
    colours[: min(len(found), COLOURS)] = found[:COLOURS]
    share = np.linspace(0, 1, LEVELS)
    light, tint = DIM + (1 - DIM) * share[:, None, None], TINT * share[:, None, None]
    warm = heat(0.55 + 0.35 * share[:, None]).astype(float)  # (LEVELS, 1, 3): red to yellow
    glowing = light * colours * (1 - tint) + warm * tint
    greys = np.linspace(0, 255, GREYS)[:, None].repeat(3, 1)
    return np.concatenate([glowing.reshape(-1, 3), greys]).round().astype(int).ravel().tolist()


def _frame(page: UInt8[np.ndarray, "h w"], words: UInt8[np.ndarray, "s v"], palette: list[int]) -> Image.Image:
    """The page, centred, above the words."""
    paper = COLOURS * LEVELS
    greys = paper + (words.astype(float) / 255 * (GREYS - 1)).round().astype(np.uint8)
    whole = np.full((page.shape[0] + len(greys), greys.shape[1]), paper + GREYS - 1, np.uint8)
    left = (whole.shape[1] - page.shape[1]) // 2
    whole[: page.shape[0], left : left + page.shape[1]] = page
    whole[page.shape[0] :] = greys
    frame = Image.fromarray(whole, "P")
    frame.putpalette(palette)
    return frame
