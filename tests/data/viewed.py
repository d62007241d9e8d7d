"""What views of pages are checked by."""

from collections.abc import Callable, Iterator
from dataclasses import fields

import numpy as np
from hypothesis import strategies as st

from unrender.data.view import View
from unrender.design.section_tree import MERGED, Document, Reading, assemble, walk

PAGES, SEEDS = st.integers(0, 10_000), st.integers(0, 2**31)


def rng(seed: int) -> np.random.Generator:
    return np.random.default_rng(seed)


def views(page: View, change: Callable, times: int = 200) -> Iterator[View]:
    return (change(page, rng(seed)) for seed in range(times))


def told(view: View, known: set[str]) -> tuple:
    """The section tree, whatever the order of siblings, and without the nodes that are not in `known`: what lies in an
    element that none stands for moves up."""

    def some(elements: list[dict]) -> list[tuple]:
        return sorted((each for element in elements for each in one(element)), key=repr)

    def one(element: dict) -> list[tuple]:
        first, *others = element["source"]
        children = some(element["children"])
        if first not in known:
            return children
        return [(element["type"], first, sorted(set(others) & known), element.get("box"), children)]

    layout = assemble(view.document, view.reading)
    return some(layout["structure"]), layout["props"]


def in_order(view: View) -> list[tuple]:
    return [(e["type"], e["source"][0], e.get("box")) for e in walk(assemble(view.document, view.reading)["structure"])]


def fields_of(document: Document) -> list:
    values = (getattr(document, field.name) for field in fields(document))
    return [each.tolist() if isinstance(each, np.ndarray) else each for each in values]


def said(reading: Reading) -> list:
    return [reading.kinds.tolist(), reading.owners.tolist(), np.nan_to_num(reading.boxes, nan=-1).tolist()]


def sound(view: View) -> None:
    """A document as flatten gives it, and a reading as labels gives it."""
    document, reading = view.document, view.reading
    n = len(document)
    places = np.arange(n)
    assert {len(getattr(document, field.name)) for field in fields(document)} == {n}
    assert len(reading.kinds) == len(reading.owners) == len(reading.boxes) == n
    assert document.parents[0] == -1 and (document.parents[1:] >= 0).all()
    assert (document.parents[1:] < places[1:]).all()
    for node in range(2, n):  # in document order: what comes before it is its parent, or lies in it
        assert document.parents[node] in (node - 1, *document.ancestors(node - 1))
    assert len(set(document.ids)) == n
    assert (reading.owners <= places).all()
    merged = reading.kinds == MERGED
    assert (reading.owners[~merged] == places[~merged]).all()
    assert set(reading.owners[merged].tolist()) <= {0, *reading.starts.tolist()}
    assert np.isnan(reading.boxes[merged]).all()
