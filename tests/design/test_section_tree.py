"""A section layout survives being taken apart into one statement a node and put together again."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.pages import drawn
from unrender.design import sections
from unrender.design.section_tree import KINDS, MERGED, Reading, assemble, flatten, labels, walk

SEEDS = st.integers(0, 2**32 - 1)


@given(SEEDS)
@settings(max_examples=30)
def test_labels_assemble_into_the_layout_they_came_from(seed):
    _, root = drawn(seed).document()
    boxes = {item.id: (float(index), 2.5, 3.0, 4.1) for index, item in enumerate(root.walk())}
    layout, document = sections.layout(root, boxes), flatten(sections.structure(root))
    assert assemble(document, labels(document, layout)) == layout


@given(SEEDS, st.data())
@settings(max_examples=30)
def test_whatever_is_said_assembles(seed, data):
    """Each node in at most one place, parents before children, no cycles."""
    document = flatten(sections.structure(drawn(seed).document()[1]))
    rng = np.random.default_rng(data.draw(st.integers(0, 1000)))
    kinds = rng.integers(0, len(KINDS), len(document))
    kinds[0] = MERGED
    owners = np.where(
        kinds == MERGED, [rng.integers(0, max(i, 1)) for i in range(len(document))], np.arange(len(kinds))
    )
    reading = Reading(kinds, owners, np.full((len(document), 4), np.nan))
    layout = assemble(document, reading)
    elements = walk(layout["structure"])
    assert len(elements) == len(reading.starts)
    named = [name for element in elements for name in element["source"]]
    named += [name for names in layout["props"].values() for name in names]
    assert len(named) == len(set(named))
    assert labels(document, layout).kinds.tolist() == kinds.tolist()


def test_flat_documents_list_parents_before_children():
    document = flatten(sections.structure(drawn(4).document()[1]))
    assert document.parents[0] == -1
    assert (document.parents[1:] < np.arange(1, len(document))).all()
    assert document.ancestors(len(document) - 1)[-1] == 0


@pytest.mark.parametrize(
    ("structure", "sentence"),
    [
        ({"id": "a"}, "lacks an id or a tag"),
        ({"id": "a", "tag": "p", "children": "x"}, "are no list"),
        ({"id": "a", "tag": "p", "children": [{"id": "a", "tag": "p"}]}, "have the id 'a'"),
    ],
)
def test_broken_documents_are_named(structure, sentence):
    with pytest.raises(ValueError, match=sentence):
        flatten(structure)


@pytest.mark.parametrize(
    ("element", "sentence"),
    [
        ({"type": "heading", "source": ["z"], "children": []}, "names the node 'z'"),
        ({"type": "poem", "source": ["b"], "children": []}, "unknown type 'poem'"),
        ({"type": "heading", "source": ["b", "b"], "children": []}, "node 'b' twice"),
    ],
)
def test_broken_layouts_are_named(element, sentence):
    document = flatten({"id": "a", "tag": "main", "children": [{"id": "b", "tag": "h1", "children": []}]})
    with pytest.raises(ValueError, match=sentence):
        labels(document, {"structure": [element], "props": {}})
