"""Some nodes of a document, with what is true of them."""

import numpy as np

from tests.data.section_pages import by_hand
from unrender.data.view import picked, taken


def test_what_is_left_out_hands_its_nodes_to_the_next_one_above():
    """Nodes: root, s, w, h, i, p, f, b."""
    view = picked(by_hand(), np.array([0, 1, 4, 5]))
    assert view.document.ids == ("root", "s", "i", "p")
    assert view.document.parents.tolist() == [-1, 0, 1, 0]
    assert view.reading.owners.tolist() == [0, 1, 2, 3]


def test_nodes_in_another_order_keep_all_they_say():
    document = by_hand().document
    some = taken(document, np.array([3, 1]))
    assert some.ids == ("h", "s") and some.tags == ("h1", "section") and some.characters.tolist() == [5, 0]
    assert some.classes == ((), ("hero", "wide")) and some.flags == ((), ("d:flex",)) and some.words.tolist() == [1, 0]
