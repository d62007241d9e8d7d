"""All there is to say about a layout network on the held-out splits: what it reads in screenshot and document."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import torch
from jaxtyping import Int

from unrender.data.batches import stack
from unrender.data.layout_pages import LayoutDataset
from unrender.data.shards import read_manifest, read_table
from unrender.design.section_tree import KINDS, Reading
from unrender.evaluation.encoder import SPLITS, EvaluateParams
from unrender.evaluation.evidence import NOT_A_FLOOR, by_group, evidence, scores
from unrender.evaluation.groups import COLUMNS, difficulty_edges, group
from unrender.evaluation.layout_ceilings import box_ceilings, document_ceilings
from unrender.evaluation.layout_floors import Example, LayoutFloors, fit_layout_floors
from unrender.evaluation.layout_given import compared, read_with_parts
from unrender.evaluation.layout_selftest import check_layout_metrics
from unrender.evaluation.metrics.layouts import Page, tallies
from unrender.evaluation.pages import spread
from unrender.evaluation.rows import exchanged
from unrender.evaluation.scored import Scored
from unrender.evaluation.scoring import digests
from unrender.evaluation.thumbnails import coarse
from unrender.models.layout import Layout
from unrender.models.layout_reading import Batch, read, readings
from unrender.models.layout_state import State
from unrender.progress import counted

READ = "test"  # the split that is read in other ways, too, and of which pictures are drawn
REWRITTEN = "test_markup"  # its pages, written otherwise (data.markup_views)


@dataclass(frozen=True)
class SplitReadings:
    """A split: its pages, what the network reads, and what it and the floors read otherwise."""

    data: LayoutDataset
    pages: list[Page]
    own: list[Reading]
    arms: dict[str, list[Reading]]
    shown: int
    """Distinct screenshots with their documents."""
    ceilings: dict[str, float]
    """Of every metric that these pages hold something for: there may be no boxes, or no props."""

    @property
    def scored(self) -> Scored:
        """Tallies of the metrics that have a ceiling."""
        own, *arms = (tallies(self.pages, said) for said in (self.own, *self.arms.values()))
        measured = [{name: found[name] for name in self.ceilings} for found in (own, *arms)]
        named = dict(zip(self.arms, measured[1:], strict=True))
        return Scored(measured[0], named, self.shown, len(_told_apart(self.own)))


@dataclass(frozen=True)
class Findings:
    """What the evaluation found, and what it was found on."""

    metrics: dict[str, dict[str, float]]  # split -> metric -> value
    evidence: dict[str, dict]
    splits: dict[str, SplitReadings]
    scored: dict[str, Scored]


def evaluate_layout(model: Layout, data: Path, cfg: EvaluateParams, again: int, seed: int) -> Findings:
    """Read every held-out split as `unrender layout` does, and score it beside floors fitted on train.

    Class names are hidden from the network: those of the generator would give types away. READ is read once more as
    REWRITTEN, beside floors that know such markup too. `again`: so many pages of READ are read with part of the answer
    given. Imported data may lack splits other than READ. Raises MetricFault,
    before anything is scored, when a metric fails its self-test on these labels.
    """
    train = LayoutDataset(data, "train")
    usual = list(examples(train, "floors, on train"))
    others = [*usual, *examples(train.rewritten(), "floors, on train written otherwise")]
    floors = fit_layout_floors(usual)
    edges = difficulty_edges(np.array(train.difficulty))
    draws = {"resamples": cfg.resamples, "seed": seed}
    found: dict[str, dict] = {"groups": {}, "collapse": {}, "confusion": {}}
    metrics, splits, scored = {}, {}, {}
    for split, held_out in _held_out(data):
        if split == REWRITTEN:
            floors = fit_layout_floors(others)
        said = splits[split] = _read_split(model, held_out, floors, cfg.batch_size, split)
        scored[split] = said.scored
        found[split] = evidence(scored[split], said.ceilings, **draws)
        found[split]["type_accuracy"]["document_alone"] = document_ceilings(said.pages, named=False).value
        groups = group(_columns(data, split, said.data), edges)
        found["groups"][split] = by_group(scored[split], groups, **draws)
        found["collapse"][split] = scored[split].collapse()
        found["confusion"][split] = {"types": confusion(said.pages, said.own)}
        metrics[split] = scores(scored[split])
    found["given"] = _with_given(model, splits[READ], again, cfg.batch_size, **draws)
    metrics["given"] = {name: about["value"] for name, about in found["given"].items()}
    return Findings(metrics, found, splits, scored)


def examples(data: LayoutDataset, label: str) -> Iterator[Example]:
    """Pages with what they look like from afar."""
    for index in counted(range(len(data.rows)), len(data.rows), label):
        yield Example(page_of(data, index), coarse(data.image(index).transpose(1, 2, 0)))


def page_of(data: LayoutDataset, index: int) -> Page:
    """A page of the data, as metrics know it."""
    return Page(data.documents[index], data.readings[index], *data.size(index))


def confusion(pages: list[Page], said: list[Reading]) -> dict:
    """{"labels", "counts"}: nodes by true kind (rows) and the kind that was said; roots left out."""
    counts = np.zeros((len(KINDS), len(KINDS)), np.int64)
    for page, reading in zip(pages, said, strict=True):
        np.add.at(counts, (page.truth.kinds[1:], reading.kinds[1:]), 1)
    return {"labels": list(KINDS), "counts": counts.tolist()}


def _held_out(data: Path) -> Iterator[tuple[str, LayoutDataset]]:
    known = read_manifest(data)["splits"]
    yield from ((split, LayoutDataset(data, split)) for split in SPLITS if split == READ or split in known)
    yield REWRITTEN, LayoutDataset(data, READ).rewritten()


def _read_split(model: Layout, data: LayoutDataset, floors: LayoutFloors, batch_size: int, split: str) -> SplitReadings:
    pages = [page_of(data, index) for index in range(len(data.rows))]
    ceilings = {name: tally.value for name, tally in box_ceilings(pages).items() if not tally.empty}
    if boxed := [page for page in pages if page.boxed]:
        check_layout_metrics(boxed[:batch_size])
    others = exchanged(len(pages))
    own: list[Reading] = []
    arms: dict[str, list[Reading]] = {}
    shown: set[bytes] = set()
    starts = range(0, len(pages), batch_size)
    for start in counted(starts, len(starts), split):
        rows = np.arange(start, min(start + batch_size, len(pages)))
        batch = stack([data[int(row)] for row in rows])
        own += _said(model, batch, data, rows)
        shown |= digests([batch["image"].numpy(), batch["tag"].numpy(), batch["numbers"].numpy()])
        otherwise = _floors(floors, [pages[row] for row in rows], batch)
        if split == READ:  # each takes as long as the reading itself
            otherwise |= _otherwise(model, batch, data, rows, others)
        for name, said in otherwise.items():
            if split == READ or name not in NOT_A_FLOOR:
                arms.setdefault(name, []).extend(said)
    return SplitReadings(data, pages, own, arms, len(shown), ceilings)


def _said(
    model: Layout, batch: Batch, data: LayoutDataset, rows: Int[np.ndarray, " b"], state: State | None = None
) -> list[Reading]:
    return readings(read(model, batch, state), batch["node"], [data.size(int(row)) for row in rows])


def _otherwise(
    model: Layout, batch: Batch, data: LayoutDataset, rows: Int[np.ndarray, " b"], others: Int[np.ndarray, " n"]
) -> dict[str, list[Reading]]:
    """What the network says with class names, with another page's screenshot, and with none."""
    count, nodes = batch["node"].shape
    images = torch.from_numpy(np.stack([data.image(int(row)) for row in others[rows]]))
    blank = State.blank(count, nodes, batch["node"].device)
    named = State.blank(count, nodes, batch["node"].device, named=True)
    return {
        "named": _said(model, batch, data, rows, named),
        "shuffled": _said(model, batch | {"image": images}, data, rows),
        "blind": _said(model, batch, data, rows, replace(blank, sighted=torch.zeros_like(blank.sighted))),
    }


def _floors(floors: LayoutFloors, pages: list[Page], batch: Batch) -> dict[str, list[Reading]]:
    frames = batch["image"].permute(0, 2, 3, 1).numpy()
    said = [floors(Example(page, coarse(frame))) for page, frame in zip(pages, frames, strict=True)]
    return {arm: [each[arm] for each in said] for arm in said[0]}


def _with_given(
    model: Layout, said: SplitReadings, again: int, batch_size: int, *, resamples: int, seed: int
) -> dict[str, dict]:
    """`compared` on at most `again` pages, spread over those that have boxes; nothing where there is none."""
    boxed = [index for index, page in enumerate(said.pages) if page.boxed]
    if not boxed:
        return {}
    chosen = [boxed[place] for place in spread(len(boxed), again)]
    found = read_with_parts(model, said.data, chosen, batch_size)
    return compared([said.pages[index] for index in chosen], found, resamples=resamples, seed=seed)


def _told_apart(said: list[Reading]) -> set[bytes]:
    """Readings are the same if types and boxes are, to a tenth of a pixel."""
    return {reading.kinds.tobytes() + np.round(reading.boxes, 1).tobytes() for reading in said}


def _columns(data: Path, split: str, kept: LayoutDataset) -> pa.Table:
    """What pages are grouped by, for the rows that were kept."""
    table = read_table(data, READ if split == REWRITTEN else split, ["id", *COLUMNS])
    place = {name: row for row, name in enumerate(table["id"].to_pylist())}
    return table.take([place[row["id"]] for row in kept.rows])
