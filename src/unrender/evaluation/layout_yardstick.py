"""What drawn layouts are held against: the real pages they were drawn for, other real pages, and floors.

Floors take the types and the tree of each real page as they are, so that only its boxes are at stake:

shuffled    the page's own boxes, exchanged among its elements
random      the page's own sizes, each at a random place within the page
other_page  the boxes of another real page with about as many elements, one after the other
chance      as many elements, each of a type drawn by how often it occurs: for what the tree alone tells of types

Other real pages are no bound that cannot be passed: a layout drawn for a page's types and sizes knows more of it.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float, Int
from numpy.random import Generator

from unrender.evaluation.bootstrap import interval, paired_difference
from unrender.evaluation.ceilings import gap_closed
from unrender.evaluation.evidence import as_json
from unrender.evaluation.metrics.arrangements import Arrangement, aesthetic, alignment, max_iou, overlap
from unrender.evaluation.metrics.tally import Tally

Layouts = list[Arrangement]
FLOORS = ("shuffled", "random", "other_page")
BY_ITSELF: dict[str, tuple[Callable[[Arrangement], float], tuple[str, ...]]] = {
    "alignment_distance": (alignment, ("random",)),  # boxes of a real page are aligned, whichever element has them
    "overlap": (overlap, FLOORS),
    "aesthetic": (aesthetic, FLOORS),
}
"""What a layout scores by itself, and the floors that say something about it."""


@dataclass(frozen=True)
class Yardstick:
    """Real pages, and everything else that drawn layouts are compared with."""

    real: Layouts
    others: Layouts
    floors: dict[str, Layouts]
    shared: Int[np.ndarray, " k"]
    """The real pages whose types, counted, occur among the others: only for these is there a page to compare with."""
    resamples: int
    seed: int

    @classmethod
    def of(cls, real: Layouts, others: Layouts, *, resamples: int, seed: int) -> "Yardstick":
        """ValueError for less than two real pages: none could have the boxes of another."""
        if len(real) < 2:
            raise ValueError(f"layouts are compared with those of other pages, but there are {len(real)}")
        rng = np.random.default_rng(seed)
        known = {multiset(page) for page in others}
        floors = {
            "shuffled": [shuffled(page, rng) for page in real],
            "random": [scattered(page, rng) for page in real],
            "other_page": other_pages(real, rng),
        }
        shared = np.array([i for i, page in enumerate(real) if multiset(page) in known], np.int64)
        return cls(real, others, floors, shared, resamples, seed)

    def judged(self, drawn: Layouts, again: Layouts, types_given: bool) -> dict[str, dict]:
        """Metric -> value, low, high, n, floor, floor_arm, ceiling, gap_closed, arms, over_floor where it is paired.

        `drawn`: one layout for each real page, in their order; `again`: a second one for the first of them. A metric
        that nothing can be measured for is left out.
        """
        found = {name: self._by_itself(name, drawn) for name in BY_ITSELF}
        if types_given:
            found |= {"max_iou": self._max_iou(drawn), "diversity": self._diversity(drawn, again)}
        else:  # layouts of other types have a MaxIoU with nothing, and are unlike each other by definition
            found |= {"elements": self._elements(drawn), "types_paired": self._types_paired(drawn)}
        return {name: about for name, about in found.items() if about}

    def _by_itself(self, name: str, drawn: Layouts) -> dict:
        """A layout without elements has nothing out of line and nothing to overlap, but no beauty either."""
        score, floors = BY_ITSELF[name]
        arms = {arm: _each(score, self.floors[arm]) for arm in floors} | {"real": _each(score, self.real)}
        own = _each(score, drawn)
        if name == "aesthetic":
            own = Tally(own.over, np.ones(len(own)))
        return self._finding(own, arms, paired=True)

    def _max_iou(self, drawn: Layouts) -> dict:
        """Over pages whose types occur on other real pages too, so that all arms speak of the same pages."""
        real = [self.real[i] for i in self.shared]
        arms = {arm: _whole(max_iou(layouts, real)) for arm, layouts in self.floors.items()}
        arms["real"] = _whole(max_iou(self.others, real))
        return self._finding(_whole(max_iou(drawn, real)), arms, paired=True)

    def _diversity(self, drawn: Layouts, again: Layouts) -> dict:
        """1 - MaxIoU of two layouts for one page, 1 where their types differ; for real ones, of the page and another
        with its types. Random places differ too: more is no goal by itself."""
        rng = np.random.default_rng(self.seed)
        scattered_again = [scattered(page, rng) for page in self.real]
        others: dict[tuple[int, ...], Layouts] = {}
        for page in self.others:
            others.setdefault(multiset(page), []).append(page)
        real = [self.real[i] for i in self.shared]
        pools = [others[multiset(page)] for page in real]
        arms = {
            "real": _whole(_unlike(real, [pool[int(rng.integers(len(pool)))] for pool in pools])),
            "random": _whole(_unlike(self.floors["random"], scattered_again)),
        }
        own = _whole(_unlike(drawn, again))
        if own.empty or arms["real"].empty:
            return {}
        return self._bounds(own) | {
            "n": len(own),
            "floor": 0.0,
            "floor_arm": "one answer",
            "ceiling": arms["real"].value,
            "arms": {arm: self._bounds(tally) for arm, tally in arms.items()},
        }

    def _elements(self, drawn: Layouts) -> dict:
        """Elements drawn for each real one; 1 is as many."""
        counts = [np.array([len(page) for page in layouts], np.float64) for layouts in (drawn, self.real)]
        return self._bounds(Tally(*counts)) | {"n": len(drawn), "ceiling": 1.0, "floor": 0.0}

    def _types_paired(self, drawn: Layouts) -> dict:
        """Share of the real pages for which a layout with just their types was drawn, one to one."""
        rng = np.random.default_rng(self.seed)
        kinds = np.concatenate([page.kinds for page in self.others])
        chance = [replace(page, kinds=rng.choice(kinds, len(page))) for page in self.real]
        arms = {"chance": self._paired_share(chance), "real": self._paired_share(self.others)}
        return self._finding(self._paired_share(drawn), arms, paired=False)

    def _paired_share(self, layouts: Layouts) -> Tally:
        paired = len(max_iou(layouts, self.real))
        return Tally((np.arange(len(self.real)) < paired).astype(np.float64), np.ones(len(self.real)))

    def _finding(self, own: Tally, arms: dict[str, Tally], paired: bool) -> dict:
        """The floor is the arm nearest to real pages: it tells which way is better, too. `paired`: the same pages stand
        in the same order everywhere."""
        if own.empty or arms["real"].empty:
            return {}
        ceiling = arms["real"].value
        rival = min((arm for arm in arms if arm != "real"), key=lambda arm: abs(arms[arm].value - ceiling))
        floor = arms[rival]
        found = self._bounds(own) | {
            "n": int(own.under.sum()),
            "floor": floor.value,
            "floor_arm": rival,
            "ceiling": ceiling,
            "gap_closed": gap_closed(own.value, floor.value, ceiling),
            "arms": {arm: self._bounds(tally) for arm, tally in arms.items()},
        }
        if not paired:
            return found
        return found | {"over_floor": as_json(paired_difference(own, floor, resamples=self.resamples, seed=self.seed))}

    def _bounds(self, tally: Tally) -> dict[str, float]:
        return as_json(interval(tally, resamples=self.resamples, seed=self.seed))


def multiset(page: Arrangement) -> tuple[int, ...]:
    """The types of a layout, counted."""
    return tuple(sorted(page.kinds.tolist()))


def shuffled(page: Arrangement, rng: Generator) -> Arrangement:
    """The boxes exchanged among the elements."""
    return replace(page, boxes=page.boxes[rng.permutation(len(page))])


def scattered(page: Arrangement, rng: Generator) -> Arrangement:
    """Every element, as large as it is, anywhere within the page."""
    sizes = page.boxes[:, 2:]
    return replace(page, boxes=np.hstack([rng.random(sizes.shape) * (1 - sizes).clip(0), sizes]))


def other_pages(pages: Layouts, rng: Generator) -> Layouts:
    """Each page with the boxes of another, in the order of the document; of those with the nearest number of elements
    any. Where there are fewer boxes than elements, they start again."""
    counts, found = np.array([len(page) for page in pages]), []
    for index, page in enumerate(pages):
        apart = np.abs(counts - counts[index]).astype(np.float64)
        apart[index] = np.inf
        donor = int(rng.choice(np.flatnonzero(apart == apart.min())))
        found.append(replace(page, boxes=np.resize(pages[donor].boxes, (len(page), 4))))
    return found


def _each(score: Callable[[Arrangement], float], layouts: Layouts) -> Tally:
    """A score per layout, all weighing the same; one without elements has none."""
    some = np.array([float(len(page) > 0) for page in layouts])
    return Tally(np.array([score(page) for page in layouts], np.float64) * some, some)


def _whole(values: Float[np.ndarray, " n"]) -> Tally:
    return Tally(values, np.ones(len(values)))


def _unlike(a: Iterable[Arrangement], b: Iterable[Arrangement]) -> Float[np.ndarray, " n"]:
    """1 - MaxIoU of layouts, two by two."""
    alike = [max_iou([one], [other]) for one, other in zip(a, b, strict=False)]
    return np.array([1 - float(found.sum()) for found in alike], np.float64)
