"""All there is to say about a coder on the held-out splits: what it writes, and what that looks like."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import torch
from jaxtyping import UInt8

from unrender.data.code_pages import CodeDataset
from unrender.data.shards import read_manifest
from unrender.design.dsl import SyntaxFault
from unrender.design.languages import Language
from unrender.design.tree import Node
from unrender.evaluation import rendered
from unrender.evaluation.code_ceilings import Reader, best
from unrender.evaluation.coder_floors import CodeFloors, fit_code_floors
from unrender.evaluation.encoder import SPLITS, EvaluateParams
from unrender.evaluation.evidence import NOT_A_FLOOR, as_json, by_group, evidence, scores
from unrender.evaluation.groups import COLUMNS, Groups, difficulty_edges, group
from unrender.evaluation.metrics import code
from unrender.evaluation.metrics.code import Words
from unrender.evaluation.metrics.tally import Tally
from unrender.evaluation.rows import exchanged
from unrender.evaluation.scored import Arms, Scored
from unrender.evaluation.scoring import digests
from unrender.models.code_writing import Search, Written, write
from unrender.models.coder import Coder
from unrender.models.style import fields
from unrender.progress import counted

READ = "test"  # the split of which pictures are drawn, and on which pages are exchanged


@dataclass(frozen=True)
class SplitCodes:
    """A split: its pages, what the coder writes, and what every other arm has for the same pages."""

    data: CodeDataset
    own: list[Written]
    arms: dict[str, list[Words]]
    shown: int
    """Distinct screenshots."""

    @property
    def said(self) -> dict[str, list[Words]]:
        """Every arm's codes, the coder's among them as "own"."""
        return {"own": [each.words for each in self.own], **self.arms}


@dataclass(frozen=True)
class Findings:
    """What the evaluation found, and what it was found on."""

    metrics: dict[str, dict[str, float]]  # split -> metric -> value
    evidence: dict[str, dict]
    splits: dict[str, SplitCodes]
    scored: dict[str, Scored]


def evaluate_coder(
    model: Coder, baseline: Coder, language: Language, data: Path, cfg: EvaluateParams, search: Search, seed: int
) -> Findings:
    """Write the code of every held-out page as `unrender code` does, and score it beside the plain autoencoder's, and
    floors fitted on train. Imported data may lack splits other than READ."""
    train = CodeDataset(data, "train")
    floors = fit_code_floors(_pages(train, "floors, on train"))
    reader, edges = Reader.of(train), difficulty_edges(np.array(train.difficulty))
    draws = {"resamples": cfg.resamples, "seed": seed}
    found: dict[str, dict] = {"groups": {}, "collapse": {}, "confusion": {}, "first_error": {}}
    metrics, splits, scored = {}, {}, {}
    for split in _splits(data):
        said = _write_split(model, baseline, CodeDataset(data, split), floors, cfg.batch_size, search, split)
        splits[split], scored[split] = said, score(said, language)
        bounds = ceilings(scored[split], reader, said.data)
        found[split] = evidence(scored[split], bounds, **draws) | {"bleu4": bleu(said, **draws)}
        found["groups"][split] = by_group(scored[split], groups(said.data, edges), **draws)
        found["collapse"][split] = scored[split].collapse()
        found["confusion"][split] = {"kinds": confusion(said)}
        found["first_error"][split] = first_errors(said)
        metrics[split] = scores(scored[split]) | {"bleu4": found[split]["bleu4"]["value"]}
    return Findings(metrics, found, splits, scored)


def score(said: SplitCodes, language: Language) -> Scored:
    """Every metric but BLEU, which is no mean over pages, of every arm."""
    true = said.data.codes
    texts = {arm: [language.spelled(words) for words in codes] for arm, codes in said.said.items()}
    truths = [language.spelled(words) for words in true]
    canvases = [(row["page_width"], row["page_height"]) for row in said.data.rows]
    looks = rendered.compared(texts, truths, canvases, compile=language.compiled)
    trees = [language.tree(text) for text in truths]
    once = [{language.automaton.words[word] for word in ids} for ids in fields(language.automaton)]
    arms: Arms = {}
    for arm, codes in said.said.items():
        parsed = [_tree(language, text) for text in texts[arm]]
        arms[arm] = code.tallies(codes, true) | {
            "structure_match": _each([a is not None and a == b for a, b in zip(parsed, trees, strict=True)]),
            "tree_edit_distance": code.tree_tally(parsed, trees),
            "parse_rate": _each([tree is not None for tree in parsed]),
            **{f"{kind(min(words))}_word": _each(same_of(words, codes, true)) for words in once},
            **looks[arm],
        }
    own = arms.pop("own")
    return Scored(own, arms, said.shown, len({tuple(each.words) for each in said.own}))


def same_of(words: set[str], said: Sequence[Words], true: Sequence[Words]) -> list[bool]:
    """Whether a code has the same one of some words, wherever it stands, as the true one."""
    return [words & {*one} == words & {*other} for one, other in zip(said, true, strict=True)]


def ceilings(scored: Scored, reader: Reader, pages: CodeDataset) -> dict[str, float]:
    """What the true code scores, 1 and a distance of 0; of words, what their best reader does."""
    true = {name: 0.0 if name.endswith("distance") else 1.0 for name in scored.own}
    known = best(reader.chances(pages), [len(words) for words in pages.codes])
    return true | {name: known[name] for name in true.keys() & known.keys()}


def bleu(said: SplitCodes, *, resamples: int, seed: int) -> dict:
    """As `evidence`: corpus BLEU-4 beside that of every arm."""
    counts = {arm: code.bleu_statistics(codes, said.data.codes) for arm, codes in said.said.items()}
    bounds = {arm: code.bleu_interval(rows, resamples=resamples, seed=seed) for arm, rows in counts.items()}
    rival = max((arm for arm in said.arms if arm not in NOT_A_FLOOR), key=lambda arm: bounds[arm].value)
    over = code.bleu_difference(counts["own"], counts[rival], resamples=resamples, seed=seed)
    own, floor = bounds.pop("own"), bounds[rival].value
    return as_json(own) | {
        "n": len(said.own),
        "floor": floor,
        "floor_arm": rival,
        "ceiling": 1.0,
        "gap_closed": (own.value - floor) / (1 - floor) if floor < 1 else 1.0,
        "over_floor": as_json(over),
        "arms": {arm: as_json(each) for arm, each in bounds.items()},
    }


def groups(data: CodeDataset, edges: list[int]) -> Groups:
    """Pages by difficulty, format and fault as everywhere, and by columns and by the length of their code."""
    table = pa.Table.from_pylist([{name: row[name] for name in COLUMNS} for row in data.rows])
    found = group(table.set_column(1, "elements", pa.array(data.difficulty)), edges)
    columns = np.array([row["columns"] or 0 for row in data.rows])
    found["columns"] = {f"{count} columns": np.flatnonzero(columns == count) for count in sorted({*columns.tolist()})}
    return {grouping: members for grouping, members in found.items() if members}


def confusion(said: SplitCodes) -> dict:
    """{"labels", "counts"}: true words (rows) and the words that were written where they should stand, by kind; "" is
    none."""
    found: Counter[tuple[str, str]] = Counter()
    for written, true in zip(said.own, said.data.codes, strict=True):
        for (there, here), count in code.confusions(written.words, true).items():
            found[kind(there), kind(here)] += count
    labels = sorted({label for pair in found for label in pair})
    return {"labels": labels, "counts": [[found[there, here] for here in labels] for there in labels]}


def first_errors(said: SplitCodes) -> dict:
    """Of pages that are not right: which kind of word goes wrong first, and how far into the code (quartiles)."""
    pairs = zip(said.own, said.data.codes, strict=True)
    found = [(true, code.first_error(written.words, true)) for written, true in pairs]
    wrong = [(true, place) for true, place in found if place is not None]
    shares = [place / len(true) for true, place in wrong]
    return {
        "pages": len(wrong),
        "kinds": dict(Counter(kind(true[place]) if place < len(true) else "" for true, place in wrong).most_common()),
        "quartiles": np.quantile(shares, [0.25, 0.5, 0.75]).tolist() if shares else [],
    }


def kind(word: str) -> str:
    """A word without its variant."""
    return word.partition("-")[0]


def _splits(data: Path) -> list[str]:
    known = read_manifest(data)["splits"]
    return [split for split in SPLITS if split == READ or split in known]


def _pages(data: CodeDataset, label: str) -> Iterator[tuple[Words, UInt8[np.ndarray, "h w 3"]]]:
    for index in counted(range(len(data)), len(data), label):
        yield data.codes[index], data.image(index).transpose(1, 2, 0)


def _write_split(
    model: Coder, baseline: Coder, data: CodeDataset, floors: CodeFloors, batch_size: int, search: Search, split: str
) -> SplitCodes:
    own: list[Written] = []
    arms: dict[str, list[Words]] = {"constant": [floors.constant] * len(data), "nearest": [], "autoencoder": []}
    shown: set[bytes] = set()
    starts = range(0, len(data), batch_size)
    for start in counted(starts, len(starts), split):
        images = np.stack([data.image(index) for index in range(start, min(start + batch_size, len(data)))])
        pixels, automaton = torch.from_numpy(images), data.language.automaton
        own += write(model, pixels, automaton, search)
        arms["autoencoder"] += [each.words for each in write(baseline, pixels, automaton, search)]
        arms["nearest"] += [floors.nearest(image.transpose(1, 2, 0)) for image in images]
        shown |= digests([images])
    if split == READ:  # what remains with another page's screenshot owes nothing to the picture
        arms["shuffled"] = [own[other].words for other in exchanged(len(own))]
    return SplitCodes(data, own, arms, len(shown))


def _tree(language: Language, text: str) -> Node | None:
    try:
        return language.tree(text)
    except SyntaxFault:
        return None


def _each(right: list[bool]) -> Tally:
    return Tally(np.array(right, np.float64), np.ones(len(right)))
