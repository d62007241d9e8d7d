"""What a predicted code says against the true one: word by word, n-gram by n-gram, element by element.

A code is a list of words (`dsl.tokens`), said first, true second. Counts are (numerator, denominator), so that a Tally
can pool them. Codes are alike by nature: brackets and commas are most of any, so print every score beside that of one
constant sequence.
"""

from collections import Counter
from collections.abc import Sequence

import numpy as np
from jaxtyping import Int

from unrender.design.tree import Node
from unrender.evaluation.bootstrap import Interval, percentiles
from unrender.evaluation.metrics.tally import Tally
from unrender.evaluation.metrics.trees import edit_distance

Words = Sequence[str]
Counts = tuple[float, float]
"""Numerator and denominator."""
METRICS = ("exact_match", "token_accuracy", "edit_similarity")
NOTHING = ""
"""Stands in `confusions` for a word that the other code lacks."""
ORDER = 4
"""Longest n-gram of BLEU."""


def tallies(said: Sequence[Words], true: Sequence[Words]) -> dict[str, Tally]:
    """METRICS, page by page. ValueError if the two differ in number."""
    rows = [
        (exact_match(*pair), token_accuracy(*pair), edit_similarity(*pair)) for pair in zip(said, true, strict=True)
    ]
    counts = np.array(rows, np.float64).reshape(-1, len(METRICS), 2)
    return {name: Tally(*counts[:, index].T) for index, name in enumerate(METRICS)}


def exact_match(said: Words, true: Words) -> Counts:
    """(1 if every word is right, 1)."""
    return float(list(said) == list(true)), 1.0


def token_accuracy(said: Words, true: Words) -> Counts:
    """(positions at which both have the same word, words of the longer), 0..1.

    Every word too many or too few is an error, as in pix2code (Beltramelli 2017, sec. 4). A word left out early makes
    all that follow it wrong: `edit_similarity` does not.
    """
    return float(sum(a == b for a, b in zip(said, true, strict=False))), float(max(len(said), len(true)))


def edit_similarity(said: Words, true: Words) -> Counts:
    """(longer - d, longer), 0..1: d words are inserted, deleted or replaced to turn one into the other (Levenshtein
    1966), at most as many as the longer has."""
    from rapidfuzz.distance import Levenshtein

    longer = max(len(said), len(true))
    return float(longer - Levenshtein.distance(said, true)), float(longer)


def first_error(said: Words, true: Words) -> int | None:
    """Position, from 0, of the first word that differs or that one of them lacks; None for equal codes."""
    if list(said) == list(true):
        return None
    shorter = min(len(said), len(true))
    return next((i for i in range(shorter) if said[i] != true[i]), shorter)


def confusions(said: Words, true: Words) -> Counter[tuple[str, str]]:
    """How often each (true word, said word) stands at one place of the cheapest alignment (Levenshtein), right ones
    too. A word left out is (word, NOTHING), one too many (NOTHING, word). Sums over pages are confusion tables."""
    from rapidfuzz.distance import Levenshtein

    found: Counter[tuple[str, str]] = Counter()
    for edit in Levenshtein.opcodes(true, said):
        there, here = true[edit.src_start : edit.src_end], said[edit.dest_start : edit.dest_end]
        blank = [NOTHING] * max(len(there), len(here))
        found.update(zip(there or blank, here or blank, strict=True))
    return found


def bleu_statistics(said: Sequence[Words], true: Sequence[Words]) -> Int[np.ndarray, "n 10"]:
    """What corpus BLEU is reckoned from, a row a page: 1- to 4-grams matched, 1- to 4-grams said, words said and true.

    Rows add up: any set of pages has the BLEU of its sum. Counted by sacrebleu, words as they are. ValueError if the
    two differ in number.
    """
    metric = _sacrebleu()
    rows = []
    for here, there in zip(said, true, strict=True):
        found = metric.corpus_score([" ".join(here)], [[" ".join(there)]])
        rows.append([*found.counts, *found.totals, found.sys_len, found.ref_len])
    return np.array(rows, np.int64).reshape(-1, 2 * ORDER + 2)


def bleu4(statistics: Int[np.ndarray, "n 10"]) -> float:
    """Corpus BLEU-4 of pages (Papineni et al. 2002), 0..1, not smoothed: the geometric mean of the shares of n-grams
    that are right, times the penalty for brevity.

    High for anything that keeps to the grammar: the commonest training page, said of each of pix2code's 170 validation
    pages, scores .78 and is never right; another constant has .735 on the test pages. 0 where no 4-gram is right, also
    for true pages of fewer than four words.
    """
    total = statistics.sum(0).tolist()
    score = _sacrebleu().compute_bleu(
        total[:ORDER], total[ORDER : 2 * ORDER], *total[2 * ORDER :], smooth_method="none", max_ngram_order=ORDER
    )
    return score.score / 100


def bleu_interval(
    statistics: Int[np.ndarray, "n 10"], *, resamples: int = 1000, seed: int = 0, level: float = 0.95
) -> Interval:
    """BLEU-4 with its percentile interval over resampled pages."""
    draws = _draws(len(statistics), resamples, seed)
    return Interval(bleu4(statistics), *percentiles(_resampled(statistics, draws), level))


def bleu_difference(
    a: Int[np.ndarray, "n 10"],
    b: Int[np.ndarray, "n 10"],
    *,
    resamples: int = 1000,
    seed: int = 0,
    level: float = 0.95,
) -> Interval:
    """BLEU-4 of a minus that of b over the same pages, drawn together."""
    draws = _draws(len(a), resamples, seed)
    return Interval(bleu4(a) - bleu4(b), *percentiles(_resampled(a, draws) - _resampled(b, draws), level))


def _draws(n: int, resamples: int, seed: int) -> Int[np.ndarray, "r n"]:
    """How often each page stands in each resample, as in `bootstrap`."""
    return np.random.default_rng(seed).multinomial(n, np.full(n, 1 / n), size=resamples)


def _resampled(statistics: Int[np.ndarray, "n 10"], draws: Int[np.ndarray, "r n"]) -> np.ndarray:
    return np.array([bleu4(row[None]) for row in draws @ statistics])


def _sacrebleu():
    from sacrebleu.metrics.bleu import BLEU

    return BLEU(tokenize="none", smooth_method="none", max_ngram_order=ORDER, force=True)


def tree_edit_distance(said: Node | None, true: Node) -> Counts:
    """(elements to insert, delete or give another word to turn one tree into the other, elements of both), 0..1.

    A deleted element's children move up (`trees.edit_distance`: Zhang and Shasha 1989, by APTED). The root counts and
    is compared with the root. A code that does not parse (None) has lost every element: 1.
    """
    size = _size(true)
    if said is None:
        return size, size
    moved = edit_distance(*([_forest(child) for child in tree.children] for tree in (said, true)))
    return float(moved + (said.word != true.word)), size + _size(said)


def tree_tally(said: Sequence[Node | None], true: Sequence[Node]) -> Tally:
    """`tree_edit_distance`, page by page."""
    counts = [tree_edit_distance(*pair) for pair in zip(said, true, strict=True)]
    return Tally(*np.array(counts, np.float64).reshape(-1, 2).T)


def _forest(tree: Node) -> dict:
    return {"type": tree.word, "children": [_forest(child) for child in tree.children]}


def _size(tree: Node) -> float:
    return float(sum(1 for _ in tree.walk()))
