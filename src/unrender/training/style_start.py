"""The part of a coder that reads a page's style, fitted before the rest."""

from dataclasses import dataclass
from functools import partial

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn
from torch.nn import functional as F

from unrender.data.augment import Augment, augmented
from unrender.data.batches import stack
from unrender.data.code_pages import CodeDataset
from unrender.models.coder import Coder
from unrender.models.nn.run_lengths import run_lengths
from unrender.models.style import LOOKS, PATCHES, SIDE, Fields, Style, fields, lightness, outlines, windows
from unrender.objectives.coder import covered
from unrender.progress import counted
from unrender.training.head_start import HeadStart, head_start
from unrender.training.order import generator

CHUNK = 32  # pages measured at once
UNHEARD = 0.5  # share of the numbers left out at each step, for there are half as many as examples of a field
LEFT_OUT = 5  # one page of so many is not fitted to, and says how far the reading is to be trusted
TRUST = [share / 10 for share in range(11)]


@dataclass(frozen=True)
class Fitting:
    """Words that are said once a page and have a place on it: what is measured there, and which word of which field it
    is. `apart`: its page is one of those left out."""

    measured: Float[Tensor, "n m"]
    choice: Int[Tensor, " n"]
    field: Int[Tensor, " n"]
    word: Int[Tensor, " n"]
    apart: Bool[Tensor, " n"]


def start_style(model: Coder, pages: CodeDataset, augment: Augment, cfg: HeadStart, seed: int) -> None:
    """Fit model.style to the fields of the pages' codes, looked at where their words have a place. Where the language
    has no fields it goes on saying nothing."""
    alternatives = fields(pages.language.automaton)
    if not alternatives:
        return
    draw, style = generator(seed, "style", 0), model.style
    style.dictionary.copy_(_dictionary(pages, alternatives, style.grid, draw))
    parts = [range(start, min(start + CHUNK, len(pages))) for start in range(0, len(pages), CHUNK)]
    counting = counted(parts, len(parts), "style of pages")
    found = _joined([_measured(model, pages, part, alternatives, augment, draw) for part in counting])
    if found.apart.all():  # as where no place is known
        return
    style.start(found.measured, range(int(found.choice.min()), int(found.choice.max()) + 1))
    inputs, said = style.standardised(found.measured), torch.stack([found.field, found.word], 1)
    surprise = partial(_surprise, alternatives=alternatives)
    part = nn.Sequential(nn.Dropout(UNHEARD), style.read.requires_grad_(True))
    head_start(part, inputs[~found.apart], said[~found.apart], surprise, cfg, seed)
    style.read.requires_grad_(False)
    for i, ids in enumerate(alternatives):
        rows = found.apart & (found.field == i)
        if rows.any():
            _temper(style, ids, inputs[rows], found.word[rows])


def _dictionary(
    pages: CodeDataset, alternatives: Fields, grid: tuple[int, int], draw: torch.Generator
) -> Float[Tensor, "k p"]:
    """Patches drawn at random, from windows that are looked at on pages drawn at random; fewer than PATCHES, and zeros,
    where hardly any is."""
    found = [torch.zeros(0, SIDE**2)]
    for index in torch.randint(len(pages), (PATCHES,), generator=draw).tolist():
        batch = stack([pages[index]])
        known, places = _places(batch, alternatives, draw)[2:]
        shown, _ = outlines(windows(lightness(batch["image"]), places[known].view(1, -1), grid))
        found.append(shown[torch.randint(len(shown), (2,), generator=draw)] if len(shown) else shown)
        if sum(map(len, found)) >= PATCHES:
            break
    every = torch.cat(found)[:PATCHES]
    return F.pad(every, (0, 0, 0, PATCHES - len(every)))


def _measured(
    model: Coder, pages: CodeDataset, part: range, alternatives: Fields, augment: Augment, draw: torch.Generator
) -> Fitting:
    """The fields of some pages, seen as the rest of the network will see them."""
    batch = stack([pages[index] for index in part])
    image = augmented({"image": batch["image"]}, draw, augment)["image"]
    at, word, known, places = _places(batch, alternatives, draw)
    places = places if model.look else None
    measured = model.style.measured(lightness(image), run_lengths(image), places, len(alternatives))
    apart = (torch.tensor(part) % LEFT_OUT == 0)[:, None].expand_as(at)
    field = torch.arange(len(alternatives)).expand_as(at)
    return Fitting(measured[known], at[known], field[known], word[known], apart[known])


def _places(batch: dict[str, Tensor], alternatives: Fields, draw: torch.Generator) -> tuple[Tensor, ...]:
    """Of each page and field, all (b, f): at which choice it is said, which of its words, whether that has a place; and
    LOOKS places of the grid drawn at random from where the coder should look for it."""
    at, word = _said(batch["tokens"], alternatives)
    box = batch["box"].gather(1, at[:, :, None].expand(-1, -1, 4)).float()  # (b, f, 4)
    there = covered(box.flatten(0, 1)).float()  # (b * f, n)
    known = (box[..., 2] > 0) & there.any(1).view_as(at)
    places = torch.multinomial(there + ~known.flatten()[:, None], LOOKS, replacement=True, generator=draw)
    return at, word, known, places.view(*at.shape, LOOKS)


def _said(tokens: Int[Tensor, "b t"], alternatives: Fields) -> tuple[Int[Tensor, "b f"], Int[Tensor, "b f"]]:
    """At which choice each field is said, and which of its words."""
    at, word = [], []
    for ids in alternatives:
        same = tokens[:, :, None] == torch.tensor(ids)  # (b, t, w)
        at.append(same.any(2).int().argmax(1))
        word.append(same.any(1).int().argmax(1))
    return torch.stack(at, 1), torch.stack(word, 1)


def _joined(parts: list[Fitting]) -> Fitting:
    return Fitting(*(torch.cat([getattr(part, name) for part in parts]) for name in Fitting.__dataclass_fields__))


def _surprise(scores: Float[Tensor, "n v"], said: Int[Tensor, "n 2"], alternatives: Fields) -> Float[Tensor, ""]:
    """-log of the chance of the true word among its field's, mean over examples."""
    rows = [said[:, 0] == i for i in range(len(alternatives))]
    terms = [
        F.cross_entropy(scores[row][:, ids], said[row, 1], reduction="none")
        for row, ids in zip(rows, alternatives, strict=True)
    ]
    return torch.cat(terms).mean()


@torch.no_grad()
def _temper(style: Style, ids: list[int], inputs: Float[Tensor, "n m"], word: Int[Tensor, " n"]) -> None:
    """Believe a field's scores as far as pages that were left out bear them out (temperature, Guo et al. 2017): what
    was only learnt by heart would be believed in training and mislead afterwards."""
    scores = style.read(inputs)[:, ids]
    trust = min(TRUST, key=lambda share: float(F.cross_entropy(share * scores, word)))
    style.read.weight[ids] *= trust
    style.read.bias[ids] *= trust
