"""Codes as pictures: the pages that are written worst, middling and best, drawn again from what was written."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import UInt8
from PIL import Image, ImageDraw

from unrender.design.languages import Language
from unrender.evaluation import rendered
from unrender.evaluation.coder import SplitCodes
from unrender.evaluation.metrics.code import first_error
from unrender.evaluation.pictures import font, heat
from unrender.evaluation.rows import worst_middling_best
from unrender.evaluation.scored import Scored
from unrender.models.code_writing import Written
from unrender.models.coder import GRID

SIDE = 384
"""Of the square each page is shown in, in pixels."""
GAP, LINE, HEAD, BODY = 16, 26, 18, 14
INK, PAPER = (27, 35, 48), (255, 255, 255)
HEADS = ("the page", "its true code, drawn again", "the code as written, drawn", "where the coder looked")


@dataclass(frozen=True)
class Case:
    """A page with what is said of it."""

    title: str
    verdict: str
    pictures: list[UInt8[np.ndarray, "256 256 3"]]


def draw_code_cases(said: SplitCodes, scored: Scored, language: Language, count: int = 2) -> Image.Image:
    """A band for each of the `count` worst, middling and best pages of a split, by the likeness of their words."""
    ranked = worst_middling_best(scored.own["edit_similarity"].ratios, count)
    return _sheet([_case(said, row, f"{kind}: {said.data.rows[row]['id']}", language) for kind, row in ranked])


def _case(said: SplitCodes, row: int, title: str, language: Language) -> Case:
    about, own, true = said.data.rows[row], said.own[row], said.data.codes[row]
    canvas = about["page_width"], about["page_height"]
    page = said.data.image(row).transpose(1, 2, 0)
    drawn = [rendered.rendered(language.spelled(words), canvas, language.compiled).image for words in (true, own.words)]
    return Case(f"{title}, {len(true)} words", verdict(own, true), [page, *drawn, looked_at(page, own)])


def verdict(own: Written, true: list[str]) -> str:
    """Whether a code is right, or where it goes wrong."""
    place = first_error(own.words, true)
    if place is None:
        return "every word is right"
    said, meant = (words[place] if place < len(words) else "the end" for words in (own.words, true))
    return f"word {place + 1} of {len(true)}: {said} for {meant}"


def looked_at(page: UInt8[np.ndarray, "h w 3"], own: Written) -> UInt8[np.ndarray, "h w 3"]:
    """The page, paled, under all that was looked at for any word, brightest where most; itself if nothing looks."""
    if not own.looks.numel():
        return page
    most = own.looks.amax(0).reshape(GRID).sqrt()
    share = (most / most.max()).numpy().repeat(page.shape[0] // GRID[0], 0).repeat(page.shape[1] // GRID[1], 1)
    return (0.35 * page + 0.65 * heat(share)).round().astype(np.uint8)


def _sheet(cases: list[Case]) -> Image.Image:
    width, height = GAP + len(HEADS) * (SIDE + GAP), SIDE + 2 * LINE + GAP
    sheet = Image.new("RGB", (width, 2 * LINE + len(cases) * height), PAPER)
    draw = ImageDraw.Draw(sheet)
    for column, head in enumerate(HEADS):
        draw.text((GAP + column * (SIDE + GAP), GAP / 2), head, INK, font(HEAD))
    for number, case in enumerate(cases):
        top = 2 * LINE + number * height
        draw.text((GAP, top), f"{case.title}. {case.verdict}", INK, font(BODY))
        for column, picture in enumerate(case.pictures):
            shown = Image.fromarray(np.ascontiguousarray(picture)).resize((SIDE, SIDE), Image.Resampling.LANCZOS)
            sheet.paste(shown, (GAP + column * (SIDE + GAP), top + LINE))
    return sheet
