"""What a section layout is worth without learning: tables and rules, their numbers counted on train only.

all_merged     every node is part of nothing: the most common answer, and the empty layout
majority       every node is an element of the commonest type
lookup         each node has the commonest kind of nodes of its tag, flags, text, file, children and depth
lookup_named   the same with class names: how far a reader gets that knows the generator's style sheet by heart
chain_merging  nodes with a single child are one element with it, all others elements of their own; a chain has the
               commonest type of chains that end in such a node. chain_merging_named: with class names
nearest        the layout of the training page that looks most alike and has about as many nodes, node by node

A merged node joins the element around it. Boxes come from `layout_flow`; `nearest` brings its own.
"""

from collections import Counter
from collections.abc import Hashable, Iterable
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float, Int

from unrender.design.section_tree import MERGED, Document, Reading
from unrender.design.sections import LAYOUT_TYPES
from unrender.evaluation.layout_flow import Flow
from unrender.evaluation.metrics.layouts import Page
from unrender.evaluation.prefix_tables import Modes

DEEP = 6  # depth from which nodes are alike
BLIND = ("all_merged", "majority")  # arms that see neither the picture nor what the nodes are


@dataclass(frozen=True)
class Example:
    """A page and what it looks like; the arms never ask for its truth."""

    page: Page
    picture: Float[np.ndarray, "16 16 3"]
    """See `coarse`."""


@dataclass(frozen=True)
class LayoutFloors:
    """The fitted arms."""

    commonest: int
    kinds: dict[bool, Modes]
    """By whether class names are looked at."""
    chains: dict[bool, Modes]
    flow: Flow
    known: list[Page]
    pictures: Float[np.ndarray, "m d"]
    sizes: Float[np.ndarray, " m"]

    def __call__(self, example: Example) -> dict[str, Reading]:
        """What each arm says of a page."""
        document = example.page.document
        said = {
            "all_merged": np.zeros(len(document), np.int64),
            "majority": np.full(len(document), self.commonest),
            "lookup": self._looked_up(document, named=False),
            "lookup_named": self._looked_up(document, named=True),
            "chain_merging": self._chained(document, named=False),
            "chain_merging_named": self._chained(document, named=True),
        }
        return {arm: self._reading(example.page, kinds) for arm, kinds in said.items()} | {
            "nearest": self._nearest(example)
        }

    def _reading(self, page: Page, kinds: Int[np.ndarray, " n"]) -> Reading:
        made = joined(page.document, kinds)
        return replace(made, boxes=self.flow.boxes(page.document, made, page.width, page.height))

    def _looked_up(self, document: Document, named: bool) -> Int[np.ndarray, " n"]:
        return np.array([self.kinds[named][key] for key in contexts(document, named)], np.int64)

    def _chained(self, document: Document, named: bool) -> Int[np.ndarray, " n"]:
        kinds, keys = np.zeros(len(document), np.int64), contexts(document, named)
        for first, last in chains(document):
            kinds[first] = self.chains[named][keys[last]]
        return kinds

    def _nearest(self, example: Example) -> Reading:
        page = example.page
        apart = np.sqrt(np.square(self.pictures - example.picture.ravel()).mean(1))  # 0..1
        model = self.known[int((apart + np.abs(self.sizes - np.log(len(page.document)))).argmin())]
        n, shared = len(page.document), min(len(page.document), len(model.document))
        kinds, boxes = np.zeros(n, np.int64), np.full((n, 4), np.nan)
        kinds[:shared] = model.truth.kinds[:shared]
        boxes[:shared] = model.truth.boxes[:shared] * np.tile((page.width / model.width, page.height / model.height), 2)
        return replace(joined(page.document, kinds), boxes=boxes)


def fit_layout_floors(train: Iterable[Example]) -> LayoutFloors:
    """Count on examples of train. ValueError if there is none with an element."""
    train = list(train)
    kinds, ends, flow = {False: Modes(), True: Modes()}, {False: Modes(), True: Modes()}, Flow()
    types: Counter = Counter()
    for example in train:
        document, truth = example.page.document, example.page.truth
        types.update(truth.kinds[truth.starts].tolist())
        if example.page.boxed:
            flow.add(example.page)
        for named in (False, True):
            keys = contexts(document, named)
            for node in range(1, len(document)):
                kinds[named].add(keys[node], int(truth.kinds[node]))
            for _, last in chains(document):
                ends[named].add(keys[last], int(truth.kinds[truth.owners[last]]) or int(truth.kinds[last]))
    if not types:
        raise ValueError(f"no element in {len(train)} pages of train to count")
    return LayoutFloors(
        types.most_common(1)[0][0],
        kinds,
        ends,
        flow,
        [example.page for example in train],
        np.stack([example.picture.ravel() for example in train]),
        np.log([len(example.page.document) for example in train]),
    )


def joined(document: Document, kinds: Int[np.ndarray, " n"]) -> Reading:
    """These kinds, with the root merged, and every merged node part of the nearest element around it; no boxes."""
    kinds = np.where(np.arange(len(kinds)) > 0, kinds, MERGED)
    owners, within = np.arange(len(kinds)), np.zeros(len(kinds), np.int64)
    for node in range(1, len(kinds)):
        around = within[document.parents[node]]
        if kinds[node] == MERGED:
            owners[node] = around
        within[node] = node if MERGED < kinds[node] <= len(LAYOUT_TYPES) else around
    return Reading(kinds, owners, np.full((len(kinds), 4), np.nan))


def contexts(document: Document, named: bool) -> list[tuple[Hashable, ...]]:
    """What a table knows of each node, the most telling first: tag, class names if wanted, file, text, number of
    children (0, 1, more), flags, depth, and the tag of the parent."""
    children, depth = np.zeros(len(document), np.int64), np.zeros(len(document), np.int64)
    for node in range(1, len(document)):
        children[document.parents[node]] += 1
        depth[node] = depth[document.parents[node]] + 1
    return [
        (
            document.tags[node],
            *((document.classes[node],) if named else ()),
            document.pictured[node],
            bool(document.characters[node]),
            min(int(children[node]), 2),
            document.flags[node],
            min(int(depth[node]), DEEP),
            document.tags[document.parents[node]] if node else "",
        )
        for node in range(len(document))
    ]


def chains(document: Document) -> list[tuple[int, int]]:
    """First and last node of each maximal chain of single children below the root; most are a single node."""
    count = np.bincount(document.parents[1:], minlength=len(document))
    child = {int(parent): node for node, parent in enumerate(document.parents) if parent >= 0}  # of single children
    found = []
    for node in range(1, len(document)):
        parent = int(document.parents[node])
        if parent == 0 or count[parent] > 1:
            last = node
            while count[last] == 1:
                last = child[last]
            found.append((node, last))
    return found
